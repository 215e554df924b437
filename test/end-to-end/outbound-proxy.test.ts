// A proxy on the way to the upstream: what it is asked, what the upstream sees, and what its faults are called.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { failureRow } from '../../src/terms/upstream-failure.js'
import { ask } from '../support/ask.js'
import { createCertificate } from '../support/certificate.js'
import { type ForwardProxyOptions, startForwardProxy } from '../support/forward-proxy.js'
import { need } from '../support/need.js'
import { runProgram, type SidecarOptions, startSidecar } from '../support/sidecar-process.js'

const openssl = need('openssl')
const skip = openssl.skip
const certificate = skip ? undefined : createCertificate(openssl.path, ['DNS:localhost'])
t.teardown(() => certificate?.remove())
const origin = { Origin: 'https://app.example.com' }

/** Says what it was asked, how long the body was, and by which Host; echoes over WebSocket. */
async function startUpstream(t: Test, isTls = false) {
  const answer: RequestListener = async (asked, out) => {
    let size = 0
    for await (const piece of asked) size += piece.length
    const { host, 'proxy-authorization': leaked } = asked.headers
    out.setHeader('Connection-Of', String(asked.socket.remotePort))
    out.end(JSON.stringify([asked.method, asked.url, host, size, leaked ?? 'no credentials']))
  }
  const server = isTls && certificate ? createTlsServer(certificate, answer) : createServer(answer)
  const webSockets = new WebSocketServer({ server })
  webSockets.on('connection', socket => socket.on('message', data => socket.send(String(data))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of webSockets.clients) socket.terminate()
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `${isTls ? 'https' : 'http'}://localhost:${port}` }
}

async function startProxy(t: Test, options: ForwardProxyOptions = {}) {
  const proxy = await startForwardProxy(options)
  t.teardown(() => proxy.kill())
  const user = options.user === undefined ? '' : `${options.user}@`
  return { ...proxy, url: `http://${user}localhost:${proxy.port}` }
}

async function start(t: Test, options: SidecarOptions) {
  const ca = certificate ? ['--upstream-ca', certificate.certFile] : []
  const isTls = options.upstream?.startsWith('https:')
  const flags = [...(options.flags ?? []), ...(isTls ? ca : []), '-o', origin.Origin]
  const sidecar = await startSidecar({ ...options, flags: [...flags, '--log-requests', 'all'] })
  t.teardown(() => sidecar.stop())
  return sidecar
}

function echo(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), { origin: origin.Origin })
    socket.once('open', () => socket.send(text))
    socket.once('message', data => {
      resolve(String(data))
      socket.close()
    })
    socket.once('error', reject)
  })
}

t.test(
  'requests go through the proxy, and the upstream sees them as without it:',
  { skip },
  async t => {
    for (const [isTls, hostHeader] of [
      [false, 'upstream'],
      [false, 'api.test'],
      [true, 'api.test'],
    ] as const) {
      const upstream = await startUpstream(t, isTls)
      const proxy = await startProxy(t, { user: 'eve:pass' })
      const flags = ['--outbound-proxy', proxy.url, '--host-header', hostHeader]
      const { url } = await start(t, { upstream: `${upstream.url}/base`, flags })
      const host = hostHeader === 'upstream' ? `localhost:${upstream.port}` : hostHeader
      const isRead = !isTls && hostHeader === 'upstream'
      await t.test(`${isTls ? 'https' : 'http'}, Host ${hostHeader}`, async t => {
        const first = await ask(`${url}/a?b=c`, { headers: origin })
        t.equal(first.headers['access-control-allow-origin'], origin.Origin)
        const said = ['GET', '/base/a?b=c', host, 0, 'no credentials']
        t.strictSame(JSON.parse(first.body.toString()), said)
        const body = Buffer.alloc(3_000_000, 'x')
        const second = await ask(`${url}/up`, { method: 'POST', body })
        t.match(JSON.parse(second.body.toString()), ['POST', '/base/up', host, body.length])
        const [one, two] = [first, second].map(({ headers }) => headers['connection-of'])
        if (!isRead) t.equal(one, two, 'on one tunnel')
        t.equal(await echo(`${url}/ws`, 'hello'), 'hello')
        const tunnel = `CONNECT localhost:${upstream.port}`
        t.strictSame(
          proxy.seen,
          isRead
            ? [`GET ${upstream.url}/base/a?b=c`, `POST ${upstream.url}/base/up`, tunnel]
            : [tunnel, tunnel],
        )
      })
    }
  },
)

t.test('a proxy that fails has a reason of its own:', async t => {
  const wrong = 'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n'
  const refusal = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno\r\n'
  for (const [what, failure, options, isTls, detail] of [
    ['it is not there', 'proxy-unreachable', 'dead', false, 'ECONNREFUSED'],
    ['it is not there', 'proxy-unreachable', 'dead', true, 'ECONNREFUSED'],
    ['it wants other credentials', 'proxy-credentials', { user: 'eve:right' }, false, 'Basic'],
    ['it wants other credentials', 'proxy-credentials', { user: 'eve:right' }, true, 'Basic'],
    ['it calls them wrong', 'proxy-credentials', { refusal: wrong }, true, '401.*Basic'],
    ['it refuses', 'proxy-refused', { refusal }, true, '403 Forbidden'],
    ['it breaks off', 'proxy-refused', { refusal: 'HTTP/1.1 200' }, true, 'closed'],
    ['it speaks no HTTP', 'proxy-refused', { refusal: 'SSH-2.0-x\r\n' }, true, 'SSH'],
    ['it says nothing', 'proxy-timeout', { refusal: '' }, true, 'after'],
  ] as const) {
    await t.test(`${what}, for ${isTls ? 'https' : 'http'}`, { skip: isTls && skip }, async t => {
      const upstream = await startUpstream(t, isTls)
      const proxy = await startProxy(t, options === 'dead' ? {} : options)
      if (options === 'dead') proxy.kill()
      const through = `http://eve:wrong-password@localhost:${proxy.port}`
      const flags = ['--outbound-proxy', through, '--connect-timeout', '300ms']
      const sidecar = await start(t, { upstream: upstream.url, flags, admin: true })
      const { status, cure } = failureRow(failure)
      const answer = await ask(sidecar.url, { headers: origin })
      t.equal(answer.status, status)
      t.match(JSON.parse(answer.body.toString()), { error: failure, cure })
      t.equal(answer.headers['access-control-allow-origin'], origin.Origin)
      const line = await sidecar.log(({ event }) => event === 'upstream-error', 'the failure')
      t.match(line, { failure, detail: new RegExp(detail) })
      t.notMatch(JSON.stringify(sidecar.logs), /wrong-password/)
    })
  }
})

t.test(
  'a proxy that dies cuts what is under way, and the next requests say so',
  { skip },
  async t => {
    const upstream = await startUpstream(t, true)
    const proxy = await startProxy(t)
    const flags = ['--outbound-proxy', proxy.url]
    const sidecar = await start(t, { upstream: upstream.url, flags })
    const socket = new WebSocket(sidecar.url.replace('http', 'ws'), { origin: origin.Origin })
    await once(socket, 'open')
    t.equal((await ask(sidecar.url)).status, 200)
    proxy.kill()
    await once(socket, 'close')
    const answer = await ask(sidecar.url)
    t.match(JSON.parse(answer.body.toString()), { error: 'proxy-unreachable' })
  },
)

t.test('env reads the variables of curl', async t => {
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { user: 'eve:pass-word' })
  for (const [env, isProxied] of [
    [{ HTTP_PROXY: proxy.url }, true],
    [{ HTTP_PROXY: proxy.url, no_proxy: 'a.test, localhost' }, false],
  ] as const) {
    const flags = ['--outbound-proxy', 'env']
    const sidecar = await start(t, { upstream: upstream.url, flags, env })
    const before = proxy.seen.length
    t.equal((await ask(sidecar.url)).status, 200)
    t.equal(proxy.seen.length - before, isProxied ? 1 : 0)
  }
})

t.test('a reload leads through another proxy, and its password is seen nowhere', async t => {
  const upstream = await startUpstream(t)
  const [one, two] = [
    await startProxy(t, { user: 'eve:first-word' }),
    await startProxy(t, { user: 'eve:second-word' }),
  ]
  const path = join(t.testdir({}), 'config.json')
  const write = (outboundProxy: string) => writeFileSync(path, JSON.stringify({ outboundProxy }))
  write(one.url)
  const flags = ['--config', path, '--inspect', '--debug-headers']
  const sidecar = await start(t, { upstream: upstream.url, flags, admin: true })
  await ask(sidecar.url, { headers: { 'X-Echo': 'first-word' } })
  write(two.url)
  sidecar.signal('SIGHUP')
  const isReload = ({ event }: { readonly event?: unknown }) => event === 'config-reloaded'
  t.match(await sidecar.log(isReload, 'reload'), { changed: ['outboundProxy'] })
  await ask(sidecar.url)
  t.same([one.seen.length, two.seen.length], [1, 1])
  t.equal((await ask(`${sidecar.adminUrl}/readyz`)).status, 200)
  const shown: string[] = []
  for (const page of ['/config', '/exchanges', '/readyz', '/metrics']) {
    shown.push((await ask(`${sidecar.adminUrl}${page}`)).body.toString())
  }
  const read = await runProgram(['config', upstream.url, '--outbound-proxy', two.url])
  t.match(read.stdout, `http://***@localhost:${two.port}`)
  shown.push(read.stdout, JSON.stringify(sidecar.logs))
  const credentials = Buffer.from('eve:second-word').toString('base64')
  t.notMatch(shown.join(), new RegExp(`first-word|second-word|${credentials}`))
})
