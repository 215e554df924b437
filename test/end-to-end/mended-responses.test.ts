// What old servers really send, through the program: an answer that can be read in one way only
// reaches the client in the words of RFC 9112, and no byte behind it reaches anybody.

import t from 'tap'
import { request } from 'undici'
import { upstreamRepairs } from '../../src/terms/upstream-repair.js'
import { pageOrigin } from '../support/forwarding-scene.js'
import { openRawClient } from '../support/raw-client.js'
import { answer, okAnswer, type Script, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { headerOf, statusOf, valuesOf } from '../support/strict-http.js'

const ask = `GET /p HTTP/1.1\r\nHost: api.test\r\nOrigin: ${pageOrigin}\r\n\r\n`
const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON'
const chunks = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n'

/** What, and an answer with the body `ok` that needs it. */
const bent: readonly (readonly [keyof typeof upstreamRepairs, string])[] = [
  ['empty-line', '\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['status-line', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok'],
  ['repeated-status-line', 'HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['bare-line-feed', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
  ['folded-field', 'HTTP/1.1 200 OK\r\nX-Long: a;\r\n b\r\nContent-Length: 2\r\n\r\nok'],
  ['control-byte', 'HTTP/1.1 200 OK\r\nX-Long: a;\x0cb\r\nContent-Length: 2\r\n\r\nok'],
  ['odd-field-name', 'HTTP/1.1 200 OK\r\nX(y): a\r\nContent-Length: 2\r\n\r\nok'],
  ['repeated-length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
  ['length-beside-chunked', `${chunks}Content-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  [
    'identity-coding',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok',
  ],
  ['repeated-coding', `${chunks}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
  ['line-without-colon', 'HTTP/1.1 200 OK\r\nready.\r\nContent-Length: 2\r\n\r\nok'],
  ['blank-behind-chunk-size', `${chunks}\r\n2  \r\nok\r\n0 \r\n\r\n`],
  ['no-line-behind-chunks', `${chunks}\r\n2\r\nok\r\n0\r\n`],
]

/** Sends the answer, and what nobody asked for behind it, unless the connection must end there. */
function bentAnswer(what: keyof typeof upstreamRepairs, bytes: string): Script {
  if (what !== 'no-line-behind-chunks') return answer(bytes + poison)
  return ({ whenWhole, write, fin }) =>
    whenWhole(() => {
      write(bytes)
      fin()
    })
}

t.test('a bent answer', async t => {
  const upstream = await startRawUpstream()
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['-o', pageOrigin],
    admin: true,
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  t.strictSame(bent.map(([what]) => what).sort(), Object.keys(upstreamRepairs).sort(), 'each kind')
  for (const [what, bytes] of bent) {
    t.test(`${what}: is relayed with a framing of its own`, async t => {
      const client = await openRawClient({ port: sidecar.port })
      t.teardown(() => client.destroy())
      // Twice, so that a connection that is used again would show.
      for (const n of [0, 1]) {
        upstream.play(bentAnswer(what, bytes))
        client.write(ask)
        const response = await client.response(n)
        t.strictSame([statusOf(response), response.body.toString()], [200, 'ok'])
        t.strictSame(valuesOf(response.headers, 'access-control-allow-origin'), [pageOrigin])
        t.match(headerOf(response, 'x-long') ?? 'a; b', /^a; b$/)
      }
      upstream.play(answer(okAnswer))
      client.write(ask)
      t.equal((await client.response(2)).body.toString(), 'ok', 'nobody gets what came behind')
      t.equal(client.reader.rest.length, 0)
      await upstream.until(
        () => upstream.connections.filter(({ gone }) => gone === 'no').length <= 1 || undefined,
        'the connections to be dropped',
      )
    })
    t.test(`${what}: is logged once and counted each time`, async t => {
      const lines = () =>
        sidecar.logs.filter(line => line.event === 'upstream-repaired' && line.what === what)
      await sidecar.log(line => line.what === what, 'the repair')
      t.match(lines(), [{ level: 'warn', seen: upstreamRepairs[what], id: String }])
      t.equal(lines().length, 1)
      const metrics = await (await request(`${sidecar.adminUrl}/metrics`)).body.text()
      t.match(metrics, `cors_sidecar_upstream_repairs_total{what="${what}"} 2\n`)
    })
  }
})

t.test('with strictUpstream a bent answer is 502, and a page can read why', async t => {
  const upstream = await startRawUpstream()
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['-o', pageOrigin, '--strict-upstream'],
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  for (const [what, bytes] of bent) {
    upstream.play(bentAnswer(what, bytes))
    const client = await openRawClient({ port: sidecar.port })
    t.teardown(() => client.destroy())
    client.write(ask)
    // What the head does not show is found when part of the body may have gone out.
    const isLate = what === 'blank-behind-chunk-size' || what === 'no-line-behind-chunks'
    await client.until(() => client.responses()[0] ?? client.ending(), 'an answer or a cut')
    const [response] = client.responses()
    if (isLate && response === undefined) continue
    t.equal(response && statusOf(response), 502, what)
    t.match(response?.body.toString(), /"error":"refused-repair"/)
    await sidecar.log(line => String(line.detail).startsWith(upstreamRepairs[what]), what)
  }
  t.notOk(sidecar.logs.some(({ event }) => event === 'upstream-repaired'))
})

t.test('a WebSocket server that ends its lines in LF is spoken to', async t => {
  const upstream = await startRawUpstream(
    answer('HTTP/1.1 101 Switching\nUpgrade: websocket\nConnection: Upgrade\n\nhello'),
  )
  const sidecar = await startSidecar({ upstream: upstream.url, flags: ['-o', pageOrigin] })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  const client = await openRawClient({ port: sidecar.port })
  t.teardown(() => client.destroy())
  client.write(
    ask.replace(
      '\r\n\r\n',
      '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n',
    ),
  )
  await client.until(() => client.received().includes('hello') || undefined, 'the first message')
  t.equal(client.interim().length, 1)
  t.match(client.interim()[0], { startLine: 'HTTP/1.1 101 Switching Protocols' })
})
