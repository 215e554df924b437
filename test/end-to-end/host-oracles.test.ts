// Hosts as two development servers judge them, which both shut out DNS rebinding. Vite is asked here;
// webpack-dev-server 6.1.0 was asked with the same list on 28 November 2026.

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createServer as createVite } from 'vite'
import { start } from '../../src/index.js'

const served = true
const refused = false

/** All three say the same. */
const alike: readonly (readonly [boolean, readonly string[]])[] = [
  [
    served,
    [
      ...['localhost', 'localhost:8010', 'localhost:', 'localhost:0', 'app.localhost'],
      ...['a.b.localhost:1', 'a..localhost', '127.0.0.1', '127.0.0.1:8010', '0.0.0.0', '8.8.8.8'],
      ...['192.168.1.10:8010', '[::1]', '[::1]:8010', '[::]', '[fe80::1]', '[0:0:0:0:0:0:0:1]'],
      ...['[::ffff:7f00:1]', 'api.example.com', 'api.example.com:443'],
    ],
  ],
  [
    refused,
    [
      ...['localhost.evil.test', 'evillocalhost', 'localhost@evil.test', 'evil.test@localhost'],
      ...['localhost/evil', 'localhost#.evil.test', '127.0.0.256', '127.0.0.1.evil.test'],
      ...['127.0.0.1.nip.io:8010', '[::1', '[]', '[1]', '[evil.test]', '::1', 'a.api.example.com'],
      ...['apiexample.com', 'api.example.com.evil.test', 'evil.test', 'evil.test:8010', 'my_api'],
      ...['xn--bcher-kva.test', 'api.example.com,localhost', '*', 'null'],
    ],
  ],
]

/** Ours, Vite's, webpack-dev-server's. */
const differing: readonly (readonly [string, readonly [boolean, boolean, boolean], string])[] = [
  ['LOCALHOST', [served, refused, served], 'names have no case'],
  ['LocalHost:8010', [served, refused, served], 'names have no case'],
  ['API.example.com', [served, refused, served], 'names have no case'],
  ['localhost.', [served, refused, refused], 'the dot that ends a name says nothing'],
  ['127.0.0.1.', [served, refused, refused], 'the dot that ends a name says nothing'],
  ['api.example.com.', [served, refused, refused], 'the dot that ends a name says nothing'],
  ['localhost:65536', [refused, served, refused], 'no port'],
  ['localhost:8010:80', [refused, served, refused], 'no port'],
  ['localhost:abc', [refused, served, refused], 'no port'],
  ['.localhost', [refused, served, served], 'no subdomain'],
  ['127.1', [refused, refused, served], 'no browser sends an address like that'],
  ['127.0.1', [refused, refused, served], 'no browser sends an address like that'],
  ['0x7f.0.0.1', [refused, refused, served], 'no browser sends an address like that'],
  ['0177.0.0.1', [refused, refused, served], 'no browser sends an address like that'],
  ['2130706433', [refused, refused, served], 'no browser sends an address like that'],
  ['127.0.0.01', [refused, refused, served], 'no browser sends an address like that'],
  ['0', [refused, refused, served], 'no browser sends an address like that'],
  ['[::ffff:127.0.0.1]', [refused, served, served], 'no browser sends an address like that'],
  ['[fe80::1%25lo]', [refused, served, refused], 'no browser sends a zone'],
  ['[::1].evil.test', [refused, served, refused], 'no host'],
  ['file:', [refused, served, refused], 'no host'],
  ['chrome-extension:abc', [refused, served, refused], 'no host'],
]

t.test('hosts that are served by default, and by Vite', async t => {
  const upstream = createServer((_, response) => response.end('ok'))
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    upstream.closeAllConnections()
    upstream.close()
  })
  const sidecar = await start({
    upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    allowOrigins: ['https://api.example.com'],
    listen: '127.0.0.1:0',
    adminListen: 'off',
    logLevel: 'silent',
  })
  t.teardown(() => sidecar.close())
  const vite = await createVite({
    root: t.testdir(),
    configFile: false,
    logLevel: 'silent',
    server: { host: '127.0.0.1', port: 0, allowedHosts: ['api.example.com'] },
  })
  await vite.listen()
  t.teardown(() => vite.close())
  const [viteUrl = ''] = vite.resolvedUrls?.local ?? []

  const serves = (url: string, host: string) =>
    new Promise<boolean>((resolve, reject) => {
      const asked = new URL('/@vite/client', url)
      const asking = request(asked, { agent: false, headers: { host } }, response => {
        response.resume().once('end', () => resolve(response.statusCode === 200))
      })
      asking.once('error', reject).end()
    })
  for (const [expected, hosts] of alike) {
    for (const host of hosts) {
      t.equal(await serves(sidecar.url, host), expected, `${host}: ours`)
      t.equal(await serves(viteUrl, host), expected, `${host}: Vite's`)
    }
  }
  for (const [host, [ours, viteSays], why] of differing) {
    t.equal(await serves(sidecar.url, host), ours, `${host}: ours, as ${why}`)
    t.equal(await serves(viteUrl, host), viteSays, `${host}: Vite's`)
  }
})
