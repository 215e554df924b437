// A client that claims, in a proxy's words, to be someone else or to have asked for something else:
// the upstream hears none of it, whichever way it comes.

import { once } from 'node:events'
import { connect } from 'node:http2'
import t, { type Test } from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { exchange } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { statusOf, valuesOf } from '../support/strict-http.js'

const openssl = need('openssl')
const address = '203.0.113.66'
const claims = [
  ['Forwarded', `for=${address}`],
  ['X-Forwarded-For', address],
  ['X-Forwarded-Prefix', '/claimed'],
  ['X-Forwarded-Server', 'claimed.test'],
  ['X-Forwarded-Ssl', 'claimed'],
  ['X-Forwarded_For', address],
  ['X_Forwarded-Proto', 'claimed'],
  ['X_Real_IP', address],
  ['X-Real-IP', address],
  ['X-Client-IP', address],
  ['X-Cluster-Client-IP', address],
  ['True-Client-IP', address],
  ['CF-Connecting-IP', address],
  ['X-Original-URL', '/claimed'],
  ['X-Rewrite-URL', '/claimed'],
  ['X-Original-Host', 'claimed.test'],
  ['X-Host', 'claimed.test'],
  ['Front-End-Https', 'claimed'],
  ['X_Internal', 'claimed'],
  // lighttpd and old Apache take any mark for a `-`.
  ['X.Internal', 'claimed'],
  ['X!Forwarded+For', address],
  ['X~Forwarded.Port', 'claimed'],
  ["X'Real|IP", address],
  ['X-Internal', 'claimed'],
] as const
const lines = claims.map(([name, value]) => `${name}: ${value}`)
const setHeaders = { CORS_SIDECAR_SET_REQUEST_HEADERS: 'X-Internal: ours' }

async function start(t: Test, flags: readonly string[] = []) {
  const upstream = await startRawUpstream(answer(okAnswer))
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['-o', 'https://app.example.com', ...flags],
    env: setHeaders,
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  /** The one request that came, as text; it carries what we say, and nothing that was claimed. */
  function heard(): string {
    const [seen] = upstream.requests
    const text = seen?.connection.bytes().toString('latin1') ?? ''
    t.notMatch(text, /claimed|203\.0\.113\.66/)
    t.strictSame(seen && valuesOf(seen.message.headers, 'x-internal'), ['ours'])
    t.strictSame(seen && valuesOf(seen.message.headers, 'x-forwarded-for'), ['127.0.0.1'])
    return text
  }
  return { upstream, sidecar, heard }
}

t.test('in a request', async t => {
  const { sidecar, heard } = await start(t)
  const request = ['GET /p HTTP/1.1', 'Host: pub.test', ...lines, 'X-Kept: 1', '', ''].join('\r\n')
  t.equal(statusOf(await exchange(sidecar.port, request)), 200)
  t.match(heard(), /X-Kept: 1/)
})

t.test('with our own fields named for this hop only', async t => {
  const { sidecar, heard } = await start(t)
  const named = 'Connection: close, x-forwarded-for, x-internal, x_internal, forwarded, via'
  const request = ['GET /p HTTP/1.1', 'Host: pub.test', named, ...lines, '', ''].join('\r\n')
  t.equal(statusOf(await exchange(sidecar.port, request)), 200)
  heard()
})

t.test('behind a body, as trailers', async t => {
  const { sidecar, heard } = await start(t)
  const head = ['POST /p HTTP/1.1', 'Host: pub.test', 'Transfer-Encoding: chunked', '']
  const body = ['2', 'ab', '0', ...lines, 'X-Sum: 1', '', '']
  t.equal(statusOf(await exchange(sidecar.port, [...head, ...body].join('\r\n'))), 200)
  t.match(heard(), /X-Sum: 1/)
})

t.test('in an upgrade', async t => {
  const { sidecar, upstream, heard } = await start(t)
  const asked = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: AA==']
  const request = ['GET /ws HTTP/1.1', 'Host: pub.test', ...asked, ...lines, '', ''].join('\r\n')
  const answered = exchange(sidecar.port, request)
  await upstream.until(() => upstream.requests[0], 'the upgrade')
  await answered
  t.match(heard(), /Upgrade: websocket/)
})

t.test('over HTTP/2', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
  const { sidecar, heard } = await start(t, tls)
  const session = connect(`https://localhost:${sidecar.port}`, { ca: certificate.cert })
  t.teardown(() => session.destroy())
  const stream = session.request({ ':path': '/p', ...Object.fromEntries(claims) })
  stream.resume()
  await once(stream, 'end')
  heard()
})
