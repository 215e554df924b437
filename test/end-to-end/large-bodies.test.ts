// Bodies larger than any buffer: whole, in step, cut where they are cut.
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { Client } from 'undici'
import { startSidecar } from '../support/sidecar-process.js'

const mebibyte = 1024 * 1024
const body = randomBytes(9 * mebibyte + 12_345)
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function scene(t: Test, answer: (req: IncomingMessage, res: ServerResponse) => void) {
  const api = createServer(answer)
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
  const { port } = api.address() as AddressInfo
  const sidecar = await startSidecar({ upstream: `http://127.0.0.1:${port}` })
  t.teardown(async () => {
    await sidecar.stop()
    api.closeAllConnections()
    api.close()
  })
  return { sidecar }
}

t.test('a large body of known length arrives whole, and the connection goes on', async t => {
  const { sidecar } = await scene(t, (req, res) => {
    if (req.url === '/small') res.end('small')
    else res.writeHead(200, { 'content-length': body.length }).end(body)
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.close())
  for (let round = 0; round < 3; round++) {
    const large = await client.request({ method: 'GET', path: '/large' })
    t.equal(digest(Buffer.from(await large.body.arrayBuffer())), digest(body), `round ${round}`)
    const small = await client.request({ method: 'GET', path: '/small' })
    t.equal(await small.body.text(), 'small', 'the next answer on the same connection')
  }
})

t.test('a client that reads slowly gets the same bytes', async t => {
  const { sidecar } = await scene(t, (_req, res) => {
    res.writeHead(200, { 'content-length': body.length }).end(body)
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.close())
  const { body: stream } = await client.request({ method: 'GET', path: '/' })
  const pieces: Buffer[] = []
  for await (const piece of stream) {
    pieces.push(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(digest(Buffer.concat(pieces)), digest(body))
})

t.test('a large body that breaks off is cut for the client too', async t => {
  const { sidecar } = await scene(t, (_req, res) => {
    res.writeHead(200, { 'content-length': body.length })
    res.write(body.subarray(0, 6 * mebibyte), () => res.destroy())
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.destroy())
  const { body: stream } = await client.request({ method: 'GET', path: '/' })
  await t.rejects(stream.arrayBuffer(), 'never a clean end')
  t.equal(sidecar.alive, true)
})

t.test('bytes behind a large body reach nobody', async t => {
  const { sidecar } = await scene(t, (_req, res) => {
    res.writeHead(200, { 'content-length': body.length })
    res.write(body)
    res.socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON')
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.close())
  for (let round = 0; round < 2; round++) {
    const { body: stream } = await client.request({ method: 'GET', path: '/' })
    t.equal(digest(Buffer.from(await stream.arrayBuffer())), digest(body))
  }
})

t.test('a client that leaves in a large body stops the upstream', async t => {
  const gone = new Promise<void>(resolve => {
    scene(t, (_req, res) => {
      res.writeHead(200, { 'content-length': 64 * mebibyte })
      const more = () => {
        if (!res.destroyed) res.write(body)
      }
      res.on('drain', more)
      res.on('close', () => resolve())
      more()
    }).then(({ sidecar }) => {
      const socket = connect(sidecar.port, '127.0.0.1')
      let seen = 0
      socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      socket.on('data', piece => {
        seen += piece.length
        if (seen > 5 * mebibyte) socket.destroy()
      })
      socket.on('error', () => socket.destroy())
    })
  })
  await gone
  t.pass('the upstream saw the end')
})
