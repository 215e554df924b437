import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chdir, cwd } from 'node:process'
import t from 'tap'
import { request } from 'undici'
import {
  answerHeaders,
  ConfigurationError,
  check,
  compilePolicy,
  decide,
  describe,
  explain,
  ListenError,
  type Options,
  ownAnswer,
  start,
} from '../src/index.js'

const quiet = { listen: '127.0.0.1:0', adminListen: 'off', logLevel: 'silent' } as const
const page = 'https://app.example.com'

const rejection = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => undefined,
    (reason: unknown) => reason,
  )

const codesOf = (error: unknown): readonly string[] =>
  error instanceof ConfigurationError ? error.problems.map(({ code }) => code) : []

t.test('a program can start a sidecar of its own', async t => {
  const api = createServer((_request, response) => response.end('{}'))
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
  t.teardown(() => api.close())
  const upstream = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  const sidecar = await start({ ...quiet, upstream, allowOrigins: [page] })
  const answer = await request(sidecar.url, { headers: { origin: page } })
  await answer.body.dump()
  t.equal(answer.headers['access-control-allow-origin'], page, 'it forwards by its policy')
  t.equal(sidecar.adminUrl, undefined, 'the admin port is off')

  const { host } = new URL(sidecar.url)
  const second = await rejection(start({ ...quiet, listen: host, upstream, allowOrigins: page }))
  t.ok(second instanceof ListenError, 'an address that is taken is a ListenError')

  await sidecar.close()
  await t.rejects(request(sidecar.url), 'after close() nobody listens')
})

t.test('options that cannot be run on are refused with every problem', async t => {
  const error = await rejection(
    start({ ...quiet, allowOrigins: ['app.example.com', 'https://x.example/p'] }),
  )
  t.match(codesOf(error), ['origin-missing-scheme', 'origin-has-path', 'value-invalid'])
  t.match((error as Error).message, 'Write https://app.example.com')
})

t.test('a value that only a program can hand over is', async t => {
  const judge = async (options: Options, origin: string) =>
    decide(await compilePolicy(options), { headers: { origin } }).verdict
  t.test('read, when it is a regular expression for origins', async t => {
    const options = { allowOrigins: [/https:\/\/pr-\d+\.example\.com/i] }
    t.equal(await judge(options, 'https://pr-7.example.com'), 'allowed')
    t.equal(await judge(options, 'https://pr-7.example.com.evil.test'), 'refused')
    t.equal(await judge(options, 'https://PR-7.example.com'), 'refused', 'a flag widens nothing')
  })
  t.test('the same as nothing, when it is undefined', async t => {
    t.equal(await judge({ allowOrigins: page, allowMethods: undefined }, page), 'allowed')
  })
  // What the types forbid, plain JavaScript can still write.
  for (const [what, allowOrigins] of [
    ['a function', () => true],
    ['a list with a function', [() => true]],
    ['a map', new Map([[page, true]])],
  ] as const) {
    t.test(`refused, when it is ${what} for origins`, async t => {
      const error = await rejection(compilePolicy({ allowOrigins } as unknown as Options))
      t.ok(error instanceof ConfigurationError)
    })
  }
  for (const options of [null, undefined, 'http://127.0.0.1:5000', []] as unknown as Options[]) {
    t.test(`refused, when it is ${JSON.stringify(options)} for all options`, async t => {
      t.ok((await rejection(start(options))) instanceof ConfigurationError)
    })
  }
})

t.test('nothing is read from the environment or a .env file', async t => {
  const directory = t.testdir({ '.env': 'CORS_SIDECAR_ALLOW_ORIGINS=https://env-file.example\n' })
  const before = cwd()
  process.env.CORS_SIDECAR_ALLOW_ORIGINS = 'https://variable.example'
  chdir(directory)
  t.teardown(() => {
    chdir(before)
    delete process.env.CORS_SIDECAR_ALLOW_ORIGINS
  })
  const policy = await compilePolicy({})
  for (const origin of ['https://env-file.example', 'https://variable.example']) {
    t.equal(decide(policy, { headers: { origin } }).verdict, 'refused', origin)
  }
})

t.test('a process that verifies no certificates is refused', async t => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.teardown(() => {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  })
  t.match(codesOf(await rejection(compilePolicy({ allowOrigins: page }))), ['unsafe-environment'])
})

t.test('options can be checked without starting anything', async t => {
  const upstream = 'http://127.0.0.1:5000'
  const severities = async (options: Options) =>
    (await check({ upstream, ...options }))
      .filter(({ code }) => code !== 'unsafe-environment')
      .map(({ severity }) => severity)
  t.strictSame(await severities({ allowOrigins: page }), [])
  t.strictSame(await severities({ allowOrigins: 'https://*.example.com' }), ['warning'])
  t.strictSame(await severities({ allowOrigins: 'app.example.com' }), ['error'])
})

t.test('a policy judges a request, whatever shape it has:', async t => {
  const policy = await compilePolicy({
    allowOrigins: page,
    onDisallowed: 'block',
    paths: [{ match: '/public', allowOrigins: '*', allowCredentials: false }],
  })
  const evil = 'https://app.example.com.evil.test'
  for (const [shape, asked, reason] of [
    ['a record of headers', { headers: { Origin: page } }, 'origin-exact'],
    ['repeated headers', { headers: { origin: [page, page] } }, 'malformed-origin'],
    ['Headers', { headers: new Headers({ origin: evil }) }, 'origin-not-allowed'],
    ['no origin', { method: 'GET', url: '/', headers: {} }, 'no-origin'],
    [
      'a preflight',
      {
        method: 'OPTIONS',
        headers: { origin: page, 'access-control-request-method': 'PROPFIND' },
      },
      'method-not-allowed',
    ],
    ['a path', { url: '/public/a?b', headers: { origin: evil } }, 'any-origin'],
    [
      'an address',
      { url: 'https://api.example.com/public#c', headers: { origin: evil } },
      'any-origin',
    ],
    [
      'an address with nothing behind the host',
      { url: 'https://api.example.com?b', headers: { origin: 'https://api.example.com' } },
      'same-origin',
    ],
    [
      'a WebSocket',
      { headers: { origin: evil, upgrade: 'WebSocket', host: 'app.example.com.evil.test' } },
      'origin-not-allowed',
    ],
  ] as const) {
    t.equal(decide(policy, asked).reason, reason, shape)
  }
  const own = { headers: { origin: 'https://api.example.com', host: 'api.example.com' } }
  t.equal(decide(policy, own).reason, 'origin-not-allowed', 'a path is taken to come by http')
  t.equal(decide(policy, own, { scheme: 'https' }).reason, 'same-origin', 'unless told otherwise')
})

t.test('a server of the program answers as the sidecar would', async t => {
  const policy = await compilePolicy({ allowOrigins: page, exposeHeaders: 'x-total-count' })
  const blocking = await compilePolicy({ allowOrigins: page, onDisallowed: 'block' })
  const api = createServer((asked: IncomingMessage, response) => {
    const decision = decide(asked.url === '/blocking' ? blocking : policy, asked)
    const answer = ownAnswer(decision, asked)
    if (answer) {
      response.writeHead(answer.status, answer.headers.flat()).end()
      return
    }
    const lines = [
      ['Vary', 'Accept'],
      ['Access-Control-Allow-Origin', '*'],
    ] as const
    response.writeHead(200, answerHeaders(decision, asked, lines).flat()).end()
  })
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
  t.teardown(() => api.close())
  const ask = async (method: 'GET' | 'OPTIONS', path: string, headers: Record<string, string>) => {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}${path}`
    const answer = await request(url, { method, headers })
    await answer.body.dump()
    return { status: answer.statusCode, ...answer.headers }
  }
  const preflight = { origin: page, 'access-control-request-method': 'PUT' }
  t.match(await ask('OPTIONS', '/', preflight), {
    status: 204,
    'access-control-allow-origin': page,
    'access-control-allow-methods': /PUT/,
  })
  t.match(await ask('GET', '/', { origin: page }), {
    status: 200,
    'access-control-allow-origin': page,
    'access-control-expose-headers': 'x-total-count',
    vary: 'Accept, Origin',
  })
  const evil = { origin: 'https://evil.example' }
  const refused = await ask('OPTIONS', '/', { ...preflight, ...evil })
  t.match(refused, { status: 403, 'access-control-allow-origin': undefined })
  const unread = await ask('GET', '/', evil)
  t.match(unread, { status: 200, 'access-control-allow-origin': undefined })
  t.match(await ask('GET', '/blocking', evil), { status: 403, vary: /Origin/ })
})

t.test('a refusal is explained in words, with the change that would allow it', async t => {
  const policy = await compilePolicy({ allowOrigins: ['https://a.example', 'https://b.example'] })
  const origin = 'https://other.test'
  const { decision, steps, preflight } = explain(policy, { origin, method: 'PUT' })
  t.equal(decision.sentence, 'The origin https://other.test is not allowed.')
  t.equal(describe(decide(policy, { headers: { origin } })), decision.sentence)
  t.match(decision.fix?.flag, 'https://a.example,https://b.example,https://other.test')
  t.equal(steps.find(({ outcome }) => outcome === 'refused')?.name, 'origin')
  t.equal(preflight?.status, 403)
})
