// A request that could fall under several policies gets nothing that one of them would not give. Held
// by a browser in a few lines: what it grants under all of them together it grants under each alone.
import t from 'tap'
import { decide, decideUnder } from '../../src/policy/decide.js'
import type { Decision, PolicyRequest } from '../../src/policy/decision.js'
import type { Policy, PolicySettings } from '../../src/policy/policy.js'
import {
  ownReplyHeaders,
  preflightAnswer,
  rewriteResponseHeaders,
  upstreamOrigin,
} from '../../src/policy/response-headers.js'
import { actual, evil, fields, policy, preflight, shop, upgrade } from './shop.js'

const admin = 'https://admin.example.com'

function oneOf(settings: Partial<PolicySettings>): Policy {
  return policy(settings).global
}

t.test('what two policies give together', async t => {
  for (const [what, one, other, request, upstream, wanted] of [
    [
      'is nothing to a page that one of them refuses',
      { upstreamCors: 'respect' },
      {},
      actual({ origin: evil }),
      ['Access-Control-Allow-Origin', '*'],
      { vary: 'Origin' },
    ],
    [
      'is a read by one origin where the other says everybody',
      { allowOrigins: ['*'] },
      {},
      actual(),
      [],
      { vary: 'Origin', 'access-control-allow-origin': shop },
    ],
    [
      'has no credentials that the upstream itself would not give',
      { upstreamCors: 'respect' },
      { exposeHeaders: ['x-total', 'x-own'] },
      actual(),
      ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', 'X-Own'],
      {
        vary: 'Origin',
        'access-control-allow-origin': shop,
        'access-control-expose-headers': 'x-own',
      },
    ],
    [
      'names the headers that both name, a star standing for all',
      { exposeHeaders: ['*'], allowCredentials: false },
      { exposeHeaders: ['x-total'] },
      actual(),
      [],
      {
        vary: 'Origin',
        'access-control-allow-origin': shop,
        'access-control-expose-headers': 'x-total',
      },
    ],
    [
      'shows timings only where both do',
      { timingAllowOrigin: true },
      {},
      actual(),
      ['Timing-Allow-Origin', evil],
      {
        vary: 'Origin',
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
      },
    ],
  ] as const) {
    for (const choice of [
      [oneOf(one), oneOf(other)],
      [oneOf(other), oneOf(one)],
    ] as const) {
      const decision = decideUnder(choice, request)
      t.strictSame(fields(rewriteResponseHeaders(decision, request, upstream, 200)), wanted, what)
    }
  }
})

t.test('a preflight is answered with the lists that both have', async t => {
  const choice = [
    oneOf({ allowMethods: ['PUT', 'DELETE'], allowHeaders: ['x-a', 'x-b'], maxAge: 60 }),
    oneOf({ allowMethods: ['*'], allowHeaders: ['*'], allowCredentials: false, maxAge: 600 }),
  ] as const
  const request = preflight({ requestHeaders: 'x-a' })
  const { status, headers } = preflightAnswer(decideUnder(choice, request), request)
  t.equal(status, 204)
  t.strictSame(fields(headers), {
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-origin': shop,
    'access-control-allow-methods': 'PUT, DELETE',
    'access-control-allow-headers': 'x-a, x-b',
    'access-control-max-age': '60',
  })
  t.match(decideUnder(choice, preflight({ requestHeaders: 'authorization' })), {
    verdict: 'refused',
    reason: 'header-not-allowed',
  })
})

t.test('one policy decides alone', async t => {
  const policies = policy()
  t.strictSame(decideUnder([policies.global], actual()), decide(policies, actual()))
})

t.test('the upstream sees the page’s own Origin where policies differ about it', async t => {
  const [strip, rewrite] = [
    oneOf({ upstreamOrigin: 'strip' }),
    oneOf({ upstreamOrigin: 'rewrite' }),
  ]
  const seen = (...choice: [Policy, Policy]) =>
    upstreamOrigin(decideUnder(choice, actual()), 'http://api')
  t.equal(seen(strip, strip), null)
  t.equal(seen(strip, rewrite), undefined)
})

t.test('our own errors carry what both give', async t => {
  const choice = [oneOf({ allowOrigins: ['*'] }), oneOf({})] as const
  const lines = (request: PolicyRequest) =>
    fields(ownReplyHeaders(decideUnder(choice, request), policy()))
  t.strictSame(lines(actual()), { vary: 'Origin', 'access-control-allow-origin': shop })
  t.strictSame(lines(actual({ origin: evil })), { vary: 'Origin' })
  t.strictSame(lines(actual({ origin: undefined })), { vary: 'Origin' })
})

t.test('nothing is given that one policy alone would not give', async t => {
  const settings = eachOf({
    allowOrigins: [[shop], [shop, admin], ['*']],
    allowMethods: [['GET', 'PUT'], ['*']],
    allowHeaders: [['x-a'], ['*'], ['*', 'authorization']],
    exposeHeaders: [[], ['x-total', 'x-own'], ['*']],
    onDisallowed: ['omit', 'block', 'public'],
    upstreamCors: ['replace', 'merge-expose', 'respect'],
    allowCredentials: [false, undefined],
  })
  const policies = settings.map(oneOf)
  const upstreams = [
    [],
    ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', '*'],
    [
      ...['Access-Control-Allow-Origin', shop, 'Access-Control-Allow-Credentials', 'true'],
      ...['Access-Control-Expose-Headers', 'X-Own', 'Access-Control-Allow-Methods', 'PATCH'],
    ],
  ]
  const requests = [undefined, shop, admin, evil].flatMap(origin => [
    actual({ origin }),
    upgrade({ origin }),
    ...['PUT', 'PATCH'].flatMap(requestMethod =>
      [undefined, 'x-a', 'x-b,authorization'].map(requestHeaders =>
        preflight({ origin, requestMethod, requestHeaders }),
      ),
    ),
  ])
  let given = 0
  const wider: string[] = []
  for (let i = 0; i < policies.length; i++) {
    // Steps that share no factor with the number of policies meet all kinds of pairs.
    for (const step of [1, 7, 101]) {
      const pair = [policies[i], policies[(i + step) % policies.length]] as [Policy, Policy]
      for (const request of requests) {
        const upstream = upstreams[(i + step) % upstreams.length] ?? []
        const both = grants(decideUnder(pair, request), request, upstream)
        given += both.length
        for (const one of pair) {
          const alone = new Set(grants(decideUnder([one], request), request, upstream))
          for (const grant of both) {
            if (!alone.has(grant)) wider.push(`${JSON.stringify(settings[i])} ${step}: ${grant}`)
          }
        }
      }
    }
  }
  t.strictSame(wider.slice(0, 5), [])
  t.ok(given > 1000, 'much is given all the same')
})

/** Everything that a browser lets pages do with the response, one grant a text. */
function grants(decision: Decision, request: PolicyRequest, upstream: readonly string[]): string[] {
  if (decision.action === 'block') return []
  const isAnswered = decision.action === 'answer'
  const lines = isAnswered
    ? preflightAnswer(decision, request).headers
    : rewriteResponseHeaders(decision, request, upstream, 200)
  const found: Record<string, string> = {}
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] ?? '').toLowerCase()
    found[name] =
      found[name] === undefined ? (lines[i + 1] ?? '') : `${found[name]}, ${lines[i + 1]}`
  }
  const given: string[] = []
  for (const page of [shop, admin, evil]) {
    for (const isCredentialed of [false, true]) {
      const allowed = found['access-control-allow-origin']
      const reads = isCredentialed
        ? allowed === page && found['access-control-allow-credentials'] === 'true'
        : allowed === page || allowed === '*'
      if (!reads) continue
      const who = `${page} ${isCredentialed ? 'with' : 'without'} credentials`
      given.push(who)
      for (const [field, names] of [
        ['access-control-allow-methods', ['PUT', 'PATCH', 'DELETE']],
        ['access-control-allow-headers', ['x-a', 'x-b', 'authorization']],
        ['access-control-expose-headers', ['x-total', 'x-own', 'x-other']],
      ] as const) {
        const list = (found[field] ?? '').split(',').map(item => item.trim().toLowerCase())
        const isAny = list.includes('*') && !isCredentialed
        for (const name of names) {
          const isCovered = isAny && !(field.endsWith('allow-headers') && name === 'authorization')
          if (isCovered || list.includes(name.toLowerCase())) given.push(`${who}: ${field} ${name}`)
        }
      }
    }
  }
  return given
}

/** One object for each combination of the values. */
function eachOf(values: Readonly<Record<string, readonly unknown[]>>): Partial<PolicySettings>[] {
  return Object.entries(values).reduce<Partial<PolicySettings>[]>(
    (all, [name, choices]) =>
      all.flatMap(settings =>
        choices.map(value => ({ ...settings, [name]: value }) as Partial<PolicySettings>),
      ),
    [{}],
  )
}
