// One client that asks for everything: the others are served as if it were not there.

import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawClient } from '../support/raw-client.js'
import {
  END_HEADERS,
  frame,
  frameType,
  getHead,
  openRawHttp2,
  PADDED,
  uint32,
} from '../support/raw-http2.js'
import { startSidecar } from '../support/sidecar-process.js'
import { statusOf } from '../support/strict-http.js'

t.setTimeout(120_000)

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
  const open = async (t: Test, port: number, settings = {}) => {
    const session = connectHttp2(`https://localhost:${port}`, { ca: certificate.cert, settings })
    session.on('error', () => session.destroy())
    t.teardown(() => session.destroy())
    await once(session, 'connect')
    return session
  }
  const askOver = (session: ClientHttp2Session, fields: Record<string, string> = {}) =>
    new Promise<unknown>(resolve => {
      const stream = session.request({ ':path': '/', ...fields })
      stream.on('response', head => resolve(head[':status']))
      stream.on('error', resolve)
      stream.resume()
    })

  t.test('three connections of a hundred uploads that never end', async t => {
    const { sidecar, asked } = await scene(t, tls)
    for (let n = 0; n < 3; n++) {
      const session = await open(t, sidecar.port)
      for (let upload = 0; upload < 100; upload++) {
        const stream = session.request({ ':path': '/upload', ':method': 'POST' })
        stream.on('error', () => stream.destroy())
        stream.write('x')
      }
    }
    await asked(200)
    for (let n = 0; n < 10; n++) t.equal(await askOver(await open(t, sidecar.port)), 200)
  })

  t.test('streams whose window stays shut, with pings all the while', async t => {
    const { sidecar } = await scene(t, [...tls, '--response-idle-timeout', '1s'])
    const session = await open(t, sidecar.port, { initialWindowSize: 0 })
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
    const session = await open(t, sidecar.port)
    t.equal(await askOver(session, { 'x-a': 'a'.repeat(20_000) }), 431)
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`x-${n}`, 'v']))
    t.equal(await askOver(session, many), 431)
    t.equal(await askOver(session), 200, 'the connection goes on')
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

  t.test('frames without end that ask for nothing', async t => {
    const { sidecar } = await scene(t, tls)
    const pad = Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])
    const codes: (number | undefined)[] = []
    for (const [what, one] of [
      ['priorities', frame(frameType.priority, 0, 1, Buffer.alloc(5, 1))],
      ['windows', frame(frameType.windowUpdate, 0, 0, uint32(1))],
      ['frames of an unknown type', frame(0x42, 0, 0, Buffer.alloc(8))],
      ['padding', frame(frameType.data, PADDED, 1, pad)],
      ['a body in single bytes', frame(frameType.data, 0, 1, Buffer.from('x'))],
    ] as const) {
      const raw = await openRawHttp2({ port: sidecar.port, ca: certificate.cert })
      t.teardown(() => raw.socket.destroy())
      raw.write(frame(frameType.headers, END_HEADERS, 1, getHead('/upload', [], 'POST')))
      const packet = Buffer.concat(Array(Math.ceil(16_384 / one.length)).fill(one))
      const flood = () => {
        if (raw.isClosed) return
        if (raw.socket.write(packet)) setImmediate(flood)
        else raw.socket.once('drain', flood)
      }
      flood()
      await raw.closed()
      const goodbye = raw.frames.find(({ type }) => type === frameType.goAway)
      codes.push(goodbye?.payload.readUInt32BE(4))
      t.pass(`${what}: closed, with the code ${codes.at(-1) ?? 'lost'}`)
    }
    // What was still under way may cost one its goodbye, and Node may be the first to find a fault.
    t.ok(codes.includes(constants.NGHTTP2_ENHANCE_YOUR_CALM), 'they are told to calm down')
    t.strictSame(await askOver(await open(t, sidecar.port)), 200, 'others are served')
  })

  t.test('a large body in small pieces, and the windows of a large response', async t => {
    const { sidecar } = await scene(t, tls)
    const session = await open(t, sidecar.port)
    const upload = session.request({ ':path': '/upload', ':method': 'POST' })
    for (let n = 0; n < 20_000; n++) upload.write('{"n":1}')
    upload.end()
    const [head] = await once(upload, 'response')
    t.equal(head[':status'], 200, 'are no flood')
  })
})

t.test('a body byte by byte goes on in few writes', async t => {
  const reads: number[] = []
  const upstream = createTcpServer(socket => {
    let text = ''
    socket.on('data', bytes => {
      reads.push(bytes.length)
      text += bytes.toString('latin1')
      if (text.endsWith('0\r\n\r\n')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    })
  })
  await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
  t.teardown(() => upstream.close())
  const { port } = upstream.address() as AddressInfo
  const sidecar = await startSidecar({ upstream: `http://127.0.0.1:${port}` })
  t.teardown(() => sidecar.stop())
  const client = await openRawClient({ port: sidecar.port })
  t.teardown(() => client.destroy())
  client.write('POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n')
  client.write(`${'1\r\nx\r\n'.repeat(5_000)}0\r\n\r\n`)
  t.equal(statusOf(await client.response()), 200)
  t.ok(reads.length < 200, `${reads.length} reads for 5,000 pieces`)
})
