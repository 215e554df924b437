// An upgrade that comes behind a request without an answer yet: Node lets go of the connection, on which
// a response is still to come. The client has itself to blame; the process and all others go on.

import t from 'tap'
import { openRawClient } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

const waiting = 'GET /waiting HTTP/1.1\r\nHost: a.test\r\n\r\n'
const behind = [
  'GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  'CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n',
]

t.test('an upgrade or a CONNECT behind a request that waits costs that client only', async t => {
  const upstream = await startRawUpstream(({ head, write }) => {
    if (!head.startLine.includes('/waiting')) write(okAnswer)
  })
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({ upstream: upstream.url })
  t.teardown(() => sidecar.stop())
  for (const bytes of behind) {
    const client = await openRawClient({ port: sidecar.port })
    client.write(waiting + bytes)
    await client.closed()
    client.destroy()
  }
  upstream.play(answer(okAnswer))
  const other = await openRawClient({ port: sidecar.port })
  other.write('GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  const message = await other.until(() => other.reader.messages[0], 'the answer to another')
  t.match(message.startLine, ' 200 ')
  other.destroy()
  t.equal(sidecar.alive, true)
})
