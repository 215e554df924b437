import t from 'tap'
import { decide } from '../../src/policy/decide.js'
import { actual, evil, policy, preflight, shop, upgrade } from './shop.js'

t.test('a request is an actual request unless it asks as a preflight does', async t => {
  for (const [what, request, kind] of [
    ['a GET', actual(), 'actual'],
    ['OPTIONS with an origin and a method to ask for', preflight(), 'preflight'],
    ['OPTIONS without an origin', preflight({ origin: undefined }), 'actual'],
    ['OPTIONS with an empty origin', preflight({ origin: '' }), 'actual'],
    ['OPTIONS that asks for no method', preflight({ requestMethod: undefined }), 'actual'],
    ['OPTIONS that asks for an empty method', preflight({ requestMethod: '' }), 'actual'],
    ['GET that asks for a method', actual({ requestMethod: 'PUT' }), 'actual'],
    ['OPTIONS for the server as a whole', preflight({ target: '*', origin: undefined }), 'actual'],
    ['a WebSocket handshake', upgrade(), 'upgrade'],
  ] as const) {
    t.equal(decide(policy(), request).kind, kind, what)
    const elsewhere = decide(policy(), { ...request, isForeignHost: true })
    t.match(elsewhere, { kind, reason: 'host-not-allowed', action: 'block' }, `${what}, elsewhere`)
  }
})

t.test('an allowed page gets', async t => {
  for (const [what, changed, wanted] of [
    ['its own origin back, with credentials', {}, { allowOrigin: shop, credentials: true }],
    [
      'no credentials where they are off',
      { allowCredentials: false },
      { allowOrigin: shop, credentials: false },
    ],
    [
      '* where everybody may read',
      { allowOrigins: ['*'] },
      { allowOrigin: '*', credentials: false, reason: 'any-origin', rule: '*' },
    ],
    [
      'the name of the entry that covers it',
      { allowOrigins: ['https://*.example.com'] },
      { allowOrigin: shop, reason: 'origin-wildcard', rule: 'https://*.example.com' },
    ],
  ] as const) {
    for (const request of [actual(), preflight(), upgrade()]) {
      const decision = decide(policy(changed), request)
      t.match(decision, { verdict: 'allowed', subject: undefined, ...wanted }, what)
    }
  }
})

t.test('a page is refused when', async t => {
  for (const [when, origin, reason] of [
    ['its origin is not listed', evil, 'origin-not-allowed'],
    ['it has no origin', 'null', 'origin-null'],
    ['its origin is no origin', `${shop}/`, 'malformed-origin'],
    ['it sends two origins', `${shop}, ${evil}`, 'malformed-origin'],
  ] as const) {
    const nothing = { allowOrigin: undefined, credentials: false }
    const wanted = { verdict: 'refused', reason, subject: origin, ...nothing }
    t.match(decide(policy(), actual({ origin })), { ...wanted, action: 'forward' }, when)
    t.match(decide(policy(), preflight({ origin })), { ...wanted, action: 'answer' }, when)
    t.match(decide(policy(), upgrade({ origin })), { ...wanted, action: 'block' }, when)
    const blocking = policy({ onDisallowed: 'block' })
    t.match(decide(blocking, actual({ origin })), { ...wanted, action: 'block' }, when)
  }
  t.match(decide(policy(), actual({ origin: '' })), { reason: 'malformed-origin' })
})

t.test('a preflight is refused when', async t => {
  for (const [when, changed, reason, subject] of [
    ['its method is not listed', { requestMethod: 'PURGE' }, 'method-not-allowed', 'PURGE'],
    ['its method differs in case', { requestMethod: 'patch' }, 'method-not-allowed', 'patch'],
    ['no browser may send its method', { requestMethod: 'tRaCe' }, 'method-forbidden', 'tRaCe'],
    [
      'it asks for two methods',
      { requestMethod: 'PUT, GET' },
      'malformed-request-method',
      'PUT, GET',
    ],
    [
      'one of its headers is not listed',
      { requestHeaders: 'content-type,X-Debug' },
      'header-not-allowed',
      'x-debug',
    ],
    [
      'a header only begins like a listed one',
      { requestHeaders: 'content-typ' },
      'header-not-allowed',
      'content-typ',
    ],
    [
      'one of its headers is no name',
      { requestHeaders: 'x-a,bad name' },
      'malformed-request-headers',
      'bad name',
    ],
    [
      'it asks for too much',
      { requestHeaders: 'x'.repeat(4097) },
      'too-many-request-headers',
      'x'.repeat(64),
    ],
    [
      'method and headers are both wrong: the method is named',
      { requestMethod: 'PURGE', requestHeaders: 'x-debug' },
      'method-not-allowed',
      'PURGE',
    ],
    [
      'everything is wrong: the origin is named',
      { origin: evil, requestMethod: 'PURGE' },
      'origin-not-allowed',
      evil,
    ],
  ] as const) {
    const decision = decide(policy(), preflight(changed))
    t.match(decision, { verdict: 'refused', action: 'answer', reason, subject }, when)
  }
})

t.test('a preflight is allowed when', async t => {
  for (const [when, settings, changed] of [
    ['it asks for POST, listed or not', { allowMethods: ['PUT'] }, { requestMethod: 'POST' }],
    ['its headers are listed in another case', {}, { requestHeaders: 'Content-Type' }],
    ['its headers repeat', {}, { requestHeaders: 'content-type,content-type' }],
    ['there is white space in its list', {}, { requestHeaders: ' authorization\t, content-type ' }],
    ['its list is empty', {}, { requestHeaders: '' }],
    ['its list has 16 empty elements', {}, { requestHeaders: `${','.repeat(16)}authorization` }],
    [
      'it asks for 128 names',
      { allowHeaders: ['*'] },
      { requestHeaders: Array.from({ length: 128 }, (_, i) => `x-${i}`).join() },
    ],
    [
      'it asks for authorization, with *',
      { allowHeaders: ['*'] },
      { requestHeaders: 'authorization' },
    ],
    [
      'authorization is named beside *, without credentials',
      { allowHeaders: ['*', 'Authorization'], allowCredentials: false },
      { requestHeaders: 'authorization' },
    ],
    ['any method is allowed', { allowMethods: ['*'] }, { requestMethod: 'PURGE' }],
    [
      'it asks into a private network, which is another matter',
      {},
      { requestPrivateNetwork: 'true' },
    ],
  ] as const) {
    t.match(decide(policy(settings), preflight(changed)), { verdict: 'allowed' }, when)
  }
})

t.test('the limits of a preflight are exact', async t => {
  const open = policy({ allowHeaders: ['*'] })
  const names = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}`).join()
  for (const [what, requestHeaders, reason] of [
    ['4096 bytes', 'x'.repeat(4096), 'origin-exact'],
    ['4097 bytes', 'x'.repeat(4097), 'too-many-request-headers'],
    ['128 names', names(128), 'origin-exact'],
    ['129 names', names(129), 'too-many-request-headers'],
    ['16 empty elements', `${','.repeat(16)}x`, 'origin-exact'],
    ['17 empty elements', `${','.repeat(17)}x`, 'too-many-request-headers'],
  ] as const) {
    t.equal(decide(open, preflight({ requestHeaders })).reason, reason, what)
  }
})

t.test('* for methods covers none in lower case, which no server would read', async t => {
  const open = policy({ allowMethods: ['*'] })
  const reason = 'method-not-allowed'
  t.match(decide(open, preflight({ requestMethod: 'patch' })), { reason, subject: 'patch' })
  t.match(decide(open, preflight({ requestMethod: 'PATCH' })), { verdict: 'allowed' })
})

t.test('* for headers does not cover authorization without credentials', async t => {
  const reason = 'header-authorization-not-covered-by-wildcard'
  const request = preflight({ requestHeaders: 'x-a,Authorization' })
  const open = policy({ allowOrigins: ['*'], allowHeaders: ['*'] })
  t.match(decide(open, request), { reason, subject: 'authorization' })
  const others = policy({ onDisallowed: 'public', allowHeaders: ['*'] })
  t.match(decide(others, { ...request, origin: evil }), { reason }, 'nor for the unlisted')
  t.match(decide(others, request), { reason: 'origin-exact' }, 'but for the listed, with cookies')
})

t.test('a request without an origin is nobody’s business', async t => {
  const wanted = {
    verdict: 'neutral',
    reason: 'no-origin',
    action: 'forward',
    credentials: false,
  }
  for (const request of [actual({ origin: undefined }), upgrade({ origin: undefined })]) {
    t.match(decide(policy(), request), { ...wanted, allowOrigin: undefined })
    t.match(decide(policy({ onDisallowed: 'block' }), request), wanted)
    t.match(decide(policy({ allowOrigins: ['*'] }), request), { ...wanted, allowOrigin: '*' })
  }
})

t.test('everybody else reads without cookies where onDisallowed is public', async t => {
  const policies = policy({ onDisallowed: 'public' })
  const wanted = {
    reason: 'public-fallback',
    allowOrigin: '*',
    credentials: false,
    rule: undefined,
  }
  for (const origin of [evil, 'null', 'not an origin']) {
    t.match(decide(policies, actual({ origin })), wanted, origin)
    t.match(decide(policies, preflight({ origin })), { ...wanted, action: 'answer' }, origin)
    t.match(decide(policies, upgrade({ origin })), { action: 'block' }, 'but a socket has cookies')
  }
  t.match(decide(policies, actual()), { reason: 'origin-exact', credentials: true })
})

t.test('a page that came through the sidecar keeps its sockets and its POSTs', async t => {
  const own = 'https://api.example.com'
  const blocking = policy({ onDisallowed: 'block' })
  for (const [what, changed, isOwn] of [
    ['origin and host agree', {}, true],
    ['the host is in upper case', { host: 'API.Example.com' }, true],
    ['the host names its default port', { host: 'api.example.com:443' }, true],
    ['both name a port', { origin: `${own}:8443`, host: 'api.example.com:8443' }, true],
    [
      'the browser says same-origin, whatever the host',
      { host: 'x', secFetchSite: 'same-origin' },
      true,
    ],
    ['the browser says that no page asked', { host: 'x', secFetchSite: 'none' }, true],
    ['the ports differ', { host: 'api.example.com:8443' }, false],
    ['the schemes differ', { scheme: 'http' }, false],
    ['the hosts differ', { host: 'www.api.example.com' }, false],
    ['there is no host', { host: undefined }, false],
    ['the browser says cross-site', { secFetchSite: 'cross-site' }, false],
    ['the browser says same-site', { secFetchSite: 'same-site' }, false],
    ['it is said twice', { host: 'x', secFetchSite: 'same-origin, same-origin' }, false],
  ] as const) {
    const wanted = isOwn
      ? { reason: 'same-origin', action: 'forward', allowOrigin: undefined, credentials: false }
      : { verdict: 'refused', reason: 'origin-not-allowed', action: 'block' }
    t.match(decide(blocking, actual({ origin: own, ...changed })), wanted, what)
    t.match(decide(policy(), upgrade({ origin: own, ...changed })), wanted, what)
  }
  t.match(
    decide(policy(), actual({ origin: own })),
    { verdict: 'neutral', reason: 'same-origin', action: 'forward', allowOrigin: undefined },
    'omit mode writes as little as for a stranger',
  )
  t.match(
    decide(policy({ onDisallowed: 'public' }), actual({ origin: own })),
    { verdict: 'neutral', reason: 'same-origin', allowOrigin: '*', credentials: false },
    'public mode writes what it writes for a stranger',
  )
  const sandboxed = actual({ origin: 'null', secFetchSite: 'same-origin' })
  t.match(decide(blocking, sandboxed), { reason: 'same-origin' }, 'a no-referrer form of our own')
})

t.test('a gateway that strips Origin', async t => {
  const copied = policy({ originFallback: 'X-Original-Origin' })
  const request = (value: string, changed = {}) =>
    actual({ origin: undefined, rawHeaders: ['X-ORIGINAL-origin', value], ...changed })
  const wanted = { reason: 'origin-fallback', allowOrigin: shop, origin: shop, rule: shop }
  t.match(decide(copied, request(shop)), wanted, 'has copied it to a header')
  t.match(
    decide(copied, request(shop, { method: 'OPTIONS', requestMethod: 'PUT' })),
    { kind: 'preflight', ...wanted },
    'of a preflight too',
  )
  t.match(decide(copied, request(evil)), { reason: 'origin-not-allowed' }, 'of a stranger')
  t.match(decide(copied, request('')), { reason: 'no-origin' }, 'to an empty header')
  t.match(decide(copied, actual({ origin: undefined })), { reason: 'no-origin' }, 'or not')
  const both = request(shop, { origin: evil })
  t.match(decide(copied, both), { reason: 'origin-not-allowed' }, 'a real Origin always wins')
  const twice = request(shop, {
    rawHeaders: ['x-original-origin', shop, 'x-original-origin', shop],
  })
  t.match(decide(copied, twice), { reason: 'malformed-origin' }, 'twice')

  const fixed = policy({ originFallback: shop })
  t.match(decide(fixed, actual({ origin: undefined })), wanted, 'for the only page there is')
  t.match(decide(fixed, actual({ origin: evil })), { reason: 'origin-not-allowed' })
})

t.test('preflights that are forwarded', async t => {
  const policies = policy({ preflight: 'forward' })
  t.match(decide(policies, preflight()), { verdict: 'allowed', action: 'forward' })
  const refused = decide(policies, preflight({ origin: evil }))
  t.match(refused, { action: 'answer' }, 'are not, when the upstream might say yes to a stranger')
})

t.test('with reportOnly everything is judged and nothing is stopped', async t => {
  const policies = policy({ reportOnly: true, onDisallowed: 'block' })
  for (const request of [
    actual({ origin: evil }),
    preflight({ origin: evil }),
    upgrade({ origin: evil }),
  ]) {
    t.match(decide(policies, request), {
      verdict: 'refused',
      reason: 'origin-not-allowed',
      action: 'forward',
    })
  }
  t.match(decide(policies, preflight()), { verdict: 'allowed', action: 'forward' })
})

t.test('names of inherited properties are nothing special', async t => {
  for (const name of ['constructor', '__proto__', 'hasOwnProperty', 'toString']) {
    t.match(decide(policy(), actual({ origin: name })), { reason: 'malformed-origin' })
    t.match(decide(policy(), preflight({ requestMethod: name })), { reason: 'method-not-allowed' })
    t.match(decide(policy(), preflight({ requestHeaders: name })), { reason: 'header-not-allowed' })
  }
})
