// Versions of Node differ in what an upgrade with a body is: some hand over the bytes of the body
// as the first of the new protocol, some a stream that is no socket. Here it is a plain request.

import t from 'tap'
import { pageOrigin, setStage } from '../support/forwarding-scene.js'
import { headerOf, statusOf } from '../support/strict-http.js'

const stage = await setStage()
t.teardown(() => stage.close())

const head =
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n'

for (const [what, framing] of [
  ['a length', 'Content-Length: 4\r\n\r\nbody'],
  ['chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n'],
] as const) {
  for (const origin of [pageOrigin, 'https://evil.example']) {
    t.test(`an upgrade with ${what}, from ${origin}, is no upgrade`, async t => {
      const { send, seen, sidecar } = await stage.scene(t)
      const answered = await send(`${head}Origin: ${origin}\r\n${framing}`)
      t.strictSame([statusOf(answered), answered.body.toString()], [200, 'ok'])
      t.equal(seen().body.toString(), 'body')
      t.strictSame([headerOf(seen(), 'upgrade'), sidecar.alive], [undefined, true])
    })
  }
}

t.test('CONNECT with a body is refused', async t => {
  const { send, upstream, sidecar } = await stage.scene(t)
  const answered = await send(
    'CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbody',
  )
  t.equal(statusOf(answered), 405)
  t.strictSame([upstream.begun.length, sidecar.alive], [0, true])
})
