// An upstream that keeps its half of an upgrade open after the client has gone: a stop must not
// wait for it longer than `shutdownTimeout`.

import t from 'tap'
import { pageOrigin } from '../support/forwarding-scene.js'
import { openRawClient } from '../support/raw-client.js'
import { startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

const upgrade =
  `GET /ws HTTP/1.1\r\nHost: a.test\r\nOrigin: ${pageOrigin}\r\nConnection: Upgrade\r\n` +
  'Upgrade: websocket\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n'

t.test('a stop cuts an upgrade that neither side closes', async t => {
  const upstream = await startRawUpstream(({ write, onFin }) => {
    write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    onFin(() => undefined)
  })
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['--allow-origin', pageOrigin, '--shutdown-timeout', '1s'],
  })
  const client = await openRawClient({ port: sidecar.port })
  t.teardown(() => client.destroy())
  client.write(upgrade)
  await client.until(() => client.reader.messages[0], 'the 101')
  client.end()
  await upstream.until(
    () => (upstream.connections[0]?.gone === 'fin' ? true : undefined),
    'the FIN to reach the upstream',
  )
  const exit = await sidecar.stop()
  t.strictSame([exit.code, exit.signal], [0, null], 'a clean exit, by itself')
})
