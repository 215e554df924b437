import t from 'tap'
import { compileRequestNames } from '../../../src/proxy/message/field-kinds.js'
import { upstreamRequestHead } from '../../../src/proxy/message/upstream-request.js'
import {
  asLines,
  flat,
  type MadeUpRequest,
  madeUpHead,
  madeUpRoute,
  trustedPeer,
  upstreamRules,
} from '../made-up-request.js'

interface Sent {
  readonly rules?: Partial<typeof upstreamRules>
  readonly origin?: string | null
  readonly hostHeader?: string
}

/** The head that goes up for this request, as lines. */
function sent(made: MadeUpRequest, { rules = {}, origin, hostHeader = 'client' }: Sent = {}) {
  const route = madeUpRoute({ hostHeader })
  const all = { ...upstreamRules, forwardedHeaders: 'off' as const, ...rules }
  return asLines(upstreamRequestHead(madeUpHead(made), route, all, 'id-1', origin))
}

/** The same without what stands in every head. */
function told(made: MadeUpRequest, how: Sent = {}) {
  const always = ['Host: api.test', 'CDN-Loop: cors-sidecar;id=1', 'x-request-id: id-1']
  return sent(made, how).filter(line => !always.includes(line) && line !== 'Connection: keep-alive')
}

t.test('a plain GET', async t => {
  t.strictSame(sent({ lines: ['Accept: */*', 'x-a: 1', 'X-A: 2'] }), [
    'Host: api.test',
    'Accept: */*',
    'x-a: 1',
    'X-A: 2',
    'CDN-Loop: cors-sidecar;id=1',
    'x-request-id: id-1',
    'Connection: keep-alive',
  ])
})

t.test('fields for one hop stay behind:', async t => {
  for (const [what, lines] of [
    ['the known ones', ['Connection: keep-alive', 'Keep-Alive: timeout=5', 'Proxy-Connection: x']],
    ['credentials for a proxy', ['Proxy-Authorization: Basic eA==']],
    ['an upgrade that is not served', ['Connection: Upgrade', 'Upgrade: h2c', 'HTTP2-Settings: A']],
    ['those that Connection names', ['Connection: X-A, x-b', 'X-A: 1', 'X-B: 2']],
    ['an expectation, which is met here', ['Expect: 100-continue']],
    ['a trailer that no chunked body can bring', ['Trailer: X-T']],
    ['twins that a server could take for framing', ['Transfer_Encoding: x', 'Content_Length: 3']],
  ] as const) {
    t.test(what, async t => t.strictSame(told({ lines }), []))
  }
})

t.test('nothing can nominate away', async t => {
  const lines = ['Origin: https://a.test', 'Authorization: Bearer x', 'Cookie: a=1']
  const connection = 'Connection: host, origin, authorization, cookie, via, x-request-id'
  t.strictSame(told({ lines: [connection, ...lines] }), lines)
  t.ok(
    sent(
      { lines: ['Connection: x-forwarded-for'] },
      { rules: { forwardedHeaders: 'set' } },
    ).includes('X-Forwarded-For: 192.0.2.7'),
    'what we say of the connection',
  )
})

t.test('a body goes up', async t => {
  for (const [what, made, framing] of [
    ['by its length', { method: 'POST', lines: ['content-length: 003'] }, ['Content-Length: 3']],
    [
      'in chunks',
      { method: 'PUT', lines: ['Transfer-Encoding: Chunked'] },
      ['Transfer-Encoding: chunked'],
    ],
    [
      'in chunks with a promised trailer',
      { method: 'PUT', lines: ['Trailer: X-T', 'Transfer-Encoding: chunked'] },
      ['Trailer: X-T', 'Transfer-Encoding: chunked'],
    ],
    [
      'on DELETE as well',
      { method: 'DELETE', lines: ['Content-Length: 3'] },
      ['Content-Length: 3'],
    ],
    ['as none, said aloud, for POST', { method: 'POST' }, ['Content-Length: 0']],
    ['as none, said aloud, for PUT', { method: 'PUT' }, ['Content-Length: 0']],
    ['as none, said aloud, for PATCH', { method: 'PATCH' }, ['Content-Length: 0']],
    ['as none for GET', {}, []],
    ['as none for DELETE', { method: 'DELETE' }, []],
  ] as const) {
    t.test(what, async t => t.strictSame(told(made), framing))
  }
})

t.test('TE goes up', async t => {
  for (const [what, lines, framing] of [
    [
      'for trailers, anew',
      ['TE: gzip, trailers', 'Connection: TE'],
      ['TE: trailers', 'Connection: keep-alive, TE'],
    ],
    ['not when Connection does not name it', ['TE: trailers'], []],
    ['not for anything else', ['TE: gzip', 'Connection: TE'], []],
  ] as const) {
    t.test(what, async t => t.strictSame(told({ lines }), framing))
  }
})

t.test('an upgrade goes up with the two fields of its own', async t => {
  const key = 'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw=='
  const lines = ['Connection: keep-alive, Upgrade, X-A', 'Upgrade: WebSocket', 'X-A: 1', key]
  t.strictSame(told({ lines }), [key, 'Connection: Upgrade', 'Upgrade: websocket'])
})

t.test('Via', async t => {
  for (const [what, made, rules, via] of [
    ['is none, by which servers would leave responses uncompressed', {}, {}, undefined],
    ['passes', { lines: ['Via: 1.0 a', 'Via: 1.1 b'] }, {}, 'Via: 1.0 a, 1.1 b'],
    ['names us once we have a name', {}, { requestVia: 'edge' }, 'Via: 1.1 edge'],
    ['has the version it came in', { version: 10 }, { requestVia: 'edge' }, 'Via: 1.0 edge'],
    [
      'names us behind the hops before',
      { lines: ['Via: 1.0 a', 'Via: 1.1 b'] },
      { requestVia: 'edge' },
      'Via: 1.0 a, 1.1 b, 1.1 edge',
    ],
  ] as const) {
    t.test(what, async t => {
      t.equal(
        sent(made, { rules }).find(line => line.startsWith('Via')),
        via,
      )
    })
  }
})

t.test('CDN-Loop marks each pass through this process', async t => {
  const marks = (made: MadeUpRequest) =>
    sent(made).filter(line => line.toLowerCase().startsWith('cdn-loop'))
  t.strictSame(marks({}), ['CDN-Loop: cors-sidecar;id=1'])
  const lines = ['CDN-Loop: a.test', 'cdn-loop: cors-sidecar;id=2', 'Connection: cdn-loop']
  t.strictSame(marks({ lines }), ['CDN-Loop: a.test, cors-sidecar;id=2, cors-sidecar;id=1'])
})

t.test('Max-Forwards', async t => {
  for (const [what, method, value, passed] of [
    ['loses one hop on OPTIONS', 'OPTIONS', '5', '4'],
    ['passes on GET', 'GET', '5', '5'],
    ['passes when it is no number', 'OPTIONS', 'x', 'x'],
    ['passes when it is past counting', 'OPTIONS', '9'.repeat(30), '9'.repeat(30)],
  ] as const) {
    t.test(what, async t => {
      t.strictSame(told({ method, lines: [`Max-Forwards: ${value}`] }), [`Max-Forwards: ${passed}`])
    })
  }
})

t.test('Origin', async t => {
  const made = { lines: ['A: 1', 'Origin: https://a.test', 'B: 2'] }
  for (const [what, origin, lines] of [
    ['passes', undefined, ['A: 1', 'Origin: https://a.test', 'B: 2']],
    ['is replaced in its place', 'http://up.test', ['A: 1', 'Origin: http://up.test', 'B: 2']],
    ['is left out', null, ['A: 1', 'B: 2']],
  ] as const) {
    t.test(what, async t => t.strictSame(told(made, origin === undefined ? {} : { origin }), lines))
  }
})

t.test('Host is', async t => {
  for (const [what, made, hostHeader, host] of [
    ["the client's", {}, 'client', 'api.test'],
    ["the upstream's", {}, 'upstream', 'up.test:8080'],
    ['a name', {}, 'inner.test', 'inner.test'],
    ["the upstream's when the client has none", { version: 10 }, 'client', 'up.test:8080'],
  ] as const) {
    t.test(what, async t => t.equal(sent(made, { hostHeader })[0], `Host: ${host}`))
  }
})

t.test('what was said of the way here', async t => {
  const lines = ['X-Forwarded-For: 203.0.113.5', 'Forwarded: for=203.0.113.5']
  const spoofed = [...lines, 'X_Forwarded_For: 203.0.113.6']
  const own = told({}, { rules: { forwardedHeaders: 'set' } })
  for (const [what, forwardedHeaders, peer, expected] of [
    ['is replaced: set', 'set', '192.0.2.7', own],
    ['is replaced: append, from a stranger', 'append', '192.0.2.7', own],
    ['is left out: off, from a stranger', 'off', '192.0.2.7', []],
    ['passes: off, from a trusted peer', 'off', trustedPeer, lines],
  ] as const) {
    t.test(what, async t => {
      t.strictSame(told({ lines: spoofed, peer }, { rules: { forwardedHeaders } }), expected)
    })
  }
  t.test('in fields that we do not set', async t => {
    const claims = [
      'X-Real-IP: 203.0.113.5',
      'true-client-ip: 203.0.113.5',
      'CF-Connecting-IP: 203.0.113.5',
      'x-forwarded-ssl: on',
      'X-Forwarded-Made-Up-Tomorrow: 1',
      'X-Original-URL: /admin',
      'X-Rewrite-URL: /admin',
      'X-Host: evil.test',
      'Front-End-Https: on',
      'Client-Cert: :AA==:',
    ]
    const twins = [
      'X_Real_IP: 203.0.113.5',
      'X-Forwarded_For: 203.0.113.6',
      'x_forwarded-prefix: /admin',
      'X_Original-URL: /admin',
      'X-Request_Id: theirs',
      'Sec_Fetch_Site: same-origin',
      'Access_Control-Request-Method: PUT',
    ]
    const others = ['X-Forwarded: no', 'X-Forward: 1', 'X-HTTP-Method-Override: PUT', 'X-Real: 1']
    const kept = others.slice(1)
    for (const forwardedHeaders of ['set', 'append', 'off'] as const) {
      const rules = { forwardedHeaders }
      const told = (made: MadeUpRequest) => sent(made, { rules }).join('\n')
      const lines = [...claims, ...twins, ...others]
      t.equal(
        told({ lines }),
        told({ lines: kept }),
        `${forwardedHeaders}: left out, of a stranger`,
      )
      t.equal(
        told({ lines: [...claims, ...twins], peer: trustedPeer }),
        told({ lines: claims, peer: trustedPeer }),
        `${forwardedHeaders}: twins are left out, whoever sent them`,
      )
      const trusted = told({ lines: claims, peer: trustedPeer })
      for (const claim of claims) t.ok(trusted.includes(claim), `${claim} passes of a trusted peer`)
    }
  })
  t.test('is replaced: set, even from a trusted peer', async t => {
    const rules = { forwardedHeaders: 'set' as const }
    const head = told({ lines, peer: trustedPeer }, { rules })
    t.ok(head.includes(`X-Forwarded-For: ${trustedPeer}`), head.join('\n'))
  })
  t.test('is appended to: append, from a trusted peer', async t => {
    const rules = { forwardedHeaders: 'append' as const }
    const head = told({ lines, peer: trustedPeer }, { rules })
    t.ok(head.includes(`X-Forwarded-For: 203.0.113.5, ${trustedPeer}`), head.join('\n'))
  })
})

t.test('fields that are set', async t => {
  const fields = ['X-Api-Key: s3cret', 'X-Request-ID: mine']
  const rules = {
    setRequestHeaders: flat(fields),
    isSetRequestField: compileRequestNames(['X-Api-Key', 'X-Request-ID']),
  }
  const lines = ['x-api-key: theirs', 'X-API-KEY: more', 'x_Api-Key: folded', 'X-A: 1']
  t.strictSame(told({ lines }, { rules }), ['X-A: 1', ...fields], 'replace every line of the name')
})

t.test('the id takes the place of the one that was brought', async t => {
  const rules = { requestIdHeader: 'x-request-id' }
  const head = sent({ lines: ['X-Request-Id: theirs'] }, { rules })
  t.strictSame(
    head.filter(line => /request-id/i.test(line)),
    ['x-request-id: id-1'],
  )
})
