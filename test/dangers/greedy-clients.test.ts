// One client that asks for everything: the others are served as if it were not there.

import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'

const openssl = need('openssl')

async function scene(t: Test, flags: readonly string[] = []) {
  let asked = 0
  const told: (() => void)[] = []
  const api = createServer((req, res) => {
    asked++
    for (const tell of told.splice(0)) tell()
    if (req.url === '/events') res.writeHead(200).write('data: 1\n\n')
    else if (req.url === '/upload') req.resume().on('end', () => res.end('ok'))
    else res.end('ok')
  })
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    api.closeAllConnections()
    api.close()
  })
  const { port } = api.address() as AddressInfo
  const sidecar = await startSidecar({ upstream: `http://127.0.0.1:${port}`, flags })
  t.teardown(() => sidecar.stop())
  return {
    sidecar,
    /** Resolves when the API has been asked so often. */
    async asked(times: number) {
      while (asked < times) await new Promise<void>(resolve => told.push(resolve))
    },
  }
}

/** What twenty others get at once. */
const others = (port: number) =>
  Promise.all(
    Array.from(
      { length: 20 },
      () =>
        new Promise<unknown>(resolve => {
          const asked = get({ port, host: '127.0.0.1', agent: false }, res => {
            res.resume()
            resolve(res.statusCode)
          })
          asked.on('error', resolve)
        }),
    ),
  )

const allOk = Array(20).fill(200)

t.test('a pipeline of 256 requests behind an event stream', async t => {
  const { sidecar, asked } = await scene(t)
  const greedy = connect(sidecar.port, '127.0.0.1')
  t.teardown(() => greedy.destroy())
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
  greedy.write(request('/events') + request('/f').repeat(255))
  await asked(2)
  t.strictSame(await others(sidecar.port), allOk)
})

t.test('three hundred honest event streams', async t => {
  const { sidecar, asked } = await scene(t)
  for (let n = 0; n < 300; n++) {
    const reader = connect(sidecar.port, '127.0.0.1')
    reader.on('error', () => reader.destroy())
    t.teardown(() => reader.destroy())
    reader.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  }
  await asked(300)
  t.strictSame(await others(sidecar.port), allOk)
})

t.test('over HTTP/2', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.skip ? '' : openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
  const open = async (port: number, settings = {}) => {
    const session = connectHttp2(`https://localhost:${port}`, { ca: certificate.cert, settings })
    session.on('error', () => session.destroy())
    t.teardown(() => session.destroy())
    await once(session, 'connect')
    return session
  }
  const statusOf = (session: ClientHttp2Session, fields: Record<string, string> = {}) =>
    new Promise<unknown>(resolve => {
      const stream = session.request({ ':path': '/', ...fields })
      stream.on('response', head => resolve(head[':status']))
      stream.on('error', resolve)
      stream.resume()
    })

  t.test('three connections of a hundred uploads that never end', async t => {
    const { sidecar, asked } = await scene(t, tls)
    for (let n = 0; n < 3; n++) {
      const session = await open(sidecar.port)
      for (let upload = 0; upload < 100; upload++) {
        const stream = session.request({ ':path': '/upload', ':method': 'POST' })
        stream.on('error', () => stream.destroy())
        stream.write('x')
      }
    }
    await asked(200)
    for (let n = 0; n < 10; n++) t.equal(await statusOf(await open(sidecar.port)), 200)
  })

  t.test('streams whose window stays shut, with pings all the while', async t => {
    const { sidecar } = await scene(t, [...tls, '--response-idle-timeout', '1s'])
    const session = await open(sidecar.port, { initialWindowSize: 0 })
    const pings = setInterval(() => session.destroyed || session.ping(() => undefined), 100)
    t.teardown(() => clearInterval(pings))
    const closed = Array.from({ length: 20 }, () => {
      const stream = session.request({ ':path': '/' })
      stream.on('error', () => undefined)
      return new Promise<void>(resolve => stream.on('close', () => resolve()))
    })
    await Promise.all(closed)
    t.pass('each is cut')
  })

  t.test('heads larger than the limits', async t => {
    const { sidecar } = await scene(t, tls)
    const session = await open(sidecar.port)
    t.equal(await statusOf(session, { 'x-a': 'a'.repeat(20_000) }), 431)
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`x-${n}`, 'v']))
    t.equal(await statusOf(session, many), 431)
    t.equal(await statusOf(session), 200, 'the connection goes on')
  })

  t.test('half a head, and then silence', async t => {
    const { sidecar } = await scene(t, [...tls, '--headers-timeout', '1s'])
    const block = Buffer.concat([
      Buffer.from([0x82, 0x87, 0x84, 0x41, 9]),
      Buffer.from('localhost'),
    ])
    /** A HEADERS frame (RFC 9113, 6.2); END_STREAM is 1 and END_HEADERS is 4. */
    const headers = (stream: number, flags: number) => {
      const frame = Buffer.alloc(9)
      frame.writeUIntBE(block.length, 0, 3)
      frame[3] = 1
      frame[4] = flags
      frame.writeUInt32BE(stream, 5)
      return Buffer.concat([frame, block])
    }
    for (const behindOthers of [false, true]) {
      const options = { port: sidecar.port, host: 'localhost', ca: certificate.cert }
      const socket = connectTls({ ...options, ALPNProtocols: ['h2'] })
      await once(socket, 'secureConnect')
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
      if (behindOthers) socket.write(headers(1, 5))
      socket.write(headers(behindOthers ? 3 : 1, 1))
      socket.resume()
      await once(socket, 'close')
      t.pass(behindOthers ? 'it is closed behind a good request, too' : 'it is closed')
    }
  })
})
