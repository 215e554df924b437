import t from 'tap'
import { decide } from '../../src/policy/decide.js'
import type { PolicyRequest } from '../../src/policy/decision.js'
import type { PolicySettings } from '../../src/policy/policy.js'
import {
  ownReplyHeaders,
  preflightAnswer,
  rewriteResponseHeaders,
  upstreamOrigin,
} from '../../src/policy/response-headers.js'
import { actual, evil, fields, policy, preflight, shop, upgrade } from './shop.js'

type Settings = Partial<PolicySettings>

function rewritten(
  settings: Settings,
  request: PolicyRequest,
  upstream: readonly string[] = [],
  status?: number,
): string[] {
  return rewriteResponseHeaders(decide(policy(settings), request), request, upstream, status)
}

function answered(settings: Settings, request: PolicyRequest) {
  const { status, headers } = preflightAnswer(decide(policy(settings), request), request)
  return { status, ...fields(headers) }
}

const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

t.test('an allowed preflight is answered with', async t => {
  for (const [what, settings, changed, wanted] of [
    [
      'the full lists, so that one answer serves many requests',
      {},
      {},
      {
        status: 204,
        vary,
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': 'authorization, content-type, x-requested-with',
        'access-control-max-age': '600',
      },
    ],
    [
      'a length where the status has a body',
      { preflightStatus: 200, allowHeaders: [], maxAge: undefined, allowMethods: ['PUT'] },
      {},
      {
        status: 200,
        vary,
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'PUT',
        'content-length': '0',
      },
    ],
    [
      'plain stars without credentials',
      { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], maxAge: 0 },
      { requestHeaders: 'x-a' },
      {
        status: 204,
        vary,
        'access-control-allow-origin': '*',
        'access-control-allow-methods': '*',
        'access-control-allow-headers': '*',
        'access-control-max-age': '0',
      },
    ],
    [
      'authorization beside the star',
      { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['authorization', '*'] },
      {},
      {
        status: 204,
        vary,
        'access-control-allow-origin': '*',
        'access-control-allow-methods': '*',
        'access-control-allow-headers': '*, authorization',
        'access-control-max-age': '600',
      },
    ],
    [
      'an echo where credentials turn a star into a name',
      { allowMethods: ['*'], allowHeaders: ['*'], maxAge: undefined },
      { requestMethod: 'PURGE', requestHeaders: ' X-B , x-a,,X-B' },
      {
        status: 204,
        vary,
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'PURGE',
        'access-control-allow-headers': 'x-b,x-a',
      },
    ],
    [
      'no header list where nothing was asked for',
      { allowMethods: ['*'], allowHeaders: ['*'], maxAge: undefined },
      { requestHeaders: ' , ' },
      {
        status: 204,
        vary,
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'PUT',
      },
    ],
    [
      'stars for a stranger where onDisallowed is public',
      { onDisallowed: 'public', allowMethods: ['*'], allowHeaders: ['*'], maxAge: undefined },
      { origin: evil, requestHeaders: 'x-a' },
      {
        status: 204,
        vary,
        'access-control-allow-origin': '*',
        'access-control-allow-methods': '*',
        'access-control-allow-headers': '*',
      },
    ],
    [
      'the private network, when asked with exactly true',
      { allowPrivateNetwork: true, allowHeaders: [], allowMethods: [], maxAge: undefined },
      { requestMethod: 'POST', requestPrivateNetwork: 'true' },
      {
        status: 204,
        vary: `${vary}, Access-Control-Request-Private-Network`,
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-allow-private-network': 'true',
      },
    ],
  ] as const) {
    t.strictSame(answered(settings, preflight(changed)), wanted, what)
  }
  const asked = preflight({ requestPrivateNetwork: 'True' })
  t.notMatch(answered({ allowPrivateNetwork: true }, asked), {
    'access-control-allow-private-network': 'true',
  })
})

t.test('a refused preflight says no more than what it varies on', async t => {
  const everybody: Settings = { allowOrigins: ['*'] }
  const open: Settings = { onDisallowed: 'public' }
  for (const [who, settings, changed] of [
    ['to a stranger', {}, { origin: evil }],
    ['to a stranger whose method is listed', {}, { origin: evil, requestMethod: 'GET' }],
    ['to a stranger under public', open, { origin: evil, requestMethod: 'PURGE' }],
    ['under *, where nobody is listed', everybody, { requestMethod: 'PURGE' }],
    ['to what no browser asks', {}, { requestMethod: 'a b' }],
    ['to what is no list of headers', {}, { requestHeaders: 'a b' }],
    [
      'to Authorization under a star, which browsers let pass',
      { allowHeaders: ['*'], allowCredentials: false },
      { requestHeaders: 'authorization' },
    ],
    ['to a list that is too long', {}, { requestHeaders: 'a,'.repeat(2500) }],
  ] as const) {
    t.strictSame(answered(settings, preflight(changed)), { status: 403, vary }, who)
  }
  t.strictSame(answered({ originFallback: 'x-origin' }, preflight({ origin: evil })), {
    status: 403,
    vary: `${vary}, x-origin`,
  })
})

t.test('a listed origin whose method or header is refused is told what is allowed', async t => {
  const told = {
    status: 204,
    vary,
    'access-control-allow-origin': shop,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type, x-requested-with',
  }
  const { 'access-control-allow-credentials': _, ...plain } = told
  const { 'access-control-allow-headers': __, ...noHeaders } = told
  for (const [what, settings, changed, wanted] of [
    ['a method', {}, { requestMethod: 'PURGE' }, told],
    ['a method that no browser sends', {}, { requestMethod: 'TRACE' }, told],
    ['a header', {}, { requestHeaders: 'x-debug' }, told],
    ['a header next to one that is allowed', {}, { requestHeaders: 'content-type,x-debug' }, told],
    ['without credentials', { allowCredentials: false }, { requestMethod: 'PURGE' }, plain],
    [
      'with 200',
      { preflightStatus: 200 },
      { requestMethod: 'PURGE' },
      { ...told, status: 200, 'content-length': '0' },
    ],
    [
      'nothing is echoed where only the method was looked at',
      { allowHeaders: ['*'] },
      { requestMethod: 'PURGE', requestHeaders: 'x-a' },
      noHeaders,
    ],
    [
      'of what a prefix covers, what was asked for',
      { allowHeaders: ['x-amz-*'] },
      { requestHeaders: 'x-amz-date,x-debug' },
      { ...told, 'access-control-allow-headers': 'x-amz-date' },
    ],
    [
      'a method that * cannot cover',
      { allowMethods: ['*'], allowHeaders: ['x-a'] },
      { requestMethod: 'CHICKEN' },
      (({ 'access-control-allow-methods': _methods, ...rest }) => ({
        ...rest,
        'access-control-allow-headers': 'x-a',
      }))(told),
    ],
  ] as const) {
    const request = preflight(changed)
    t.equal(decide(policy(settings), request).verdict, 'refused', what)
    t.strictSame(answered(settings, request), wanted, what)
  }
})

t.test('where no header lists are set', async t => {
  const unset: Settings = { allowHeaders: undefined, exposeHeaders: undefined }
  const upstream = ['ETag', '"1"', 'X-Total', '2', 'Set-Cookie', 'a=1', 'Content-Type', 'text/css']
  const asked = { requestHeaders: 'authorization,sentry-trace,x-csrftoken' }
  for (const [who, settings, origin, allowed, exposed] of [
    ['a listed origin may send and read all', {}, shop, asked.requestHeaders, 'etag, x-total'],
    ['without credentials too', { allowCredentials: false }, shop, '*, authorization', '*'],
    ['under * the usual three', { allowOrigins: ['*'] }, evil, undefined, undefined],
    [
      'a stranger under public the usual three',
      { onDisallowed: 'public' },
      evil,
      undefined,
      undefined,
    ],
    [
      'a listed origin under public all',
      { onDisallowed: 'public' },
      shop,
      asked.requestHeaders,
      'etag, x-total',
    ],
  ] as const) {
    const reply = answered({ ...unset, ...settings }, preflight({ origin, ...asked }))
    t.equal(
      Object.entries(reply).find(([name]) => name === 'access-control-allow-headers')?.[1],
      allowed,
      who,
    )
    const read = fields(rewritten({ ...unset, ...settings }, actual({ origin }), upstream))
    t.equal(read['access-control-expose-headers'], exposed, who)
    if (allowed !== undefined) continue
    const usual = answered(
      { ...unset, ...settings },
      preflight({ origin, requestHeaders: 'authorization,content-type' }),
    )
    t.match(
      usual,
      {
        status: 204,
        'access-control-allow-headers': 'authorization, content-type, x-requested-with',
      },
      who,
    )
  }
})

t.test('a prefix', async t => {
  const settings: Settings = {
    allowHeaders: ['X-Amz-*', 'a*', 'content-type'],
    exposeHeaders: ['x-ratelimit-*', 'etag', 'set-*'],
  }
  for (const [what, requestHeaders, allowed] of [
    [
      'covers what begins like it',
      'x-amz-date,X-AMZ-Meta-A',
      'content-type,x-amz-date,x-amz-meta-a',
    ],
    ['never covers authorization', 'authorization', undefined],
    ['is no name', 'x-amz-', undefined],
    ['says nothing of others', 'x-am', undefined],
  ] as const) {
    const reply = decide(policy(settings), preflight({ requestHeaders }))
    t.equal(reply.verdict, allowed === undefined ? 'refused' : 'allowed', what)
    if (allowed !== undefined) {
      t.match(
        answered(settings, preflight({ requestHeaders })),
        { 'access-control-allow-headers': allowed },
        what,
      )
    }
  }
  const plain: Settings = { ...settings, allowCredentials: false }
  t.match(answered(plain, preflight({ requestHeaders: 'x-amz-a' })), {
    'access-control-allow-headers': 'content-type,x-amz-a',
  })
  const upstream = ['X-RateLimit-Left', '1', 'Set-Cookie', 'a=1', 'X-Other', '2']
  for (const from of [settings, plain]) {
    t.match(fields(rewritten(from, actual(), upstream)), {
      'access-control-expose-headers': 'etag, x-ratelimit-left',
    })
  }
})

t.test(
  'a 304 says which headers may be read only where the stored response said the same',
  async t => {
    const stored = ['ETag', '"1"', 'X-Total', '2']
    for (const [what, settings, exposed] of [
      ['a list', { exposeHeaders: ['etag', 'x-total'] }, 'etag, x-total'],
      ['a star without credentials', { exposeHeaders: ['*'], allowCredentials: false }, '*'],
      ['a star that is written out', { exposeHeaders: ['*'] }, undefined],
      ['a prefix', { exposeHeaders: ['x-*'] }, undefined],
      [
        'what the upstream adds to',
        { exposeHeaders: ['etag'], upstreamCors: 'merge-expose' },
        undefined,
      ],
      [
        'what the upstream may replace',
        { exposeHeaders: ['etag'], upstreamCors: 'respect' },
        undefined,
      ],
    ] as const) {
      const fresh = fields(rewritten(settings, actual(), stored, 200))
      t.ok(fresh['access-control-expose-headers'], what)
      const revalidated = fields(rewritten(settings, actual(), ['ETag', '"1"'], 304))
      t.equal(revalidated['access-control-expose-headers'], exposed, what)
      t.equal(revalidated['access-control-allow-origin'], shop, what)
    }
  },
)

t.test('the upstream’s lines', async t => {
  const lines = [
    'Content-Type',
    'text/html',
    'X-A',
    '1',
    'access-control-ALLOW-origin',
    '*',
    'x-a',
    '2',
    'Access-Control-Anything',
    'x',
    'Set-Cookie',
    'a=b',
  ]
  t.strictSame(
    rewritten({}, actual(), lines),
    [
      ...['Content-Type', 'text/html', 'X-A', '1', 'x-a', '2', 'Set-Cookie', 'a=b'],
      ...['Vary', 'Origin', 'Access-Control-Allow-Origin', shop],
      ...['Access-Control-Allow-Credentials', 'true'],
    ],
    'keep case, order and repeats; the CORS ones are ours',
  )
  t.strictSame(
    rewritten({}, actual({ origin: evil }), lines),
    ['Content-Type', 'text/html', 'X-A', '1', 'x-a', '2', 'Set-Cookie', 'a=b', 'Vary', 'Origin'],
    'and a stranger gets none of either',
  )
  t.strictSame(
    rewritten({ reportOnly: true }, actual({ origin: evil }), lines),
    lines,
    'pass untouched with reportOnly',
  )
  t.strictSame(rewritten({ allowOrigins: ['*'] }, actual(), []), [
    'Access-Control-Allow-Origin',
    '*',
  ])
  t.strictSame(
    rewritten({ allowOrigins: ['*'] }, actual({ origin: undefined }), []),
    ['Access-Control-Allow-Origin', '*'],
    'for everybody means for every cache',
  )
})

t.test('names of the same length are not mistaken for each other', async t => {
  const lines = ['ETag', '"1"', 'Very', '1', 'Access-Control', 'x', 'Timing-Allow-Origim', 'x']
  t.strictSame(rewritten({ timingAllowOrigin: true }, actual({ origin: undefined }), lines), [
    ...lines,
    ...['Vary', 'Origin'],
  ])
})

t.test('Vary', async t => {
  for (const [what, settings, lines, wanted] of [
    ['is added', {}, [], ['Vary', 'Origin']],
    ['is appended to', {}, ['Vary', 'Accept'], ['Vary', 'Accept, Origin']],
    ['is left alone where it lists us', {}, ['vary', 'Accept,origin'], ['vary', 'Accept,origin']],
    ['is left alone where it is *', {}, ['Vary', '*'], ['Vary', '*']],
    ['is filled where it was empty', {}, ['Vary', ' '], ['Vary', 'Origin']],
    ['becomes one line', {}, ['Vary', 'A', 'vary', 'B'], ['Vary', 'A, B, Origin']],
    ['keeps a * among others', {}, ['Vary', 'A', 'vary', '*'], ['Vary', 'A, *']],
    [
      'does not take a part of a name for it',
      {},
      ['Vary', 'X-Origin'],
      ['Vary', 'X-Origin, Origin'],
    ],
    ['is not needed when all are alike', { allowOrigins: ['*'] }, ['Vary', 'A'], ['Vary', 'A']],
    [
      'names the header an origin is copied to',
      { originFallback: 'X-Origin' },
      ['Vary', 'Origin'],
      ['Vary', 'Origin, x-origin'],
    ],
  ] as const) {
    const request = actual({ origin: undefined })
    const sent = rewritten(settings, request, lines)
    t.strictSame(
      sent.filter((_, i) => sent[i - (i % 2)]?.toLowerCase() === 'vary'),
      wanted,
      what,
    )
  }
})

t.test('exposed are', async t => {
  const upstream = [
    ...['ETag', '"1"', 'X-Total', '5', 'x-total', '6', 'Content-Type', 'text/html'],
    ...[
      'Set-Cookie',
      'a=b',
      'Connection',
      'close',
      'Access-Control-Expose-Headers',
      'X-Up, bad name',
    ],
  ]
  for (const [what, settings, wanted] of [
    ['no headers by default', {}, undefined],
    [
      'those listed, sorted, without what is safe anyway',
      { exposeHeaders: ['X-Total', 'ETag', 'Content-Type', 'etag'] },
      'etag, x-total',
    ],
    ['all that are there, by name, with credentials', { exposeHeaders: ['*'] }, 'etag, x-total'],
    ['all, without credentials', { exposeHeaders: ['*'], allowCredentials: false }, '*'],
    [
      'ours and the upstream’s',
      { exposeHeaders: ['ETag'], upstreamCors: 'merge-expose' },
      'etag, x-up',
    ],
    ['the upstream’s alone', { upstreamCors: 'merge-expose' }, 'x-up'],
    ['all, merged or not', { exposeHeaders: ['*'], upstreamCors: 'merge-expose' }, 'etag, x-total'],
    [
      'all, merged or not, without credentials',
      { exposeHeaders: ['*'], upstreamCors: 'merge-expose', allowCredentials: false },
      '*',
    ],
  ] as const) {
    const sent = rewritten(settings, actual(), upstream).map(text => text.toLowerCase())
    const at = sent.indexOf('access-control-expose-headers')
    t.equal(at === -1 ? undefined : sent[at + 1], wanted, what)
  }
  const merged = rewritten({ upstreamCors: 'merge-expose' }, actual(), [
    'Access-Control-Expose-Headers',
    '*',
    'ETag',
    '1',
  ])
  t.match(fields(merged), { 'access-control-expose-headers': 'etag' }, 'a star of the upstream')
})

t.test('an upstream that is respected', async t => {
  const settings: Settings = { upstreamCors: 'respect' }
  const own = ['Access-Control-Allow-Origin', evil, 'access-control-max-age', '5']
  t.strictSame(
    rewritten(settings, actual(), own),
    [...own, 'Vary', 'Origin'],
    'has the last word when it answers',
  )
  t.strictSame(
    fields(rewritten(settings, actual(), ['Access-Control-Max-Age', '5'])),
    {
      vary: 'Origin',
      'access-control-allow-origin': shop,
      'access-control-allow-credentials': 'true',
    },
    'leaves it to us when it does not',
  )
})

t.test('Timing-Allow-Origin', async t => {
  const upstream = ['Timing-Allow-Origin', '*']
  const on: Settings = { timingAllowOrigin: true }
  t.match(fields(rewritten(on, actual(), upstream)), { 'timing-allow-origin': shop }, 'is ours')
  t.notMatch(fields(rewritten(on, actual({ origin: evil }), upstream)), {
    'timing-allow-origin': '*',
  })
  t.match(fields(rewritten({}, actual(), upstream)), { 'timing-allow-origin': '*' }, 'unless off')
})

t.test('a forwarded preflight gets our answer in the upstream’s clothes', async t => {
  const sent = rewritten({ preflight: 'forward' }, preflight(), [
    ...['Access-Control-Allow-Methods', 'TRACE', 'Allow', 'GET', 'Vary', 'Accept'],
  ])
  t.match(fields(sent), {
    allow: 'GET',
    vary: `Accept, ${vary}`,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-origin': shop,
  })
})

t.test('a WebSocket', async t => {
  const upstream = ['Access-Control-Allow-Origin', '*', 'Sec-WebSocket-Accept', 'x']
  const opened = ['Sec-WebSocket-Accept', 'x', 'Vary', 'Origin']
  t.strictSame(rewritten({}, upgrade(), upstream, 101), opened, 'needs no CORS headers')
  t.strictSame(rewritten({}, upgrade(), upstream), opened, 'nor when its status is not told')
  t.match(
    fields(rewritten({}, upgrade(), upstream, 401)),
    { 'access-control-allow-origin': shop },
    'that was refused by the upstream is an answer like any other',
  )
})

t.test('our own replies can be read by the page that is allowed', async t => {
  const policies = policy({ exposeHeaders: ['etag'] })
  t.strictSame(fields(ownReplyHeaders(decide(policies, actual()), policies)), {
    vary: 'Origin',
    'access-control-allow-origin': shop,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'etag',
  })
  const refused = decide(policies, actual({ origin: evil }))
  t.strictSame(ownReplyHeaders(refused, policies), ['Vary', 'Origin'], 'and by nobody else')
  const asked = decide(policies, preflight({ origin: evil }))
  t.strictSame(ownReplyHeaders(asked, policies), ['Vary', vary], 'a preflight varies on more')
  t.strictSame(ownReplyHeaders(undefined, policies), ['Vary', 'Origin'], 'never judged')
  const open = policy({ allowOrigins: ['*'] })
  t.strictSame(ownReplyHeaders(undefined, open), ['Access-Control-Allow-Origin', '*'])
  const mixed = policy({ allowOrigins: ['*'], paths: [{ match: '/x/', allowOrigins: [shop] }] })
  t.strictSame(ownReplyHeaders(undefined, mixed), ['Vary', 'Origin'], 'unless a path is not open')
})

t.test('the upstream sees as origin', async t => {
  for (const [what, settings, request, wanted] of [
    ['what the browser sent', {}, actual(), undefined],
    ['nothing', { upstreamOrigin: 'strip' }, actual(), null],
    ['its own', { upstreamOrigin: 'rewrite' }, actual(), 'http://up:1'],
    ['its own on an upgrade', { upstreamOrigin: 'rewrite' }, upgrade(), 'http://up:1'],
    ['the stranger', { upstreamOrigin: 'rewrite' }, actual({ origin: evil }), undefined],
    ['the stranger too', { upstreamOrigin: 'strip' }, actual({ origin: evil }), undefined],
    [
      'the stranger who reads what is public',
      { upstreamOrigin: 'rewrite', onDisallowed: 'public' },
      actual({ origin: evil }),
      undefined,
    ],
    ['nobody', { upstreamOrigin: 'rewrite' }, actual({ origin: undefined }), undefined],
    [
      'the truth, with reportOnly',
      { upstreamOrigin: 'strip', reportOnly: true },
      actual(),
      undefined,
    ],
  ] as const) {
    t.equal(upstreamOrigin(decide(policy(settings), request), 'http://up:1'), wanted, what)
  }
})

t.test('shared blocks are never changed by a request', async t => {
  const policies = policy({ allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*'] })
  const before = JSON.stringify(policies.global.blocks)
  for (const request of [actual(), preflight({ requestHeaders: 'x-a' })]) {
    const decision = decide(policies, request)
    preflightAnswer(decision, request).headers.push('x')
    rewriteResponseHeaders(decision, request, ['ETag', '1'], 200).push('x')
    ownReplyHeaders(decision, policies).push('x')
  }
  t.equal(JSON.stringify(policies.global.blocks), before)
})
