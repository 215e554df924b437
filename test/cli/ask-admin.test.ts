import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Invocation } from '../../src/cli/command.js'
import { healthcheck } from '../../src/cli/healthcheck.js'
import { wait } from '../../src/cli/wait.js'

async function startAdmin(t: Test, listener: RequestListener, at: object = { port: 0 }) {
  const server = createServer(listener)
  server.listen({ host: '127.0.0.1', ...at })
  await once(server, 'listening')
  t.teardown(() => server.close())
  return server
}

function addressOf(server: Server): string {
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ask(
  t: Test,
  command: (invocation: Invocation) => Promise<number>,
  adminListen: string,
  own: Record<string, string> = {},
) {
  const errors: string[] = []
  const code = await command({
    load: {
      env: { CORS_SIDECAR_ADMIN_LISTEN: adminListen },
      cwd: t.testdirName,
      isTerminal: false,
    },
    own: new Map(Object.entries(own).map(([name, value]) => [name, [value]])),
    arguments: [],
    commands: [],
    isColoured: false,
    print: () => t.fail('nothing to print'),
    printError: text => errors.push(text),
  })
  return { code, error: errors.join('') }
}

t.test('healthcheck', async t => {
  t.test('asks whether the sidecar lives, or takes requests', async t => {
    const paths: unknown[] = []
    const server = await startAdmin(t, (request, response) => {
      paths.push(request.url)
      response.statusCode = request.url === '/livez' ? 200 : 503
      response.end()
    })
    t.same(await ask(t, healthcheck, addressOf(server)), { code: 0, error: '' })
    t.match(await ask(t, healthcheck, addressOf(server), { ready: '' }), {
      code: 1,
      error: 'The sidecar is not healthy: /readyz answered 503.',
    })
    t.same(paths, ['/livez', '/readyz'])
  })

  t.test('reaches one that listens on every address', async t => {
    const server = await startAdmin(t, (_request, response) => response.end())
    const { port } = server.address() as AddressInfo
    t.match(await ask(t, healthcheck, `0.0.0.0:${port}`), { code: 0 })
  })

  t.test('reaches one on a Unix socket', async t => {
    // Not in the test's own directory: the path of a socket may have no more than 107 bytes.
    const directory = mkdtempSync(join(tmpdir(), 'admin-'))
    t.teardown(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'admin.sock')
    await startAdmin(t, (_request, response) => response.end(), { path })
    t.match(await ask(t, healthcheck, `unix:${path}`), { code: 0 })
  })

  t.test('fails when nobody is there, or the address is off', async t => {
    const server = await startAdmin(t, () => undefined)
    const address = addressOf(server)
    server.close()
    await once(server, 'close')
    t.match(await ask(t, healthcheck, address), { code: 1, error: /ECONNREFUSED/ })
    t.match(await ask(t, healthcheck, 'off'), { code: 1, error: /is off/ })
  })
})

t.test('wait', async t => {
  t.test('returns when the sidecar is ready', async t => {
    let asked = 0
    const server = await startAdmin(t, (_request, response) => {
      response.statusCode = ++asked < 3 ? 503 : 200
      response.end()
    })
    t.match(await ask(t, wait, addressOf(server)), { code: 0 })
    t.equal(asked, 3)
  })

  t.test('gives up in the end', async t => {
    const server = await startAdmin(t, (_request, response) => {
      response.statusCode = 503
      response.end()
    })
    t.match(await ask(t, wait, addressOf(server), { max: '150ms' }), {
      code: 1,
      error: 'The sidecar was not ready within 150ms: /readyz answered 503.',
    })
  })

  t.test('gives up on one that never answers', async t => {
    const server = await startAdmin(t, () => undefined)
    const address = addressOf(server)
    t.match(await ask(t, wait, address, { max: '50ms' }), { code: 1, error: /no response/ })
    server.closeAllConnections()
  })

  t.test('refuses a time that is none', async t => {
    t.match(await ask(t, wait, '127.0.0.1:1', { max: 'soon' }), { code: 2, error: /--max/ })
  })
})
