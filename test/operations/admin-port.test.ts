// The admin port of the program itself: what operators, probes and scripts ask of it. Who may ask for
// what is in test/admin.

import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawClient } from '../support/raw-client.js'
import { answer, okAnswer, type Script, startRawUpstream } from '../support/raw-upstream.js'
import { runProgram, type SidecarOptions, startSidecar } from '../support/sidecar-process.js'

const openssl = need('openssl')
const origin = 'https://app.example.com'
const secret = 'hunter2hunter2'

async function start(t: Test, options: SidecarOptions = {}, script: Script = answer(okAnswer)) {
  const upstream = await startRawUpstream(script)
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({
    upstream: upstream.url,
    ...options,
    flags: ['--allow-origin', origin, ...(options.flags ?? [])],
    admin: true,
  })
  t.teardown(() => sidecar.stop())
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${sidecar.adminUrl}${path}`, init)
    return { status: response.status, body: await response.text() }
  }
  const adminListen = String(sidecar.adminUrl).replace('http://', '')
  /** One of the commands that ask the admin port. */
  const command = (...args: string[]) => runProgram([...args, '--admin-listen', adminListen])
  return { upstream, sidecar, ask, command }
}

t.test('it answers probes, scrapers and questions', async t => {
  const { sidecar, ask } = await start(t)
  t.match(await ask('/livez'), { status: 200, body: 'ok\n' })
  t.match(await ask('/startupz?verbose'), { body: '[+]started\nstartupz check ok\n' })
  t.match(await ask('/readyz?verbose'), {
    body: '[+]started\n[+]not draining\nreadyz check ok\n',
  })
  t.match(JSON.parse((await ask('/version')).body), {
    name: 'cors-sidecar',
    version: /^\d+\.\d+\.\d+/,
    node: process.version,
  })
  t.match(await ask('/metrics'), { status: 200, body: 'cors_sidecar_build_info{' })
  const explained = JSON.parse((await ask(`/explain?origin=${origin}&method=PUT`)).body)
  t.match(explained, { decision: { verdict: 'allowed', reason: 'origin-exact' } })
  t.match(JSON.parse((await ask('/suggest')).body), { exchanges: 0 })
  t.equal((await ask('/inspect')).status, 404, 'the inspector is off unless it is asked for')
  t.strictSame(
    sidecar.logs.filter(({ event }) => event === 'request'),
    [],
    'and none of it is logged as a request',
  )
})

t.test('the upstream counts for readiness alone, and only when it is asked for', async t => {
  const { upstream, ask } = await start(t, { flags: ['--ready-check-upstream', 'true'] })
  t.equal((await ask('/readyz')).status, 200)
  await upstream.close()
  while ((await ask('/readyz')).status === 200) await new Promise(setImmediate)
  t.match(await ask('/readyz'), {
    status: 503,
    body: '[-]upstream: connect-refused\nreadyz check failed\n',
  })
  t.equal((await ask('/livez')).status, 200)
  t.equal((await ask('/startupz')).status, 200)
})

t.test('secrets are nowhere to be seen', async t => {
  const { sidecar, ask } = await start(t, {
    flags: ['--log-requests', 'all', '--log-level', 'trace'],
    env: {
      CORS_SIDECAR_ADMIN_TOKEN: secret,
      CORS_SIDECAR_SET_REQUEST_HEADERS: `X-Api-Key: ${secret}`,
    },
  })
  const client = await openRawClient({ port: sidecar.port })
  t.teardown(() => client.destroy())
  client.write(
    `GET /?token=${secret} HTTP/1.1\r\nHost: a.test\r\nOrigin: ${origin}\r\n` +
      `Authorization: Bearer ${secret}\r\nCookie: session=${secret}\r\n\r\n`,
  )
  await client.response()
  await sidecar.log(({ event }) => event === 'request', 'the request')
  const config = await ask('/config')
  t.equal(config.status, 200)
  t.match(config.body, 'adminToken')
  sidecar.signal('SIGHUP')
  await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
  for (const text of [config.body, (await ask('/metrics')).body, JSON.stringify(sidecar.logs)]) {
    t.notMatch(text, secret)
  }
  t.notMatch(sidecar.stderr(), secret)
})

t.test('as in a container, the log says how to get to the inspector', async t => {
  for (const [env, inspector] of [
    [{}, /^off\. Start with --inspect, or set CORS_SIDECAR_INSPECT=true\.$/],
    [
      { CORS_SIDECAR_INSPECT: 'true' },
      /^http:\/\/localhost:\d+\/inspect, .*set CORS_SIDECAR_ADMIN_TOKEN\.$/,
    ],
    [
      { CORS_SIDECAR_INSPECT: 'true', CORS_SIDECAR_ADMIN_TOKEN: secret },
      /^http:\/\/localhost:\d+\/inspect, from elsewhere with the admin token$/,
    ],
  ] as const) {
    const { sidecar } = await start(t, { env, flags: ['--admin-listen', '0.0.0.0:0'] })
    t.match(await sidecar.log(({ event }) => event === 'listening', 'the start'), { inspector })
  }
})

t.test('quitquitquit', async t => {
  t.test('is refused unless it is allowed', async t => {
    const { sidecar, ask } = await start(t)
    t.equal((await ask('/quitquitquit', { method: 'POST' })).status, 404)
    t.ok(sidecar.alive)
  })

  t.test('finishes what is under way and exits with 0', async t => {
    let release = () => {}
    const { sidecar, upstream, ask } = await start(
      t,
      { flags: ['--quitquitquit', 'true'] },
      ({ whenWhole, write }) =>
        whenWhole(() => {
          release = () => write(okAnswer)
        }),
    )
    t.equal((await ask('/quitquitquit')).status, 405, 'only when it is posted')
    const client = await openRawClient({ port: sidecar.port })
    client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await upstream.until(() => upstream.requests[0], 'the request')
    t.equal((await ask('/quitquitquit', { method: 'POST' })).status, 200)
    await sidecar.log(({ event }) => event === 'draining', 'the drain')
    release()
    t.match(await client.response(), { startLine: 'HTTP/1.1 200 OK' })
    client.destroy()
    t.match(await sidecar.exited(), { code: 0 })
  })
})

t.test('healthcheck and wait tell how it is by their exit codes', async t => {
  const { sidecar, command } = await start(t, { flags: ['--shutdown-delay', '1m'] })
  t.match(await command('healthcheck'), { code: 0 })
  t.match(await command('healthcheck', '--ready'), { code: 0 })
  t.match(await command('wait'), { code: 0 })
  sidecar.signal('SIGTERM')
  await sidecar.log(({ event }) => event === 'draining', 'the drain')
  t.match(await command('healthcheck'), { code: 0 }, 'it lives on')
  t.match(await command('healthcheck', '--ready'), { code: 1, stderr: /readyz answered 503/ })
  t.match(await command('wait', '--max', '200ms'), { code: 1 })
  sidecar.signal('SIGKILL')
  await sidecar.exited()
  t.match(await command('healthcheck'), { code: 1, stderr: /ECONNREFUSED/ })
})

t.test(
  'with --watch, changed files are taken, and bad ones told',
  { skip: openssl.skip },
  async t => {
    const [certificate, next] = [1, 2].map(() => createCertificate(openssl.path, ['DNS:localhost']))
    t.teardown(() => {
      certificate?.remove()
      next?.remove()
    })
    if (certificate === undefined || next === undefined) return
    const path = join(t.testdir({}), 'config.yaml')
    const write = (text: string) => writeFileSync(path, `allowOrigins: ${text}\n`)
    write('https://old.example')
    const upstream = await startRawUpstream()
    t.teardown(() => upstream.close())
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: [
        ...['--config', path, '--watch', 'true'],
        ...['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile],
      ],
      admin: true,
    })
    t.teardown(() => sidecar.stop())
    const reloads = async () => {
      const text = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
      const value = (name: string) =>
        Number(
          text
            .split('\n')
            .find(line => line.startsWith(`cors_sidecar_${name} `))
            ?.split(' ')[1],
        )
      return {
        failures: value('config_reloads_total{result="failure"}'),
        takenAt: value('config_last_reload_success_timestamp_seconds'),
      }
    }
    const first = await reloads()

    write('[app.example.com, https://b.example/path]')
    const rejected = await sidecar.log(({ event }) => event === 'config-rejected', 'the refusal')
    t.match(rejected.problems, [/Write https:\/\/app\.example\.com/, /Write https:\/\/b\.example/])
    t.match(await reloads(), { failures: 1, takenAt: first.takenAt })

    write('https://new.example')
    await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
    t.ok((await reloads()).takenAt > first.takenAt, 'the gauge says when')

    const reloaded = () => sidecar.logs.filter(({ event }) => event === 'config-reloaded').length
    const before = reloaded()
    copyFileSync(next.keyFile, certificate.keyFile)
    copyFileSync(next.certFile, certificate.certFile)
    await sidecar.log(() => reloaded() > before, 'the new certificate')
    const client = await openRawClient({
      ...{ host: 'localhost', port: sidecar.port },
      tls: { ca: next.cert, servername: 'localhost' },
    })
    t.teardown(() => client.destroy())
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://new.example\r\n\r\n')
    const { headers } = await client.response()
    t.strictSame(
      headers.find(([name]) => name.toLowerCase() === 'access-control-allow-origin')?.[1],
      'https://new.example',
    )
  },
)
