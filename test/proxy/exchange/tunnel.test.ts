import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { tunnel } from '../../../src/proxy/exchange/tunnel.js'

/** Two connections and the tunnel between their near ends: far client, far upstream. */
async function dig(t: Test) {
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const pair = async () => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    far.on('error', () => far.destroy())
    const [near] = (await once(server, 'connection')) as [Socket]
    t.teardown(() => {
      far.destroy()
      near.destroy()
    })
    return { far, near }
  }
  const client = await pair()
  const upstream = await pair()
  const counted = { up: 0, down: 0 }
  const closed = new Promise<void>(resolve => {
    tunnel(client.near, upstream.near, {
      countUp: size => {
        counted.up += size
      },
      countDown: size => {
        counted.down += size
      },
      onClosed: resolve,
    })
  })
  return {
    client: client.far,
    upstream: upstream.far,
    near: [client.near, upstream.near],
    counted,
    closed,
  }
}

function read(socket: Socket): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('end', () => resolve(text))
  })
}

t.test('bytes go both ways, and one way when the other has ended', async t => {
  const { client, upstream, counted, closed } = await dig(t)
  client.end('up')
  t.equal(await read(upstream), 'up')
  upstream.end('down, later')
  t.equal(await read(client), 'down, later')
  await closed
  t.strictSame(counted, { up: 2, down: 11 })
})

for (const who of ['client', 'upstream'] as const) {
  t.test(`a reset by the ${who} ends the other side`, async t => {
    const { client, upstream, closed } = await dig(t)
    const [gone, other] = who === 'client' ? [client, upstream] : [upstream, client]
    other.resume()
    gone.resetAndDestroy()
    await once(other, 'end')
    await closed
    t.pass('both are closed, and that is told')
  })
}

t.test('a side that does not read holds back the other', async t => {
  const { client, upstream, near, counted, closed } = await dig(t)
  const size = 64 * 1024 * 1024
  upstream.write(Buffer.alloc(size))
  for (let before = -1, quiet = 0; quiet < 50; await new Promise(setImmediate)) {
    quiet = counted.down === before && counted.down > 0 ? quiet + 1 : 0
    before = counted.down
  }
  t.ok(counted.down < size, `${counted.down} bytes were taken`)
  const kept = near.reduce((sum, socket) => sum + socket.writableLength, 0)
  t.ok(kept < 1024 * 1024, `${kept} of them are kept between the two`)
  client.destroy()
  await closed
})
