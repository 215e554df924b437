// A certificate of its own for every run: no key is kept in the repository.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Certificate {
  readonly cert: string
  readonly key: string
  /** The files themselves, for programs that read them; the directory goes with `remove`. */
  readonly certFile: string
  readonly keyFile: string
  remove(): void
}

/** Self-signed, so that it is its own authority. `names` as openssl writes them: `DNS:localhost`. */
export function createCertificate(openssl: string, names: readonly string[]): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-cert-'))
  const certFile = join(directory, 'cert.pem')
  const keyFile = join(directory, 'key.pem')
  execFileSync(
    openssl,
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=cors-sidecar test', '-keyout', keyFile, '-out', certFile],
      ...['-addext', `subjectAltName=${names.join(',')}`],
    ],
    { stdio: 'ignore' },
  )
  return {
    cert: readFileSync(certFile, 'utf8'),
    key: readFileSync(keyFile, 'utf8'),
    certFile,
    keyFile,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
