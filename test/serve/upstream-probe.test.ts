import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { cachedLookup } from '../../src/proxy/http1/lookup.js'
import { destinationOf } from '../../src/proxy/message/address.js'
import { createUpstreamProbe, type ProbedUpstream } from '../../src/serve/upstream-probe.js'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'

const tls = { insecure: false }

interface Listening {
  address(): unknown
}

async function startUpstream(t: Test, listener: RequestListener, at: object = { port: 0 }) {
  const server = createServer(listener)
  server.listen({ host: '127.0.0.1', ...at })
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

async function startTcp(t: Test, serve: (socket: Socket) => void) {
  const server = createTcpServer(socket => {
    t.teardown(() => socket.destroy())
    socket.on('error', () => undefined)
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

function upstreamAt(server: Listening, changed: Partial<ProbedUpstream> = {}): ProbedUpstream {
  const address = {
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    socketPath: undefined,
    basePath: '',
  } as const
  return {
    destination: destinationOf(address, tls),
    ...{ lookup: cachedLookup(), isContainer: false },
    ...{ reading: { maxHeadSize: 65_536, isStrict: false }, target: '/', host: 'api.test' },
    ...changed,
  }
}

t.test('an upstream that answers is up, whatever it answers', async t => {
  for (const status of [200, 302, 400, 404, 500]) {
    const server = await startUpstream(t, (_request, response) => response.writeHead(status).end())
    const probe = createUpstreamProbe({ upstream: () => upstreamAt(server) })
    t.equal(await probe.failure(), undefined, String(status))
  }
})

t.test('it is judged as the proxy judges it', async t => {
  const server = await startTcp(t, socket => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\nX-Folded: a\n b\n\n'))
  })
  const upstream = upstreamAt(server)
  t.equal(
    await createUpstreamProbe({ upstream: () => upstream }).failure(),
    undefined,
    'what is mended is up',
  )
  const strict = { ...upstream, reading: { ...upstream.reading, isStrict: true } }
  t.match(await createUpstreamProbe({ upstream: () => strict }).failure(), {
    failure: 'refused-repair',
  })
})

t.test('it is asked politely', async t => {
  const seen: unknown[] = []
  const server = await startUpstream(t, ({ method, url, headers }, response) => {
    seen.push([method, url, headers.host])
    response.end()
  })
  const upstream = upstreamAt(server, { target: '/base/' })
  const probe = createUpstreamProbe({ upstream: () => upstream, reuseMs: 60_000 })
  await Promise.all([probe.failure(), probe.failure()])
  await probe.failure()
  t.same(seen, [['HEAD', '/base/', 'api.test']], 'once for all who ask at about the same time')
})

t.test('its answer grows old', async t => {
  const server = await startUpstream(t, (_request, response) => response.end())
  const answers: boolean[] = []
  const upstream = upstreamAt(server)
  const probe = createUpstreamProbe({
    upstream: () => upstream,
    reuseMs: -1,
    onAnswer: isUp => answers.push(isUp),
  })
  t.equal(await probe.failure(), undefined)
  server.close()
  await once(server, 'close')
  t.match(await probe.failure(), { failure: 'connect-refused' })
  t.same(answers, [true, false])
})

t.test('an upstream behind a Unix socket is found', async t => {
  // Not in the test's own directory: the path of a socket may have no more than 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'upstream-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const socketPath = join(directory, 'up.sock')
  const server = await startUpstream(t, (_, response) => response.end(), { path: socketPath })
  const protocol = 'unix:' as const
  const address = { protocol, hostname: '', port: 0, basePath: '', socketPath }
  const upstream = upstreamAt(server, { destination: destinationOf(address, tls) })
  t.equal(await createUpstreamProbe({ upstream: () => upstream }).failure(), undefined)
  const elsewhere = { ...address, socketPath: `${socketPath}.not` }
  const missing = { ...upstream, destination: destinationOf(elsewhere, tls) }
  t.match(await createUpstreamProbe({ upstream: () => missing }).failure(), {
    failure: 'socket-missing',
  })
})

t.test('an upstream that says nothing is down when the time is over', async t => {
  const server = await startTcp(t, () => undefined)
  const upstream = upstreamAt(server)
  const failed = await createUpstreamProbe({ upstream: () => upstream, timeoutMs: 50 }).failure()
  t.match(failed, { failure: 'head-timeout' })
})

const openssl = need('openssl')

t.test('one that speaks TLS is known by its handshake', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const tls = createTlsServer(certificate, socket => socket.end())
  tls.on('tlsClientError', () => undefined)
  const clear = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'
  for (const [what, refuse] of [
    ['that hangs up on plain requests', (socket: Socket) => socket.end()],
    ['that resets them', (socket: Socket) => socket.resetAndDestroy()],
    ['that answers them with 400 in the clear', (socket: Socket) => socket.end(clear)],
  ] as const) {
    const server = await startTcp(t, socket => {
      socket.once('data', first => {
        if (first[0] !== 0x16) return refuse(socket)
        socket.pause()
        socket.unshift(first)
        tls.emit('connection', socket)
      })
    })
    const probe = createUpstreamProbe({ upstream: () => upstreamAt(server) })
    t.match(await probe.failure(), { failure: 'speaks-tls' }, what)
  }
})
