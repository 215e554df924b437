import t from 'tap'
import { compilePolicies } from '../../src/config/compile-policy.js'
import { toView } from '../../src/observe/exchange-view.js'
import { decide } from '../../src/policy/decide.js'
import type { Decision } from '../../src/policy/decision.js'
import { sampleDecision, sampleExchange } from './sample-exchange.js'
import { shopSettings } from './sample-settings.js'

function judged(changed: {
  origin?: string
  requestMethod?: string
  requestHeaders?: string
  target?: string
}): Decision {
  return decide(compilePolicies(shopSettings).policies, {
    method: changed.requestMethod === undefined ? 'GET' : 'OPTIONS',
    target: '/',
    origin: 'https://app.example.com',
    requestMethod: undefined,
    requestHeaders: undefined,
    requestPrivateNetwork: undefined,
    secFetchSite: undefined,
    host: 'api.example.com',
    scheme: 'https',
    isUpgrade: false,
    rawHeaders: [],
    ...changed,
  })
}

function shownDecision(decision: Decision) {
  return toView(sampleExchange({ decision }), shopSettings).decision
}

t.test('a refusal comes with its reason, its near miss and its fix', async t => {
  t.match(shownDecision(judged({ origin: 'https://app.example.com:8443' })), {
    verdict: 'refused',
    reason: 'origin-not-allowed',
    sentence: 'The origin https://app.example.com:8443 is not allowed.',
    nearMiss: { differs: 'port', text: /only in its port from https:\/\/app\.example\.com/ },
    fix: {
      option: 'allowOrigins',
      flag: "--allow-origins='https://app.example.com,https://app.example.com:8443'",
      variable: 'CORS_SIDECAR_ALLOW_ORIGINS=https://app.example.com,https://app.example.com:8443',
      config: 'allowOrigins:\n  - https://app.example.com\n  - https://app.example.com:8443',
    },
  })
})

t.test('a fix repeats the entries that are there, and adds the refused one:', async t => {
  for (const [request, flag] of [
    [{ requestMethod: 'PURGE' }, "--allow-methods='GET,PUT,DELETE,PURGE'"],
    [
      { requestMethod: 'PUT', requestHeaders: 'x-a' },
      "--allow-headers='content-type,x-requested-with,x-a'",
    ],
  ] as const) {
    t.equal(shownDecision(judged(request))?.fix?.flag, flag)
  }
})

t.test('a fix of a path policy is configuration for that path', async t => {
  const fix = shownDecision(judged({ origin: 'https://x.example', target: '/admin/users' }))?.fix
  t.equal(fix?.flag, undefined)
  t.equal(
    fix?.config,
    'paths:\n  - match: /admin\n    allowOrigins:\n      - https://admin.example.com\n      - https://x.example',
  )
})

t.test('what no setting should allow has no fix', async t => {
  t.match(shownDecision(judged({ origin: 'null' })), {
    fix: undefined,
    instead: 'Serve the page from an origin that can be listed.',
  })
})

t.test('an allowed request names the entry that allows it', async t => {
  t.match(shownDecision(judged({})), {
    verdict: 'allowed',
    rule: 'https://app.example.com',
    nearMiss: undefined,
    fix: undefined,
  })
})

t.test('nothing secret is shown, whatever the place', async t => {
  const secret = 'hunter2'
  const text = JSON.stringify(
    toView(
      sampleExchange({
        decision: sampleDecision(),
        target: `/a?token=${secret}`,
        requestHeaders: ['Authorization', `Bearer ${secret}`, 'Cookie', `a=${secret}`],
        upstreamHeaders: ['Set-Cookie', `a=${secret}; Path=/`],
        sentHeaders: ['Set-Cookie', `a=${secret}; Path=/`, 'X-Auth-Token', secret],
      }),
    ),
  )
  t.notMatch(text, secret)
})
