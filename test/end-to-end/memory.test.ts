// Bodies of any size pass with flat memory: what one side does not take, the other is not asked for.

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { setStage } from '../support/forwarding-scene.js'
import { forgetPeak, memoryOf } from '../support/process-memory.js'

const size = 128 * 1024 * 1024
const piece = Buffer.alloc(256 * 1024, 'a')
const stage = await setStage()
t.setTimeout(120_000)
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
  // A body that was kept would be 128 MiB; what the collector leaves lying for a while is less.
  t.ok(growth < 96, `memory grew by ${growth.toFixed(1)} MiB at most`)
})
