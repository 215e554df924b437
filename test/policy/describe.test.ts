import t from 'tap'
import { adviceFor, fixFor } from '../../src/policy/advice.js'
import { decide } from '../../src/policy/decide.js'
import { describe, describeForClient, nearMiss } from '../../src/policy/describe.js'
import { actual, evil, policy, preflight, shop, upgrade } from './shop.js'

t.test('a refused origin differs from an entry', async t => {
  for (const [differs, entry, origin] of [
    ['scheme', shop, 'http://shop.example.com'],
    ['scheme', 'https://*.example.com', 'http://a.example.com'],
    ['port', shop, `${shop}:8443`],
    ['port', 'http://localhost:3000', 'http://localhost:5173'],
    ['port', 'http://localhost:3000', 'http://localhost'],
    ['trailing-dot', shop, `${shop}.`],
    ['www', 'https://www.example.com', 'https://example.com'],
    ['www', 'https://example.com', 'https://www.example.com'],
    ['apex', 'https://*.example.com', 'https://example.com'],
    ['subdomain', 'https://example.com', 'https://a.example.com'],
    ['typo', shop, 'https://shpo.example.com'],
    ['typo', shop, 'https://shop.exmple.com'],
    ['typo', shop, 'https://sohp.example.com'],
    ['typo', shop, 'https://shops.example.com'],
    ['case', shop, 'https://Shop.example.com'],
    ['trailing-slash', shop, `${shop}/`],
    ['trailing-slash', shop, `${shop}/cart`],
    ['default-port', shop, `${shop}:443`],
  ] as const) {
    const policies = policy({ allowOrigins: [entry] })
    for (const request of [actual({ origin }), preflight({ origin }), upgrade({ origin })]) {
      t.strictSame(nearMiss(decide(policies, request)), { differs, entry }, `${origin}: ${differs}`)
    }
  }
  for (const origin of [
    evil,
    'https://ohsp.example.com',
    'https://shxy.example.com',
    'null',
    'https://a.b',
    'https://',
    '',
    'https://SHOP.evil.test',
  ]) {
    t.equal(nearMiss(decide(policy(), actual({ origin }))), undefined, `${origin} is near nothing`)
  }
})

t.test('a refused method or header is near one that is listed', async t => {
  for (const [changed, wanted] of [
    [{ requestMethod: 'patch' }, { differs: 'case', entry: 'PATCH' }],
    [{ requestMethod: 'PTACH' }, { differs: 'typo', entry: 'PATCH' }],
    [{ requestMethod: 'PURGE' }, undefined],
    [{ requestHeaders: 'content-typ' }, { differs: 'typo', entry: 'content-type' }],
    [{ requestHeaders: 'x-debug' }, undefined],
  ] as const) {
    t.strictSame(nearMiss(decide(policy(), preflight(changed))), wanted, JSON.stringify(changed))
  }
  t.equal(nearMiss(decide(policy(), actual())), undefined, 'what is allowed is near nothing')
})

t.test('a refusal comes with what would change it, or with what to do instead', async t => {
  const plain = 'http://shop.example.com'
  const open = policy({ allowOrigins: ['*'], allowHeaders: ['*'] })
  const fix = (option: string, value: string) => ({ fix: { option, value } })
  for (const [policies, request, advice] of [
    [policy(), actual({ origin: evil }), fix('allowOrigins', evil)],
    [policy(), actual({ origin: `${shop}/` }), { instead: `A browser sends ${shop}.` }],
    [policy(), actual({ origin: 'null' }), { instead: /^Serve the page from an origin/ }],
    [policy(), actual({ origin: 'not an origin' }), undefined],
    [policy(), preflight({ requestMethod: 'PURGE' }), fix('allowMethods', 'PURGE')],
    [policy(), preflight({ requestMethod: 'patch' }), { instead: /write PATCH in the page/ }],
    [policy(), preflight({ requestMethod: "X`t$IFS'p'`" }), { instead: /nothing to paste/ }],
    [policy(), preflight({ requestMethod: 'TRACE' }), undefined],
    [policy(), preflight({ requestHeaders: 'X-D' }), fix('allowHeaders', 'x-d')],
    [policy(), preflight({ requestHeaders: 'x`id`' }), { instead: /nothing to paste/ }],
    [policy(), preflight({ requestHeaders: 'host' }), { instead: /Only the browser/ }],
    [policy(), preflight({ requestHeaders: 'access-control-x' }), { instead: /of CORS itself/ }],
    [policy(), preflight({ requestHeaders: 'a b' }), undefined],
    [policy(), actual(), undefined],
    [policy(), actual({ origin: plain }), { instead: /turn allowCredentials off/ }],
    [policy({ allowCredentials: false }), actual({ origin: plain }), fix('allowOrigins', plain)],
    [
      policy(),
      actual({ origin: 'http://localhost:3000' }),
      fix('allowOrigins', 'http://localhost:3000'),
    ],
    [open, preflight({ requestHeaders: 'authorization' }), fix('allowHeaders', 'authorization')],
  ] as const) {
    t.match(adviceFor(decide(policies, request)), advice, JSON.stringify(request))
  }
})

t.test('a decision is one sentence', async t => {
  const wildcard = policy({ allowOrigins: ['https://*.example.com'] })
  for (const [policies, request, sentence] of [
    [policy(), actual(), `The origin ${shop} is allowed, by the entry ${shop}.`],
    [wildcard, actual(), `The origin ${shop} is allowed, by the entry https://*.example.com.`],
    [policy(), actual({ origin: evil }), `The origin ${evil} is not allowed.`],
    [
      policy(),
      actual({ origin: 'http://shop.example.com' }),
      `The origin http://shop.example.com is not allowed: it differs only in its scheme from ${shop}.`,
    ],
    [
      policy(),
      preflight({ requestMethod: 'patch' }),
      'The method patch is not allowed: it differs only in upper and lower case from PATCH.',
    ],
    [
      policy(),
      actual({ origin: undefined }),
      'The request has no Origin, so it is no CORS request.',
    ],
  ] as const) {
    t.equal(describe(decide(policies, request)), sentence)
  }
})

t.test('what a client is told holds nothing that is configured', async t => {
  const secret = 'https://secret-partner.example.com'
  const policies = policy({
    allowOrigins: [secret],
    allowMethods: ['UNSUBSCRIBE'],
    allowHeaders: ['x-secret'],
  })
  for (const request of [
    actual({ origin: 'http://secret-partner.example.com' }),
    actual({ origin: `${secret}:8443` }),
    preflight({ origin: 'https://example.com' }),
    preflight({ origin: secret, requestMethod: 'UNSUBSCRIB' }),
    preflight({ origin: secret, requestMethod: 'GET', requestHeaders: 'x-secrt' }),
  ]) {
    const decision = decide(policies, request)
    const told = `${describeForClient(decision)} ${JSON.stringify(fixFor(decision))}`
    t.equal(decision.verdict, 'refused')
    t.notMatch(told, /UNSUBSCRIBE|x-secret/, told)
    if (request.origin !== secret) t.notOk(told.includes(`${secret} `), told)
  }
})

t.test('what strangers send is shown cut and without control characters', async t => {
  const long = decide(policy(), actual({ origin: `https://${'a'.repeat(5000)}` }))
  t.ok(describe(long).length < 400)
  const odd = decide(policy(), actual({ origin: 'https://\u001b[31m\u0085\u202ex' }))
  t.equal(
    describe(odd),
    '"https://\\u001b[31m\\u0085\\u202ex" is not an origin as browsers send it.',
  )
})
