import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createUpstreamProbe } from '../../src/admin/upstream-probe.js'

async function startUpstream(t: Test, listener: RequestListener, at: object = { port: 0 }) {
  const server = createServer(listener)
  server.listen({ host: '127.0.0.1', ...at })
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

function originOf(server: { address(): unknown }): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('an upstream that answers is up, whatever it answers', async t => {
  for (const status of [200, 302, 404, 500]) {
    const server = await startUpstream(t, (_request, response) => response.writeHead(status).end())
    const probe = createUpstreamProbe({ upstream: { origin: originOf(server), path: '/' } })
    t.equal(await probe.isUp(), true, String(status))
  }
})

t.test('it is asked politely', async t => {
  const seen: unknown[] = []
  const server = await startUpstream(t, (request, response) => {
    seen.push([request.method, request.url])
    response.end()
  })
  const upstream = { origin: originOf(server), path: '/base/' }
  const probe = createUpstreamProbe({ upstream, reuseMs: 60_000 })
  await Promise.all([probe.isUp(), probe.isUp()])
  await probe.isUp()
  t.same(seen, [['HEAD', '/base/']], 'once for all who ask at about the same time')
})

t.test('its answer grows old', async t => {
  const server = await startUpstream(t, (_request, response) => response.end())
  const answers: boolean[] = []
  const probe = createUpstreamProbe({
    upstream: { origin: originOf(server), path: '/' },
    reuseMs: -1,
    onAnswer: isUp => answers.push(isUp),
  })
  t.equal(await probe.isUp(), true)
  server.close()
  await once(server, 'close')
  t.equal(await probe.isUp(), false)
  t.same(answers, [true, false])
})

t.test('an upstream behind a Unix socket is found', async t => {
  // Not in the test's own directory: the path of a socket may have no more than 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'upstream-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const socketPath = join(directory, 'up.sock')
  await startUpstream(t, (_request, response) => response.end(), { path: socketPath })
  const upstream = { origin: 'http://localhost', path: '/', socketPath }
  t.equal(await createUpstreamProbe({ upstream }).isUp(), true)
})

t.test('an upstream that says nothing is down when the time is over', async t => {
  const server = createTcpServer(socket => t.teardown(() => socket.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const upstream = { origin: originOf(server), path: '/' }
  t.equal(await createUpstreamProbe({ upstream, timeoutMs: 50 }).isUp(), false)
})
