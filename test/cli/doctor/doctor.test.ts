// What the doctor says of a server: one fault each, and the finding it must lead to.
import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { app, type Reply, type Server, see, serve } from './doctor-scene.js'

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
  t.match(text, 'No problems found.')
})

t.test('each fault is found:', async t => {
  const faults: readonly (readonly [string, Server, readonly string[]])[] = [
    [
      'no CORS headers at all',
      () => ({ headers: [] }),
      [
        'broken allow-origin-missing',
        'note preflight-allow-origin',
        'note header-not-allowed',
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
      ['note allow-credentials-doubled', 'note contradictory'],
    ],
    [
      'credentials spelt wrong',
      onActual((reply, origin) =>
        origin === app ? setting(reply, 'Access-Control-Allow-Credentials', 'True') : reply,
      ),
      ['note allow-credentials-not-true', 'note contradictory'],
    ],
    [
      '* with credentials',
      (request, origin) => setting(healthy(request, origin ?? app), acao, '*'),
      ['note star-with-credentials'],
    ],
    [
      '* for everybody',
      onActual(reply => without(setting(reply, acao, '*'), 'access-control-allow-credentials')),
      ['note open-to-everyone', 'note contradictory'],
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
      ['note preflight-redirects'],
    ],
    [
      'a preflight that needs credentials',
      onPreflight(reply => ({ ...reply, status: 401 })),
      ['note preflight-needs-auth'],
    ],
    [
      'a preflight that fails',
      onPreflight(reply => ({ ...reply, status: 405 })),
      ['note preflight-not-ok'],
    ],
    [
      'a preflight without the origin',
      onPreflight(reply => without(reply, 'access-control-allow-origin')),
      ['note preflight-allow-origin'],
    ],
    [
      'a preflight without the headers',
      onPreflight(reply => without(reply, 'access-control-allow-headers')),
      ['note header-not-allowed'],
    ],
    [
      'a preflight that allows * and is asked for authorization',
      onPreflight(reply =>
        without(
          setting(reply, 'Access-Control-Allow-Headers', '*'),
          'access-control-allow-credentials',
        ),
      ),
      ['note authorization-not-covered', 'note contradictory'],
    ],
    [
      'a preflight that is never remembered',
      onPreflight(reply => without(reply, 'access-control-max-age')),
      ['note max-age-missing'],
    ],
    [
      '* exposed together with credentials',
      onActual(reply => adding(reply, 'Access-Control-Expose-Headers', '*')),
      ['note expose-star'],
    ],
    [
      'a cookie that stays at home',
      onActual(reply => adding(reply, 'Set-Cookie', 'sid=1; Path=/; SameSite=Lax')),
      ['note cookie-not-cross-site'],
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
      ['note error-without-cors'],
    ],
    [
      'white space behind a value, which browsers take off',
      onActual(reply => setting(reply, acao, `${app} \t`)),
      [],
    ],
    [
      'a list that cannot be read',
      onPreflight(reply =>
        setting(reply, 'Access-Control-Allow-Headers', 'authorization content-type'),
      ),
      ['note list-unreadable'],
    ],
    [
      'an answer that depends on whether Origin and Host agree',
      (request, origin) =>
        origin === undefined || origin === `http://${request.headers.host}`
          ? { headers: ['Vary', 'Origin'] }
          : { status: 403, headers: ['Vary', 'Origin'] },
      ['broken allow-origin-missing', 'broken origin-and-host-differ', 'note preflight-not-ok'],
    ],
    [
      'an answer that is compressed for browsers only',
      (request, origin) =>
        request.headers.via === undefined
          ? adding(healthy(request, origin), 'Content-Encoding', 'gzip')
          : healthy(request, origin),
      ['note not-compressed-through-proxy'],
    ],
  ]
  for (const [fault, answer, expected] of faults) {
    t.test(fault, async t => {
      t.strictSame(await codesOf(await serve(t, answer)), expected)
    })
  }
})

t.test('what the request needs that was asked about is broken when it is missing:', async t => {
  const headers = { headers: 'authorization,content-type' }
  for (const [fault, answer, flags, expected] of [
    [
      'no permission for the method',
      healthy,
      { method: 'DELETE' },
      ['broken method-not-allowed', 'note not-sent'],
    ],
    ['no permission for a header', healthy, { headers: 'X-Trace' }, ['broken header-not-allowed']],
    ['nothing', healthy, { method: 'PUT', headers: 'Authorization' }, ['note not-sent']],
    ['nothing, and a list that is longer', healthy, { headers: 'content-type' }, []],
    [
      'a star, which stands for all names but authorization',
      onPreflight(reply => setting(reply, 'Access-Control-Allow-Headers', '*')),
      headers,
      ['broken authorization-not-covered'],
    ],
    [
      'nothing: a star stands for other names, whatever is said of credentials',
      onPreflight(reply => setting(reply, 'Access-Control-Allow-Headers', '*')),
      { headers: 'x-trace' },
      [],
    ],
    [
      'no star once cookies come along',
      onPreflight(reply => setting(reply, 'Access-Control-Allow-Headers', '*')),
      { headers: 'x-trace', cookie: 'sid=1' },
      ['broken header-not-allowed'],
    ],
    [
      'a preflight that is redirected',
      onPreflight(reply => ({ ...reply, status: 301 })),
      headers,
      ['broken preflight-redirects'],
    ],
    [
      'true, once cookies come along',
      onActual(reply => without(reply, 'access-control-allow-credentials')),
      { cookie: 'sid=1' },
      ['broken allow-credentials-not-true', 'note contradictory'],
    ],
    [
      'one origin instead of a star, once cookies come along',
      onActual(reply => setting(reply, acao, '*')),
      { cookie: 'sid=1' },
      ['broken star-with-credentials'],
    ],
  ] as const) {
    t.test(fault, async t => {
      t.strictSame(await codesOf(await serve(t, answer), flags), expected)
    })
  }
})

t.test('for another request that would fail there is a note, and nothing is wrong', async t => {
  const url = await serve(t, (request, origin) =>
    isPreflight(request)
      ? { status: 405, headers: [] }
      : setting(healthy(request, origin), acao, '*'),
  )
  const { code, text } = await see(url)
  t.equal(code, 0)
  t.match(text, /https:\/\/app\.example\.com +yes +no +no/)
  t.match(text, /note +A request with authorization and content-type would fail\./)
})

t.test('cookies of the same site need nothing', async t => {
  const url = await serve(t, (request, origin) =>
    adding(setting(healthy(request, app), acao, origin ?? ''), 'Set-Cookie', 'sid=1'),
  )
  t.notOk(
    (await codesOf(url, { origin: 'http://127.0.0.1:5173' })).includes(
      'note cookie-not-cross-site',
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
      /broken +The response to https:\/\/app\.example\.com has no Access-Control-Allow-Origin/,
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
  t.match(wrong.errors, 'is not an address')
})
