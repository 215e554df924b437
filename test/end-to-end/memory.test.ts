// Bodies of any size pass with flat memory: what one side does not take, the other is not asked for.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable, type Writable } from 'node:stream'
import t from 'tap'
import { setStage } from '../support/forwarding-scene.js'
import { forgetPeak, memoryOf } from '../support/process-memory.js'
import { startSidecar } from '../support/sidecar-process.js'

const size = 128 * 1024 * 1024
const piece = Buffer.alloc(256 * 1024, 'a')
const stage = await setStage()
t.setTimeout(300_000)
t.teardown(() => stage.close())

const skip = process.platform === 'linux' ? false : 'reads /proc'

t.test('an upload that the upstream does not read is held back', { skip }, async t => {
  const scene = await stage.scene(t)
  scene.upstreamDoes(({ connection }) => connection.socket.pause())
  const client = await scene.client()
  const before = memoryOf(scene.sidecar.pid).nowMib
  client.write(`POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
  await scene.upstream.until(() => scene.upstream.begun[0], 'the request')
  const { socket } = client
  for (let left = size; left > 0; left -= piece.length) socket.write(piece)
  let quiet = 0
  for (let last = -1; quiet < 20; last = socket.writableLength) {
    await new Promise(resolve => setTimeout(resolve, 20))
    quiet = socket.writableLength === last ? quiet + 1 : 0
  }
  t.ok(socket.writableLength > size / 2, `${socket.writableLength >> 20} MiB are not taken`)
  const growth = memoryOf(scene.sidecar.pid).nowMib - before
  t.ok(growth < 24, `memory grew by ${growth.toFixed(1)} MiB`)
})

t.test('128 MiB up and down at once pass with flat memory', { skip }, async t => {
  const upstream = createServer((req, res) => {
    res.writeHead(200, { 'content-length': req.headers['content-length'] ?? 0 })
    req.pipe(res)
  })
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  t.teardown(() => upstream.close())
  const { port } = upstream.address() as AddressInfo
  const scene = await stage.scene(t, { upstreamUrl: `http://127.0.0.1:${port}` })
  const round = (length: number) =>
    new Promise<number>((resolve, reject) => {
      let received = 0
      const headers = { 'content-length': length }
      const going = request(scene.sidecar.url, { method: 'POST', headers }, res => {
        res.on('data', chunk => {
          received += chunk.length
        })
        res.on('end', () => resolve(received))
        res.on('error', reject)
      })
      going.on('error', reject)
      let left = length
      const send = () => {
        while (left > 0) {
          left -= piece.length
          if (!going.write(piece)) {
            going.once('drain', send)
            return
          }
        }
        going.end()
      }
      send()
    })
  // A cold process takes what its runtime keeps ready; only what comes on top can grow.
  await round(size)
  forgetPeak(scene.sidecar.pid)
  const before = memoryOf(scene.sidecar.pid).nowMib
  t.equal(await round(size), size)
  const growth = memoryOf(scene.sidecar.pid).peakMib - before
  // A body that was kept would be 128 MiB.
  t.ok(growth < 24, `memory grew by ${growth.toFixed(1)} MiB at most`)
})

t.test('what passes is freed at once, and leaves the garbage collector at rest', async t => {
  const total = 4 * size
  const upstream = createServer()
  upstream.on('request', (req, res) => {
    if (req.method === 'POST') req.on('end', () => res.end('ok')).resume()
    else sendAll(res.writeHead(200, { 'content-length': total }), total)
  })
  upstream.on('upgrade', (req, socket) => {
    socket.write('HTTP/1.1 101 Go on\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    if (req.url === '/down') sendAll(socket, total)
    else drained(socket).then(() => socket.end('ok'))
  })
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  t.teardown(() => upstream.close())
  const { port: upstreamPort } = upstream.address() as AddressInfo
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'x3JJHMbDL1EzLkh9GBhXDw==',
    'sec-websocket-version': '13',
  }
  const tunnelTo = async (at: RequestOptions) => {
    const going = request({ ...at, headers }).end()
    const [, socket, head] = (await once(going, 'upgrade')) as [IncomingMessage, Socket, Buffer]
    socket.unshift(head)
    return socket
  }
  const passes: Record<string, (at: RequestOptions) => Promise<number>> = {
    'a request body': async at => {
      const going = request({ ...at, method: 'POST', headers: { 'content-length': total } })
      sendAll(going, total)
      const [answer] = (await once(going, 'response')) as [IncomingMessage]
      return total - 2 + (await drained(answer))
    },
    'a response body': async at => {
      const [answer] = (await once(request(at).end(), 'response')) as [IncomingMessage]
      return drained(answer)
    },
    'what goes up a tunnel': async at => {
      const socket = await tunnelTo({ ...at, path: '/up' })
      sendAll(socket, total)
      return total - 2 + (await drained(socket))
    },
    'what comes down a tunnel': async at => drained(await tunnelTo({ ...at, path: '/down' })),
  }
  for (const [what, pass] of Object.entries(passes)) {
    t.test(what, async t => {
      const sidecar = await startSidecar({
        upstream: `http://127.0.0.1:${upstreamPort}`,
        nodeFlags: ['--trace-gc'],
      })
      t.equal(await pass({ host: '127.0.0.1', port: sidecar.port, agent: false }), total)
      const { stdout } = await sidecar.stop()
      const collections = stdout.match(/Mark-Compact/g)?.length ?? 0
      t.ok(collections < 3, `${collections} collections`)
    })
  }
})

function sendAll(to: Writable, total: number): void {
  Readable.from(pieces(total)).pipe(to)
}

function* pieces(total: number): Generator<Buffer> {
  for (let left = total; left > 0; left -= piece.length) yield piece
}

/** Reads to the end; resolves with the number of bytes. */
async function drained(from: Readable): Promise<number> {
  let length = 0
  from.on('data', (read: Buffer) => {
    length += read.length
  })
  await once(from, 'end')
  return length
}
