// Reloads while requests come in: none is lost, and no answer is made of two policies.
import { writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

const origin = 'https://app.example.com'

// Each policy has a mark in every answer that it is judged by.
const policies = {
  a: { allowOrigins: [origin], exposeHeaders: ['x-a'], timingAllowOrigin: true, maxAge: 60 },
  b: { allowOrigins: [origin, 'https://b.example'], exposeHeaders: ['x-b'], maxAge: 120 },
}
const broken = { allowOrigins: ['app.example.com'], exposeHeaders: ['x-broken'] }

/** The policy whose marks an answer carries, or what it carries instead. */
function policyOf({ statusCode, headers }: IncomingMessage): string {
  const marks =
    statusCode === 204
      ? ['preflight', headers['access-control-max-age']]
      : [headers['access-control-expose-headers'], headers['timing-allow-origin']]
  return JSON.stringify([statusCode, headers['access-control-allow-origin'], ...marks])
}

const wholeAnswers = new Set([
  JSON.stringify([200, origin, 'x-a', origin]),
  JSON.stringify([200, origin, 'x-b', undefined]),
  JSON.stringify([204, origin, 'preflight', '60']),
  JSON.stringify([204, origin, 'preflight', '120']),
])

t.test('twenty reloads under load', async t => {
  const upstream = await startRawUpstream()
  t.teardown(() => upstream.close())
  const path = join(t.testdir({}), 'config.json')
  const write = (config: object) =>
    writeFileSync(path, JSON.stringify({ upstream: upstream.url, ...config }))
  write(policies.a)
  const sidecar = await startSidecar({
    flags: ['--config', path, '--log-requests', 'errors'],
    admin: true,
  })
  t.teardown(() => sidecar.stop())

  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.teardown(() => agent.destroy())
  const ask = (method: string) =>
    new Promise<string>(resolve => {
      const asked = request({ agent, host: '127.0.0.1', port: sidecar.port, method })
      asked.setHeader('origin', origin)
      if (method === 'OPTIONS') asked.setHeader('access-control-request-method', 'PUT')
      asked.on('error', error => resolve(`lost: ${error.message}`))
      asked.on('response', response => {
        response.resume()
        response.on('end', () => resolve(policyOf(response)))
      })
      asked.end()
    })

  const answers = new Map<string, number>()
  let isOver = false
  const load = async (method: string) => {
    while (!isOver) {
      const answer = await ask(method)
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  }
  const loads = ['GET', 'GET', 'GET', 'OPTIONS', 'GET', 'GET', 'GET', 'OPTIONS'].map(load)

  const outcomes = ({ event }: Readonly<Record<string, unknown>>) =>
    event === 'config-reloaded' || event === 'config-rejected'
  for (let round = 0; round < 20; round++) {
    write([policies.b, broken, policies.a, broken][round % 4] as object)
    const before = sidecar.logs.filter(outcomes).length
    const asked = ask('GET')
    sidecar.signal('SIGHUP')
    await sidecar.log(
      () => sidecar.logs.filter(outcomes).length > before,
      `the outcome of reload ${round}`,
    )
    await asked
  }
  isOver = true
  await Promise.all(loads)

  const wrong = [...answers].filter(([answer]) => !wholeAnswers.has(answer))
  t.same(wrong, [], 'every answer is whole, and obeys one policy')
  t.equal(answers.size, wholeAnswers.size, 'and both policies have been seen')
  t.equal(sidecar.logs.filter(({ event }) => event === 'config-rejected').length, 10)
  const metrics = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
  t.match(metrics, 'cors_sidecar_config_reloads_total{result="success"} 10')
  t.match(metrics, 'cors_sidecar_config_reloads_total{result="failure"} 10')
  t.match(await sidecar.stop(), { code: 0 })
})
