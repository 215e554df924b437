// What the doctor says of a server: one fault each, and the finding it must lead to.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import type { Invocation } from '../../src/cli/command.js'
import { doctor } from '../../src/cli/doctor.js'

const app = 'https://app.example.com'

interface Reply {
  readonly status?: number
  /** Flat, so that a line can come twice. */
  readonly headers: readonly string[]
}

type Server = (request: IncomingMessage, origin: string | undefined) => Reply

async function serve(test: Test, answer: Server): Promise<string> {
  const server = createServer((request, response) => {
    const { status = 200, headers } = answer(request, request.headers.origin)
    response.writeHead(status, [...headers])
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

interface Outcome {
  readonly code: number
  readonly text: string
  readonly errors: string
}

async function see(url: string, flags: Record<string, string> = {}): Promise<Outcome> {
  let text = ''
  let errors = ''
  const invocation: Invocation = {
    load: { env: {}, cwd: '/', isTerminal: false },
    own: new Map(Object.entries({ origin: app, ...flags }).map(([name, value]) => [name, [value]])),
    arguments: [url],
    commands: [],
    isColoured: false,
    print: piece => {
      text += piece
    },
    printError: piece => {
      errors += piece
    },
  }
  const code = await doctor(invocation)
  return { code, text, errors }
}

async function codesOf(url: string, flags: Record<string, string> = {}): Promise<string[]> {
  const { text } = await see(url, { json: 'true', ...flags })
  return JSON.parse(text).diagnoses.flatMap(
    ({ findings }: { findings: { code: string; gravity: string }[] }) =>
      findings.map(({ code, gravity }) => `${gravity} ${code}`),
  )
}

const preflightLines = [
  'Access-Control-Allow-Methods',
  'GET,PUT',
  'Access-Control-Allow-Headers',
  'authorization,content-type',
  'Access-Control-Max-Age',
  '600',
]

/** Does everything right for one origin; each row spoils one thing. */
const healthy: Server = (request, origin) => {
  const allowed = origin === app ? ['Access-Control-Allow-Origin', app] : []
  const credentials = origin === app ? ['Access-Control-Allow-Credentials', 'true'] : []
  return {
    status: request.method === 'OPTIONS' ? 204 : request.url === '/' ? 200 : 404,
    headers: [
      ...allowed,
      ...credentials,
      'Vary',
      'Origin',
      ...(request.method === 'OPTIONS' ? preflightLines : []),
    ],
  }
}

function without(reply: Reply, name: string): Reply {
  const headers = reply.headers.filter((_, at) => {
    const line = reply.headers[at - (at % 2)] ?? ''
    return line.toLowerCase() !== name
  })
  return { ...reply, headers }
}

function adding(reply: Reply, ...headers: string[]): Reply {
  return { ...reply, headers: [...reply.headers, ...headers] }
}

function setting(reply: Reply, name: string, value: string): Reply {
  return adding(without(reply, name.toLowerCase()), name, value)
}

const isPreflight = (request: IncomingMessage) => request.method === 'OPTIONS'
const acao = 'Access-Control-Allow-Origin'

const onActual =
  (spoil: (reply: Reply, origin: string | undefined) => Reply): Server =>
  (request, origin) =>
    isPreflight(request) ? healthy(request, origin) : spoil(healthy(request, origin), origin)

const onPreflight =
  (spoil: (reply: Reply) => Reply): Server =>
  (request, origin) =>
    isPreflight(request) ? spoil(healthy(request, origin)) : healthy(request, origin)

t.test('a healthy server has no findings', async t => {
  const url = await serve(t, healthy)
  t.strictSame(await codesOf(url), [])
  const { code, text } = await see(url)
  t.equal(code, 0)
  t.match(text, /https:\/\/app\.example\.com +yes +yes +yes/)
  t.match(text, 'Nothing is wrong here.')
})

t.test('each fault is found:', async t => {
  const faults: readonly (readonly [string, Server, readonly string[]])[] = [
    [
      'no CORS headers at all',
      () => ({ headers: [] }),
      [
        'broken allow-origin-missing',
        'broken preflight-allow-origin',
        'broken preflight-headers',
        'note max-age-missing',
      ],
    ],
    [
      'another origin than the one that asked',
      onActual(reply => setting(reply, acao, 'https://other.example')),
      ['broken allow-origin-other'],
    ],
    [
      'a doubled header',
      onActual(reply => adding(reply, acao, '*')),
      ['broken allow-origin-doubled'],
    ],
    [
      'a list of origins',
      onActual(reply => setting(reply, acao, `${app}, https://b.example`)),
      ['broken allow-origin-doubled'],
    ],
    [
      'credentials twice',
      onActual((reply, origin) =>
        origin === app ? adding(reply, 'Access-Control-Allow-Credentials', 'true') : reply,
      ),
      ['broken allow-credentials-doubled', 'risk contradictory'],
    ],
    [
      'credentials spelt wrong',
      onActual((reply, origin) =>
        origin === app ? setting(reply, 'Access-Control-Allow-Credentials', 'True') : reply,
      ),
      ['risk allow-credentials-not-true', 'risk contradictory'],
    ],
    [
      '* with credentials',
      (request, origin) => setting(healthy(request, origin ?? app), acao, '*'),
      ['broken star-with-credentials'],
    ],
    [
      '* for everybody',
      onActual(reply => without(setting(reply, acao, '*'), 'access-control-allow-credentials')),
      ['risk contradictory', 'note open-to-everyone'],
    ],
    [
      'any origin named back, with credentials',
      (request, origin) => {
        const reply = healthy(request, app)
        return origin === undefined ? without(reply, acao) : setting(reply, acao, origin)
      },
      ['danger reflects-any-origin', 'danger accepts-null'],
    ],
    [
      'any origin named back, without credentials',
      (request, origin) => {
        const reply = without(healthy(request, app), 'access-control-allow-credentials')
        return origin === undefined || origin === 'null' ? reply : setting(reply, acao, origin)
      },
      ['risk reflects-any-origin'],
    ],
    [
      'null',
      (request, origin) =>
        origin === 'null' ? setting(healthy(request, app), acao, 'null') : healthy(request, origin),
      ['danger accepts-null'],
    ],
    [
      'names that begin alike',
      (request, origin) =>
        origin?.startsWith(app)
          ? setting(healthy(request, app), acao, origin)
          : healthy(request, origin),
      ['danger accepts-lookalike'],
    ],
    [
      'names that end alike',
      (request, origin) =>
        origin?.startsWith('https://') && origin.endsWith('app.example.com')
          ? setting(healthy(request, app), acao, origin)
          : healthy(request, origin),
      ['danger accepts-lookalike'],
    ],
    [
      'a dot that stands for any letter',
      (request, origin) =>
        origin && /^https:\/\/app.example.com$/.test(origin)
          ? setting(healthy(request, app), acao, origin)
          : healthy(request, origin),
      ['danger accepts-lookalike'],
    ],
    [
      'plain HTTP as well',
      (request, origin) =>
        origin === 'http://app.example.com'
          ? setting(healthy(request, app), acao, origin)
          : healthy(request, origin),
      ['danger accepts-insecure-origin'],
    ],
    ['no Vary', onActual(reply => without(reply, 'vary')), ['risk vary-missing']],
    [
      'no Vary on what a cache keeps',
      onActual(reply => adding(without(reply, 'vary'), 'Cache-Control', 'public, max-age=60')),
      ['danger cache-poisoning'],
    ],
    [
      'a redirected preflight',
      onPreflight(reply => ({ ...reply, status: 301 })),
      ['broken preflight-redirects'],
    ],
    [
      'a preflight that needs credentials',
      onPreflight(reply => ({ ...reply, status: 401 })),
      ['broken preflight-needs-auth'],
    ],
    [
      'a preflight that fails',
      onPreflight(reply => ({ ...reply, status: 405 })),
      ['broken preflight-not-ok'],
    ],
    [
      'a preflight without the origin',
      onPreflight(reply => without(reply, 'access-control-allow-origin')),
      ['broken preflight-allow-origin'],
    ],
    [
      'a preflight without the headers',
      onPreflight(reply => without(reply, 'access-control-allow-headers')),
      ['broken preflight-headers'],
    ],
    [
      'a preflight that allows * and is asked for authorization',
      onPreflight(reply =>
        without(
          setting(reply, 'Access-Control-Allow-Headers', '*'),
          'access-control-allow-credentials',
        ),
      ),
      ['broken preflight-authorization', 'risk contradictory'],
    ],
    [
      'a preflight that is never remembered',
      onPreflight(reply => without(reply, 'access-control-max-age')),
      ['note max-age-missing'],
    ],
    [
      '* exposed together with credentials',
      onActual(reply => adding(reply, 'Access-Control-Expose-Headers', '*')),
      ['risk expose-star'],
    ],
    [
      'a cookie that stays at home',
      onActual(reply => adding(reply, 'Set-Cookie', 'sid=1; Path=/; SameSite=Lax')),
      ['risk cookie-not-cross-site'],
    ],
    [
      'a cookie that travels',
      onActual(reply => adding(reply, 'Set-Cookie', 'sid=1; SameSite=None; Secure')),
      [],
    ],
    [
      'errors without the headers',
      (request, origin) =>
        request.url === '/'
          ? healthy(request, origin)
          : { status: 404, headers: ['Vary', 'Origin'] },
      ['risk error-without-cors'],
    ],
    [
      'a redirect',
      onActual(reply => adding({ ...reply, status: 302 }, 'Location', 'https://other.example/')),
      ['risk redirects-elsewhere'],
    ],
  ]
  for (const [fault, answer, expected] of faults) {
    t.test(fault, async t => {
      t.strictSame(await codesOf(await serve(t, answer)), expected)
    })
  }
})

t.test('the preflight asks for the method and the headers that were given', async t => {
  const url = await serve(t, healthy)
  t.strictSame(await codesOf(url, { method: 'DELETE' }), ['broken preflight-method'])
  t.strictSame(await codesOf(url, { headers: 'X-Trace' }), ['broken preflight-headers'])
  t.strictSame(await codesOf(url, { method: 'PUT', headers: 'Authorization' }), [])
})

t.test('cookies of the same site need nothing', async t => {
  const url = await serve(t, (request, origin) =>
    adding(setting(healthy(request, app), acao, origin ?? ''), 'Set-Cookie', 'sid=1'),
  )
  t.notOk(
    (await codesOf(url, { origin: 'http://127.0.0.1:5173' })).includes(
      'risk cookie-not-cross-site',
    ),
  )
})

t.test(
  'the report of a sick server names the fault, the cure and the command, and exits with 1',
  async t => {
    const url = await serve(t, () => ({ headers: [] }))
    const { code, text } = await see(url)
    t.equal(code, 1)
    t.match(
      text,
      /broken +The answer to https:\/\/app\.example\.com has no Access-Control-Allow-Origin/,
    )
    t.match(text, 'sidecar: It adds the header for the origins you list')
    t.match(text, `    cors-sidecar ${new URL(url).origin} --allow-origins=${app}`)
    t.notMatch(text, '\u001b', 'no colours unless it is a terminal')
  },
)

t.test('origins with the same findings share one list', async t => {
  const url = await serve(t, () => ({ headers: [] }))
  const { text } = await see(url, { origin: `${app},https://b.example` })
  t.match(text, `${app}, https://b.example`)
})

t.test('nobody there is a finding, and a word that is no address is a mistake', async t => {
  const { code, text } = await see('http://127.0.0.1:1/')
  t.equal(code, 1)
  t.match(text, /ECONNREFUSED/)
  const wrong = await see('ftp://x')
  t.equal(wrong.code, 2)
  t.match(wrong.errors, 'is no address to ask')
})
