import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { request } from 'undici'
import { ConfigurationError, compilePolicy, decide, start } from '../src/index.js'

const quiet = { listen: '127.0.0.1:0', adminListen: 'off', logLevel: 'silent' }

t.test('a program can start a sidecar of its own', async t => {
  const api = createServer((_request, response) => response.end('{}'))
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
  t.teardown(() => api.close())
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  const origin = 'https://app.example.com'
  const sidecar = await start({ ...quiet, upstream, allowOrigins: [origin] })
  const answer = await request(sidecar.url, { headers: { origin } })
  await answer.body.dump()
  t.equal(answer.headers['access-control-allow-origin'], origin, 'it forwards by its policy')
  t.equal(sidecar.adminUrl, undefined, 'the admin port is off')
  await sidecar.close()
  await t.rejects(request(sidecar.url), 'after close() nobody listens')
})

t.test('options that cannot be run on are refused with every problem', async t => {
  const failed = start({ ...quiet, allowOrigins: ['app.example.com', 'https://x.example/p'] })
  const error = await failed.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  t.ok(error instanceof ConfigurationError)
  const { problems } = error as ConfigurationError
  for (const code of ['origin-missing-scheme', 'origin-has-path']) {
    t.ok(
      problems.some(problem => problem.code === code),
      code,
    )
  }
})

t.test('a policy can be compiled and asked without a server', async t => {
  const policy = await compilePolicy({
    upstream: 'http://127.0.0.1:5000',
    allowOrigins: 'https://*.example.com',
  })
  const asked = { method: 'GET', target: '/', rawHeaders: [], scheme: 'http', isUpgrade: false }
  const judge = (origin: string) =>
    decide(policy, {
      ...asked,
      scheme: 'http',
      origin,
      requestMethod: undefined,
      requestHeaders: undefined,
      requestPrivateNetwork: undefined,
      secFetchSite: undefined,
      host: undefined,
    }).reason
  t.equal(judge('https://app.example.com'), 'origin-wildcard')
  t.equal(judge('https://app.example.com.evil.test'), 'origin-not-allowed')
})
