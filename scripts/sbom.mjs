// Prints the bill of materials (CycloneDX) of the production packages, from the lock file alone: the
// same bytes for the same lock file, whoever runs this where and when.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { npmCommand } from './npm.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = file => JSON.parse(readFileSync(join(root, file), 'utf8'))
const { devDependencies, ...manifest } = read('package.json')
const lock = read('package-lock.json')
const { '': own, ...locked } = lock.packages
const { devDependencies: _, ...ownPart } = own
const packages = Object.entries(locked).filter(([, { dev }]) => !dev)

// `npm sbom --omit=dev` also leaves out what a development package needs as well. So it is shown a
// project without any; and as it calls a project by its folder, in a folder of the right name.
const work = mkdtempSync(join(tmpdir(), 'cors-sidecar-sbom-'))
try {
  const folder = join(work, manifest.name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const production = { ...lock, packages: { '': ownPart, ...Object.fromEntries(packages) } }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(production))
  const { serialNumber, metadata, ...bill } = JSON.parse(npmSbom(folder))
  // Without its number and date, and the version of npm.
  const kept = { ...bill, metadata: { component: metadata.component } }
  process.stdout.write(`${JSON.stringify(kept, undefined, 2)}\n`)
} finally {
  rmSync(work, { recursive: true })
}

function npmSbom(cwd) {
  const format = ['--sbom-format=cyclonedx', '--sbom-type=application']
  const { command, words, options } = npmCommand([
    'sbom',
    ...format,
    '--package-lock-only',
    '--loglevel=error',
  ])
  return execFileSync(command, words, { ...options, cwd, encoding: 'utf8' })
}
