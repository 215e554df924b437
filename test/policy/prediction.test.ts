import t from 'tap'
import type { Question } from '../../src/policy/made-up-request.js'
import type { PolicySettings } from '../../src/policy/policy.js'
import { predict } from '../../src/policy/prediction.js'
import { evil, fields, policy, shop } from './shop.js'

const ask = (question: Question, settings: Partial<PolicySettings> = {}) =>
  predict(policy(settings), { origin: shop, ...question })

const outline = (question: Question, settings: Partial<PolicySettings> = {}) =>
  ask(question, settings)
    .steps.map(({ name, outcome }) => `${name} ${outcome}`)
    .join(', ')

t.test('the steps follow the browser', async t => {
  for (const [what, question, steps] of [
    [
      'a plain GET',
      {},
      'policy passed, preflight skipped, origin passed, method skipped, headers skipped, credentials passed',
    ],
    [
      'a PUT of JSON',
      { method: 'put', headers: 'Content-Type' },
      'policy passed, preflight passed, origin passed, method passed, headers passed, credentials passed',
    ],
    [
      'a stranger',
      { origin: evil, method: 'PUT' },
      'policy passed, preflight passed, origin refused, method skipped, headers skipped, credentials skipped',
    ],
    [
      'a method that is not listed',
      { method: 'PURGE', headers: 'x-a' },
      'policy passed, preflight passed, origin passed, method refused, headers skipped, credentials skipped',
    ],
    [
      'a header that is not listed',
      { headers: 'x-a' },
      'policy passed, preflight passed, origin passed, method passed, headers refused, credentials skipped',
    ],
    [
      'nobody in particular',
      { origin: undefined, method: 'PUT' },
      'policy passed, preflight skipped, origin passed, method skipped, headers skipped, credentials skipped',
    ],
    [
      'a WebSocket',
      { isUpgrade: true, method: 'POST', headers: 'x-a' },
      'policy passed, preflight skipped, origin passed, method skipped, headers skipped, credentials passed',
    ],
  ] as const) {
    t.equal(outline(question), steps, what)
  }
})

t.test('a browser asks first for what a form could not send', async t => {
  for (const [question, asks] of [
    [{}, false],
    [{ method: 'post' }, false],
    [{ method: 'DELETE' }, true],
    [{ method: 'OPTIONS' }, true],
    [{ headers: 'Accept, Accept-Language, content-language' }, false],
    [{ headers: 'content-type' }, true],
    [{ headers: 'authorization' }, true],
    [{ headers: 'Cookie, Host, Sec-Fetch-Site' }, false],
    [{ isUpgrade: true, method: 'DELETE' }, false],
  ] as const) {
    t.equal(ask(question).preflight !== undefined, asks, JSON.stringify(question))
  }
  t.equal(ask({ method: 'put' }).question.method, 'PUT', 'browsers spell put as PUT')
  const patch = ask({ method: 'patch' })
  t.match(patch, { decision: { reason: 'method-not-allowed' }, nearMiss: { differs: 'case' } })
  t.equal(patch.change, undefined, 'but not patch')
})

t.test('the heads that would be sent are shown', async t => {
  const { preflight, responseHeaders } = ask({ method: 'PUT', headers: 'content-type' })
  t.match(fields(preflight?.headers ?? []), {
    'access-control-allow-origin': shop,
    'access-control-allow-methods': /PUT/,
  })
  t.strictSame(fields(responseHeaders), {
    vary: 'Origin',
    'access-control-allow-origin': shop,
    'access-control-allow-credentials': 'true',
  })
  const refused = ask({ origin: evil, method: 'PUT' })
  t.match(refused.preflight, { status: 403 })
  t.strictSame(refused.responseHeaders, [], 'nothing is sent after a refused preflight')
  t.strictSame(ask({ origin: evil }).responseHeaders, ['Vary', 'Origin'])
  t.strictSame(fields(ask({ isUpgrade: true }).responseHeaders), { vary: 'Origin' })
})

t.test('it says what the browser would then do', async t => {
  for (const [question, settings, browser] of [
    [{}, {}, 'The page may read the response, also with credentials: "include".'],
    [
      {},
      { allowOrigins: ['*'] },
      'The page may read the response, but fetch() with credentials: "include" rejects with a TypeError.',
    ],
    [{ method: 'PUT' }, {}, /^The preflight is allowed and cached for up to 600 s\. The page may/],
    [{ method: 'PUT' }, { maxAge: 0 }, /^The preflight is allowed, and sent again every time\./],
    [
      { origin: evil, method: 'PUT' },
      {},
      'The preflight is refused, so the PUT is never sent: fetch() rejects with a TypeError.',
    ],
    [
      { origin: evil },
      {},
      /reaches the upstream, but the page may not read the response: fetch\(\)/,
    ],
    [{ origin: evil }, { onDisallowed: 'block' }, /gets 403 without reaching the upstream/],
    [{ origin: evil }, { onDisallowed: 'public' }, /may read the response, but fetch\(\)/],
    [{ origin: undefined }, {}, /^No CORS check is made/],
    [{ isUpgrade: true }, {}, /^The WebSocket opens/],
    [{ isUpgrade: true, origin: evil }, {}, /^The handshake gets 403/],
    [{ origin: evil }, { reportOnly: true }, /the policy only reports/],
    [{}, { upstreamCors: 'respect' }, /upstream’s CORS headers win\.$/],
  ] as const) {
    t.match(ask(question, settings).browser, browser, JSON.stringify([question, settings]))
  }
})

t.test(
  'a refusal names the entry it nearly matched and the change that would allow it',
  async t => {
    const refused = ask({ origin: 'http://shop.example.com' })
    t.match(refused, {
      decision: { verdict: 'refused', reason: 'origin-not-allowed' },
      nearMiss: { differs: 'scheme', entry: shop },
      change: undefined,
    })
    t.match(
      refused.steps.find(({ name }) => name === 'origin')?.detail,
      `it differs only in its scheme from ${shop}`,
    )
    t.match(ask({}), { nearMiss: undefined, change: undefined }, 'an allowed request needs none')
  },
)

t.test('the policy for the path is the one that judges', async t => {
  const paths = [{ match: '/admin/', allowOrigins: ['https://admin.example.com'] }]
  const detail = (path: string) => ask({ path }, { paths }).steps[0]?.detail
  t.equal(detail('/x'), '/x is judged by the global policy')
  t.equal(detail('/admin/users'), '/admin/users is judged by the policy for /admin/')
  t.equal(
    detail('/admin%2fusers'),
    '/admin%2fusers can be read in several ways: it gets what all 2 policies give, and the policy for /admin/ is the strictest',
  )
})

t.test('each step says what was looked at', async t => {
  const details = (question: Question) => ask(question).steps.map(({ detail }) => detail)
  t.strictSame(details({ method: 'PUT', headers: 'X-Requested-With, content-type, Cookie' }), [
    '/ is judged by the global policy',
    'the browser asks first, for PUT and to send content-type, x-requested-with',
    `${shop} is covered by ${shop} (origin-exact)`,
    'PUT',
    'content-type, x-requested-with (content-type as for JSON)',
    'cookies are allowed',
  ])
  t.match(details({ headers: 'Cookie' }), [
    '/ is judged by the global policy',
    'a plain request needs no preflight',
    `${shop} is covered by ${shop} (origin-exact)`,
    'GET',
    'none that need permission',
  ])
  t.equal(details({})[4], 'none')
  t.equal(details({ method: 'PUT' })[1], 'the browser asks first, for PUT')
  t.equal(details({ isUpgrade: true })[1], 'browsers open a WebSocket without a preflight')
  t.strictSame(details({ origin: '' }).slice(1, 3), [
    'there is no preflight',
    'none: this is no CORS request',
  ])
})

t.test('a preflight that the upstream answers has no answer of ours', async t => {
  const question: Question = { method: 'PUT' }
  t.equal(ask(question, { preflight: 'forward' }).preflight, undefined)
  t.match(ask({ ...question, origin: evil }, { preflight: 'forward' }).preflight, { status: 403 })
  const reported = ask({ ...question, origin: evil }, { reportOnly: true })
  t.match(reported, { decision: { verdict: 'refused', action: 'forward' }, preflight: undefined })
})
