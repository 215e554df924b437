// Pages of app shells and extensions: their origins are listed and compared byte for byte, and have
// credentials as any other, from wherever the list is read.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { exchange } from '../support/raw-client.js'
import { startRawUpstream } from '../support/raw-upstream.js'
import { type SidecarOptions, startSidecar } from '../support/sidecar-process.js'
import { headerOf, statusOf } from '../support/strict-http.js'

const origins = [
  'app://.',
  'app://-',
  'app://obsidian.md',
  'capacitor-electron://-',
  'capacitor://localhost',
  'ionic://localhost',
  'tauri://localhost',
  'wails://wails',
  'file://',
  'file:///',
  'http://localhost',
  'https://tauri.localhost',
  'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb',
  'moz-extension://0e2f6a5b-9d5c-4c4d-8f1b-3a1a2b3c4d5e',
  'safari-web-extension://E1B7F5D8-1B2A-4C3D-9E0F-112233445566',
  'vscode-webview://1f5v0d4c3b2a',
]

/** Each is nearly one of them. */
const others = [
  'app://..',
  'app://_',
  'app://Obsidian.md',
  'APP://.',
  'capacitor-electron://--',
  'file://.',
  'file:////',
  'file://localhost',
  'safari-web-extension://e1b7f5d8-1b2a-4c3d-9e0f-112233445566',
  'app://.evil.example',
  'app://.:1',
  'null',
]

const list = origins.map(origin => `  - '${origin}'`).join('\n')

t.test('app origins', async t => {
  const upstream = await startRawUpstream()
  t.teardown(() => upstream.close())
  const file = join(t.testdir({}), 'page.yaml')
  writeFileSync(file, `allowOrigins:\n${list}\n`)
  const sources: Readonly<Record<string, Omit<SidecarOptions, 'upstream'>>> = {
    'by flags': { flags: origins.flatMap(origin => ['-o', origin]) },
    'by a variable': { env: { CORS_SIDECAR_ALLOW_ORIGINS: origins.join(',') } },
    'by a JSON file': { config: { allowOrigins: origins } },
    'by a YAML file': { flags: ['--config', file] },
  }
  for (const [how, options] of Object.entries(sources)) {
    t.test(`listed ${how}`, async t => {
      const sidecar = await startSidecar({ ...options, upstream: upstream.url })
      t.teardown(() => sidecar.stop())
      t.notOk(sidecar.logs.some(line => line.event === 'config-warning' && isOfOrigins(line)))
      for (const origin of origins) await isAllowed(t, sidecar.port, origin)
      for (const origin of others) {
        const response = await ask(sidecar.port, origin)
        t.equal(headerOf(response, 'access-control-allow-origin'), undefined, origin)
      }
    })
  }
})

const isOfOrigins = ({ msg }: Readonly<Record<string, unknown>>) => /ORIGINS|origins/.test(`${msg}`)

async function isAllowed(t: Test, port: number, origin: string): Promise<void> {
  const response = await ask(port, origin)
  t.equal(headerOf(response, 'access-control-allow-origin'), origin)
  t.equal(headerOf(response, 'access-control-allow-credentials'), 'true')
  const preflight = await ask(port, origin, 'OPTIONS', 'Access-Control-Request-Method: PUT')
  t.equal(statusOf(preflight), 204, `preflight of ${origin}`)
  t.equal(headerOf(preflight, 'access-control-allow-origin'), origin)
}

function ask(port: number, origin: string, method = 'GET', ...more: readonly string[]) {
  const lines = [`${method} / HTTP/1.1`, 'Host: a.test', `Origin: ${origin}`, ...more, '', '']
  return exchange(port, lines.join('\r\n'))
}
