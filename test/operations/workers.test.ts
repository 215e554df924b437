// Several processes that look like one.
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as after } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { answer, okAnswer, type Script, startRawUpstream } from '../support/raw-upstream.js'
import { runProgram, type SidecarProcess, startSidecar } from '../support/sidecar-process.js'

const origin = 'https://app.example.com'

async function start(t: Test, script: Script = answer(okAnswer), flags: readonly string[] = []) {
  const upstream = await startRawUpstream(script)
  t.teardown(() => upstream.close())
  const config = join(t.testdir({}), 'config.json')
  const write = (more: object) =>
    writeFileSync(
      config,
      JSON.stringify({ upstream: upstream.url, allowOrigins: [origin], ...more }),
    )
  write({})
  const sidecar = await startSidecar({
    flags: ['--config', config, '--workers', '2', ...flags],
    admin: true,
  })
  t.teardown(() => sidecar.stop())
  /** A GET on a connection of its own; they go to the workers in turn. */
  const ask = async (path = '/') => {
    const asked = request({ host: '127.0.0.1', port: sidecar.port, path, agent: false })
    asked.setHeader('origin', origin)
    asked.end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    return { status: response.statusCode, headers: response.headers, body: await text(response) }
  }
  const sample = async (name: string) => {
    const metrics = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
    const line = metrics.split('\n').find(one => one.startsWith(`cors_sidecar_${name} `))
    return Number(line?.split(' ')[1])
  }
  return { upstream, sidecar, write, ask, sample }
}

function workersOf({ pid }: SidecarProcess): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.trim().split(' ').map(Number)
}

/** Resolves when none of these processes runs any more; one that nobody has buried is no process. */
async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(pid => existsSync(`/proc/${pid}/exe`))) await after(20)
}

const withoutProc = existsSync(`/proc/self/task/${process.pid}/children`) ? false : 'needs Linux'

const total = 'requests_total{method="GET",code="200",kind="actual"}'

t.test('requests are spread, and the numbers are the sum', async t => {
  const { ask, sample, sidecar } = await start(t)
  for (let n = 0; n < 6; n++) t.equal((await ask()).status, 200)
  t.equal(await sample(total), 6)
  // Each process numbers its own exchanges under a prefix of its own.
  const requests = () => sidecar.logs.filter(({ event }) => event === 'request')
  await sidecar.log(() => requests().length === 6, 'a line of each request')
  const prefixes = requests().map(({ id }) => String(id).split('-')[0])
  t.equal(new Set(prefixes).size, 2)
})

t.test('a reload reaches all of them before it is told', async t => {
  const { ask, write, sidecar } = await start(t)
  write({ exposeHeaders: ['x-new'] })
  sidecar.signal('SIGHUP')
  await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
  for (let n = 0; n < 4; n++) {
    t.equal((await ask()).headers['access-control-expose-headers'], 'x-new')
  }
})

t.test('a worker that dies is replaced and counted', { skip: withoutProc }, async t => {
  const { ask, sample, sidecar } = await start(t)
  const before = workersOf(sidecar)
  t.equal(before.length, 2)
  process.kill(before[0] as number, 'SIGKILL')
  await sidecar.log(({ event }) => event === 'worker-ended', 'the end of a worker')
  t.equal((await ask()).status, 200, 'the other one serves on')
  while ((await sample('workers_ended_total')) !== 1 || workersOf(sidecar).length < 2) {
    t.equal((await ask()).status, 200)
  }
  t.notOk(workersOf(sidecar).includes(before[0] as number))
})

t.test('a stop finishes what is under way in each', async t => {
  let release: () => void = () => undefined
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const { ask, upstream, sidecar } = await start(t, ({ write }) => {
    held.then(() => write(okAnswer))
  })
  const asked = [ask(), ask(), ask(), ask()]
  await upstream.until(() => upstream.requests[3], 'all requests')
  sidecar.signal('SIGTERM')
  await sidecar.log(({ event }) => event === 'draining', 'the drain')
  release()
  for (const one of await Promise.all(asked)) t.match(one, { status: 200, body: 'ok' })
  t.match(await sidecar.exited(), { code: 0 })
  t.equal(sidecar.logs.filter(({ event }) => event === 'draining').length, 1)
})

t.test('the inspector shows the exchanges of all', async t => {
  const { ask, sidecar } = await start(t, undefined, ['--inspect', 'true'])
  for (let n = 0; n < 4; n++) await ask()
  const listed = async () => {
    const response = await fetch(`${sidecar.adminUrl}/inspect/exchanges`)
    return ((await response.json()) as { exchanges: unknown[] }).exchanges
  }
  let exchanges = await listed()
  while (exchanges.length < 4) exchanges = await listed()
  t.match(exchanges[0], {
    method: 'GET',
    decision: { verdict: 'allowed', reason: 'origin-exact', sentence: String },
  })
  const suggestion = await (await fetch(`${sidecar.adminUrl}/suggest`)).json()
  t.match(suggestion, { exchanges: 4 })
})

t.test('the inspector shows an exchange that several policies have judged', async t => {
  const { ask, write, sidecar } = await start(t, undefined, ['--inspect', 'true'])
  write({ paths: [{ match: '/admin', allowOrigins: ['https://admin.example'] }] })
  sidecar.signal('SIGHUP')
  await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
  await ask('/admin%2Fusers')
  let shown: unknown[] = []
  while (shown.length === 0) {
    const response = await fetch(`${sidecar.adminUrl}/inspect/exchanges`)
    shown = ((await response.json()) as { exchanges: unknown[] }).exchanges
  }
  t.match(shown, [{ target: '/admin%2Fusers', decision: { reason: 'origin-not-allowed' } }])
  t.notOk(sidecar.logs.some(({ event }) => event === 'worker-ended'))
})

t.test('an address in use is told as by a single process', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const exit = await runProgram([
    'http://127.0.0.1:1',
    ...['--workers', '2', '--listen', `127.0.0.1:${port}`, '--admin-listen', 'off'],
  ])
  t.match(exit, { code: 3, stderr: /in use by another program/ })
})

t.test('a second signal ends all of them at once', { skip: withoutProc }, async t => {
  const { upstream, sidecar, ask } = await start(t, () => undefined)
  const lost = t.rejects(ask())
  await upstream.until(() => upstream.requests[0], 'the request')
  const workers = workersOf(sidecar)
  sidecar.signal('SIGTERM')
  await sidecar.log(({ event }) => event === 'draining', 'the drain')
  // Pressed until it works: two signals at the same moment count as one.
  const pressing = setInterval(() => sidecar.signal('SIGTERM'), 100)
  t.teardown(() => clearInterval(pressing))
  t.match(await sidecar.exited(), { code: 143 })
  await lost
  t.notOk(
    workers.some(pid => existsSync(`/proc/${pid}/exe`)),
    'none is left',
  )
})

t.test('workers do not outlive the primary', { skip: withoutProc }, async t => {
  const { sidecar } = await start(t)
  const workers = workersOf(sidecar)
  sidecar.signal('SIGKILL')
  await sidecar.exited()
  await gone(workers)
  t.pass('they have gone')
})
