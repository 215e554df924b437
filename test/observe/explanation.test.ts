import t from 'tap'
import { compilePolicies } from '../../src/config/compile-policy.js'
import { explain, type Question } from '../../src/observe/explanation.js'
import { shopSettings } from './sample-settings.js'

const { policies } = compilePolicies(shopSettings)
const app = 'https://app.example.com'

const ask = (question: Question) => explain(policies, question, shopSettings)
const outcomes = (question: Question) =>
  ask(question)
    .steps.map(({ name, outcome }) => `${name} ${outcome}`)
    .join(', ')

t.test('an allowed request passes every step, and both heads are shown', async t => {
  const explanation = ask({ origin: app, method: 'put', headers: 'Content-Type', path: '/a' })
  t.match(explanation, {
    decision: { verdict: 'allowed', reason: 'origin-exact', rule: app },
    preflight: { status: 204 },
  })
  t.match(Object.fromEntries(explanation.preflight?.headers ?? []), {
    'Access-Control-Allow-Origin': app,
    'Access-Control-Allow-Methods': /PUT/,
  })
  t.match(Object.fromEntries(explanation.response.headers), {
    'Access-Control-Allow-Origin': app,
    'Access-Control-Allow-Credentials': 'true',
    Vary: 'Origin',
  })
  t.equal(
    outcomes({ origin: app, method: 'PUT', headers: 'Content-Type' }),
    'policy passed, preflight passed, origin passed, method passed, headers passed, credentials passed',
  )
})

t.test('the steps end where the request is refused:', async t => {
  for (const [question, expected] of [
    [
      { origin: 'https://evil.example', method: 'PUT' },
      'policy passed, preflight passed, origin refused, method skipped, headers skipped, credentials skipped',
    ],
    [
      { origin: app, method: 'PURGE', headers: 'x-a' },
      'policy passed, preflight passed, origin passed, method refused, headers skipped, credentials skipped',
    ],
    [
      { origin: app, method: 'PUT', headers: 'x-a' },
      'policy passed, preflight passed, origin passed, method passed, headers refused, credentials skipped',
    ],
  ] as const) {
    t.equal(outcomes(question), expected, JSON.stringify(question))
    t.match(ask(question), { decision: { verdict: 'refused' }, response: { headers: [] } })
  }
})

t.test('a browser asks first', async t => {
  for (const [when, question, asks] of [
    ['not for a plain GET', { method: 'GET' }, false],
    ['not for what it may always send', { headers: 'Accept, Accept-Language' }, false],
    ['for another method', { method: 'DELETE' }, true],
    ['for a header of its own', { headers: 'x-requested-with, content-type' }, true],
    ['not for an upgrade', { isUpgrade: true, headers: 'content-type' }, false],
  ] as const) {
    t.test(when, async t => {
      t.equal(ask({ origin: app, ...question }).preflight !== undefined, asks)
    })
  }
})

t.test('patch is not PATCH, because no browser makes it so', async t => {
  t.match(ask({ origin: app, method: 'patch' }), {
    question: { method: 'patch' },
    decision: { reason: 'method-not-allowed' },
  })
  t.equal(ask({ origin: app, method: 'delete' }).question.method, 'DELETE')
})

t.test('the policy for the path is the one that judges', async t => {
  const explanation = ask({ origin: app, path: '/admin/users' })
  t.match(explanation, {
    decision: { verdict: 'refused', policyPath: '/admin' },
    steps: [{ name: 'policy', detail: '/admin/users is judged by the policy for /admin' }],
  })
})

t.test('a request without an origin is no CORS matter', async t => {
  t.match(ask({}), { decision: { verdict: 'neutral', reason: 'no-origin' }, preflight: undefined })
})

t.test('a blocked request shows the head of the reply that it would get', async t => {
  const { policies: blocking } = compilePolicies({ ...shopSettings, onDisallowed: 'block' })
  t.strictSame(explain(blocking, { origin: 'https://evil.example' }).response.headers, [
    ['Vary', 'Origin'],
  ])
})
