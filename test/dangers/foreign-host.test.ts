// A page of a foreign name that was made to lead to this machine (DNS rebinding) is of the same origin as
// the API behind the sidecar, credentials of ours included: only the Host tells.

import { connect as connectHttp2 } from 'node:http2'
import t, { type Test } from 'tap'
import { openFirefox } from '../docs/driven-browsers.js'
import { launchChromium } from '../support/browser.js'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawClient } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

/** What a sidecar with its own defaults answers to a request with these lines. */
async function scene(t: Test, flags: readonly string[]) {
  const upstream = await startRawUpstream(answer(okAnswer))
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({ upstream: upstream.url, flags, keepsHosts: true })
  t.teardown(() => sidecar.stop())
  const ask = async (start: string, ...lines: string[]) => {
    const client = await openRawClient({ port: sidecar.port })
    client.write([start, ...lines, 'Connection: close', '', ''].join('\r\n'))
    const message = await client.until(() => client.reader.messages[0], start)
    client.destroy()
    return { status: Number(message.startLine.split(' ')[1]), body: message.body.toString() }
  }
  const asked = () => upstream.requests.length
  return { sidecar, ask, asked }
}

t.test('by default, on loopback, a foreign name gets nothing', async t => {
  const { ask, asked } = await scene(t, ['--allow-origin', 'https://shop.example.com'])
  const evil = ['Host: evil.test:8010', 'Origin: http://evil.test:8010']
  for (const [what, ...lines] of [
    ['GET / HTTP/1.1', ...evil],
    ['POST / HTTP/1.1', ...evil, 'Content-Length: 0'],
    ['OPTIONS / HTTP/1.1', ...evil, 'Access-Control-Request-Method: PUT'],
    ['GET http://evil.test:8010/ HTTP/1.1', ...evil],
    [
      'GET / HTTP/1.1',
      ...evil,
      'Upgrade: websocket',
      'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==',
      'Sec-WebSocket-Version: 13',
    ],
    ['GET / HTTP/1.1', 'Host: 127.0.0.1.evil.test', 'X-Forwarded-Host: localhost'],
  ] as const) {
    const { status, body } = await ask(what, ...lines)
    t.equal(status, 403, `${what} ${lines.join(' ')}`)
    t.match(JSON.parse(body), { error: 'host-not-allowed', reason: 'host-not-allowed' })
  }
  t.equal(asked(), 0, 'the upstream was not asked')
  for (const host of ['localhost:8010', '127.0.0.1', '[::1]:8010', 'shop.example.com']) {
    t.equal((await ask('GET / HTTP/1.1', `Host: ${host}`)).status, 200, host)
  }
  t.match(JSON.parse((await ask('GET / HTTP/1.1', ...evil)).body), {
    fix: { option: 'allowHosts', value: 'evil.test' },
  })
})

t.test('what is listed is served, and nothing else', async t => {
  const { ask } = await scene(t, ['--allow-host', 'api.example.com', '--allow-host', '*.a.example'])
  const statuses = ['api.example.com', 'x.a.example:80', 'a.example', 'localhost'].map(
    async host => (await ask('GET / HTTP/1.1', `Host: ${host}`)).status,
  )
  t.strictSame(await Promise.all(statuses), [200, 200, 403, 403])
})

t.test('a trusted proxy in front has chosen who may come', async t => {
  const { ask } = await scene(t, ['--trust-proxy', '127.0.0.1'])
  t.equal((await ask('GET / HTTP/1.1', 'Host: api.example.com')).status, 200)
})

const openssl = need('openssl')
t.test('over HTTP/2 the authority counts', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.skip ? '' : openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
  const { sidecar } = await scene(t, tls)
  const session = connectHttp2(`https://localhost:${sidecar.port}`, { ca: certificate.cert })
  t.teardown(() => session.destroy())
  const status = (fields: Record<string, string>) =>
    new Promise(resolve => {
      const stream = session.request({ ':path': '/', ...fields })
      stream.on('response', head => resolve(head[':status']))
      stream.resume()
    })
  t.equal(await status({ ':authority': 'evil.test' }), 403)
  t.equal(await status({ ':authority': `localhost:${sidecar.port}` }), 200)
})

const chromium = need('chromium')
t.test('a rebound page in a browser reads nothing', { skip: chromium.skip }, async t => {
  if (chromium.skip) return
  const { sidecar } = await scene(t, [])
  // The name has led to the attacker's server before; now it leads here.
  const rules = '--host-resolver-rules=MAP evil.test 127.0.0.1'
  const browser = await launchChromium(chromium.path, [rules])
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  const response = await page.goto(`http://evil.test:${sidecar.port}/`)
  t.equal(response?.status(), 403)
  const read = await page.evaluate(async () => {
    const answer = await fetch('/secret')
    return [answer.status, (await answer.text()).includes('host-not-allowed')]
  })
  t.strictSame(read, [403, true], 'same-origin to the browser, and refused')
})

const firefox = need('firefox')
t.test('and in Firefox, too', { skip: firefox.skip }, async t => {
  const { sidecar } = await scene(t, [])
  const page = await openFirefox(t, `http://evil.test:${sidecar.port}/`, {
    'network.dns.localDomains': 'evil.test',
  })
  const read = await page.run(
    `fetch('/secret').then(async got => [location.host, got.status, await got.text()])`,
  )
  t.match(read, [`evil.test:${sidecar.port}`, 403, /host-not-allowed/], 'same-origin, and refused')
})
