// A client that leaves, over HTTP/1.1 or HTTP/2 and in whatever way, leaves nothing behind: no upstream
// connection, no place, no exchange.

import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import {
  END_HEADERS,
  END_STREAM,
  frame,
  frameType,
  getHead,
  openRawHttp2,
  uint32,
} from '../support/raw-http2.js'
import { startSidecar } from '../support/sidecar-process.js'

t.setTimeout(120_000)

const openssl = need('openssl')

/** An API that never comes to an end, whatever it is asked for. */
async function endlessApi(t: Test) {
  const open = new Set<Socket>()
  const changed: (() => void)[] = []
  let requests = 0
  let connections = 0
  const api = createServer((req, res) => {
    requests++
    for (const tell of changed.splice(0)) tell()
    if (req.url === '/short') {
      res.end('ok')
      return
    }
    if (req.url === '/hanging' || req.url === '/upload') {
      req.resume()
      return
    }
    res.writeHead(200)
    res.write('begun')
    if (req.url !== '/large') return
    const more = () => {
      while (!res.destroyed && res.write(Buffer.alloc(65_536)));
    }
    res.on('drain', more)
    more()
  })
  api.on('connection', socket => {
    open.add(socket)
    connections++
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      open.delete(socket)
      for (const tell of changed.splice(0)) tell()
    })
  })
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    api.closeAllConnections()
    api.close()
  })
  return {
    url: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    requests: () => requests,
    open: () => open.size,
    connections: () => connections,
    async until(wanted: () => boolean) {
      while (!wanted()) await new Promise<void>(resolve => changed.push(resolve))
    },
  }
}

const paths = ['/hanging', '/events', '/large', '/upload'] as const

/** What a client may do to leave. */
const ways: Readonly<
  Record<string, (session: ClientHttp2Session, stream: ClientHttp2Stream) => void>
> = {
  'it cancels': (_session, stream) => stream.close(constants.NGHTTP2_CANCEL),
  'it cancels without an error': (_session, stream) => stream.close(constants.NGHTTP2_NO_ERROR),
  'its connection goes': session => session.destroy(),
  'it says goodbye and goes': session => {
    session.goaway()
    session.destroy()
  },
}

t.test('over HTTP/2, nothing is left when', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.skip ? '' : openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const api = await endlessApi(t)
  const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
  const flags = [...tls, '--log-requests', 'all']
  const sidecar = await startSidecar({ upstream: api.url, flags })
  t.teardown(() => sidecar.stop())
  const open = async (settings = {}) => {
    const session = connect(`https://localhost:${sidecar.port}`, { ca: certificate.cert, settings })
    session.on('error', () => session.destroy())
    await once(session, 'connect')
    return session
  }
  for (const [way, leave] of Object.entries(ways)) {
    t.test(way, async t => {
      for (const path of paths) {
        const session = await open()
        const before = api.requests()
        const isUpload = path === '/upload'
        const stream = session.request(
          { ':path': path, ':method': isUpload ? 'POST' : 'GET' },
          { endStream: !isUpload },
        )
        stream.on('error', () => stream.destroy())
        if (isUpload) stream.write(Buffer.alloc(1_000))
        await api.until(() => api.requests() > before)
        leave(session, stream)
        await api.until(() => api.open() === 0)
        t.pass(`of ${path}`)
        session.destroy()
      }
      const line = await sidecar.log(
        ({ status, path }) => path === '/hanging' && status === 499,
        '',
      )
      t.equal(line.clientLeft, true, 'it is logged as a client that left')
    })
  }
  t.test('it never takes what it was sent, and goes', async t => {
    const session = await open({ initialWindowSize: 0 })
    const stream = session.request({ ':path': '/short' })
    stream.on('error', () => stream.destroy())
    await once(stream, 'response')
    stream.close(constants.NGHTTP2_NO_ERROR)
    await sidecar.log(({ path }) => path === '/short', 'the end of the exchange')
    session.destroy()
    t.pass('the exchange has ended')
  })
  t.test('a thousand streams are reset at once', async t => {
    const session = await open()
    const before = api.requests()
    for (let n = 0; n < 1_000; n++) {
      const stream = session.request({ ':path': '/hanging' })
      stream.on('error', () => stream.destroy())
      stream.close(constants.NGHTTP2_CANCEL)
    }
    const other = await open()
    const stream = other.request({ ':path': '/short' })
    const [head] = await once(stream, 'response')
    t.equal(head[':status'], 200, 'others are served')
    t.ok(api.requests() - before < 200, `${api.requests() - before} requests reached the upstream`)
    session.destroy()
    other.destroy()
  })
  t.test('hundreds of requests come with their resets, in one packet', async t => {
    const before = api.requests()
    const dialled = api.connections()
    const raw = await openRawHttp2({ port: sidecar.port, ca: certificate.cert })
    t.teardown(() => raw.socket.destroy())
    const all: Buffer[] = []
    for (let id = 1; id < 600; id += 2) {
      all.push(frame(frameType.headers, END_HEADERS | END_STREAM, id, getHead('/hanging')))
      all.push(frame(frameType.reset, 0, id, uint32(constants.NGHTTP2_CANCEL)))
    }
    raw.write(...all, frame(frameType.headers, END_HEADERS | END_STREAM, 601, getHead('/short')))
    await raw.frame(({ type, stream }) => type === frameType.data && stream === 601)
    t.equal(api.requests() - before, 1, 'the upstream is asked for what is still wanted')
    t.ok(api.connections() - dialled <= 1, 'and not dialled for the rest')
    await sidecar.log(({ path, status }) => path === '/hanging' && status === 499, 'a client left')
  })
})

t.test('over HTTP/1.1, nothing is left', async t => {
  const api = await endlessApi(t)
  const sidecar = await startSidecar({ upstream: api.url })
  t.teardown(() => sidecar.stop())
  for (const path of paths) {
    const before = api.requests()
    const asked = request(`${sidecar.url}${path}`, {
      method: path === '/upload' ? 'POST' : 'GET',
      agent: false,
    })
    asked.on('error', () => undefined)
    if (path === '/upload') asked.write(Buffer.alloc(1_000))
    else asked.end()
    await api.until(() => api.requests() > before)
    asked.destroy()
    await api.until(() => api.open() === 0)
    t.pass(`of ${path}`)
  }
})
