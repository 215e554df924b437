import t, { type Test } from 'tap'
import { compilePolicies } from '../../src/config/compile-policy.js'
import type { PolicyFinding } from '../../src/config/option-finding.js'
import { decide } from '../../src/policy/decide.js'
import type { PolicySettings } from '../../src/policy/policy.js'
import { actual, shop, shopSettings } from '../policy/shop.js'

type Row = readonly [
  what: string,
  settings: Partial<PolicySettings>,
  severity: PolicyFinding['severity'],
  code: PolicyFinding['code'],
  correction?: string,
]

function problemsOf(settings: Partial<PolicySettings>): readonly PolicyFinding[] {
  return compilePolicies({ ...shopSettings, ...settings }).problems
}

function check(t: Test, rows: readonly Row[]): void {
  for (const [what, settings, severity, code, correction] of rows) {
    const problem = problemsOf(settings).find(found => found.code === code)
    t.match(problem, { severity, code }, `${what}: ${code}`)
    t.equal(problem?.correction, correction, `${what}: ${correction ?? 'no correction'}`)
    t.match(problem?.reason, /^[a-z]/, `${what}: ${problem?.reason}`)
    if (correction === undefined || problem?.option !== 'allowOrigins') continue
    if (correction === '*') continue
    const again = problemsOf({ allowOrigins: [correction], allowCredentials: false })
    t.notOk(
      again.some(found => found.severity === 'error'),
      `${correction} is accepted`,
    )
  }
}

const origin = (text: string): Partial<PolicySettings> => ({
  allowOrigins: [text],
  allowCredentials: false,
})

t.test('an ordinary policy is compiled without a word', async t => {
  t.strictSame(problemsOf({}), [])
  for (const text of [
    'http://localhost:3000',
    'http://127.0.0.1:*',
    'http://[::1]',
    'http://*.localhost:*',
    'loopback',
    'https://10.0.0.5:8443',
    'https://app.example.com.',
    'https://my_app.example.com',
    'https://example.com:65535',
    'https://example.com:1',
    `${'a'.repeat(64)}://b`,
    `https://${'a.'.repeat(120)}example.com`,
    'capacitor://localhost',
    'chrome-extension://bfohobmbnhjmppckaeodeopikmammoee',
    'https://xn--rsum-bpad.example',
    '/https:\\/\\/(dev|stage)\\.example\\.com/',
    '/https:\\/\\/[a-z0-9-]+\\.example\\.com(:\\d+)?/',
  ]) {
    t.strictSame(problemsOf({ allowOrigins: [text], allowCredentials: true }), [], text)
  }
  for (const text of ['https://*.github.io', 'https://*', 'http://app.example.com']) {
    t.strictSame(problemsOf(origin(text)), [], `${text} without credentials`)
  }
  t.strictSame(problemsOf({ allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*'] }), [])
})

t.test('an entry that is no origin', async t => {
  check(t, [
    ['empty', origin(''), 'error', 'origin-empty-entry'],
    ['no scheme', origin('example.com'), 'error', 'origin-missing-scheme', 'https://example.com'],
    [
      'host and port',
      origin('localhost:3000'),
      'error',
      'origin-missing-scheme',
      'http://localhost:3000',
    ],
    [
      'scheme-relative',
      origin('//example.com'),
      'error',
      'origin-missing-scheme',
      'https://example.com',
    ],
    [
      'one slash',
      origin('https:/example.com'),
      'error',
      'origin-missing-scheme',
      'https://example.com',
    ],
    [
      'no scheme but a path',
      origin('example.com/x'),
      'error',
      'origin-missing-scheme',
      'https://example.com',
    ],
    ['bad scheme', origin('1x://example.com'), 'error', 'origin-missing-scheme'],
    ['only slashes', origin('//'), 'error', 'origin-missing-scheme'],
    ['one slash alone', origin('/'), 'error', 'origin-missing-scheme'],
    [
      'scheme-relative, slash',
      origin('//a.com/'),
      'error',
      'origin-missing-scheme',
      'https://a.com',
    ],
    ['scheme too long', origin(`${'a'.repeat(65)}://b`), 'error', 'origin-missing-scheme'],
    ['file', origin('file:///index.html'), 'error', 'origin-file-scheme', 'file://'],
    ['file, one slash', origin('file:/index.html'), 'error', 'origin-file-scheme', 'file://'],
    ['DEL', origin('https://a.com\u007f'), 'error', 'origin-not-one'],
    ['semicolon', origin('https://a.com;https://b.com'), 'error', 'origin-not-one'],
    ['behind a bracket', origin('https://[::1]x:81'), 'error', 'origin-invalid-host'],
    ['path', origin('https://example.com/a'), 'error', 'origin-has-path', 'https://example.com'],
    [
      'two slashes',
      origin('https://example.com//'),
      'error',
      'origin-has-path',
      'https://example.com',
    ],
    [
      'backslash',
      origin('https://example.com\\x'),
      'error',
      'origin-has-path',
      'https://example.com',
    ],
    ['query', origin('https://example.com?x'), 'error', 'origin-has-query', 'https://example.com'],
    [
      'query behind a slash',
      origin('https://example.com/?x'),
      'error',
      'origin-has-query',
      'https://example.com',
    ],
    [
      'fragment',
      origin('https://example.com#x'),
      'error',
      'origin-has-query',
      'https://example.com',
    ],
    [
      'user name',
      origin('https://u:p@example.com'),
      'error',
      'origin-has-userinfo',
      'https://example.com',
    ],
    ['no host', origin('https://'), 'error', 'origin-empty-host'],
    [
      'only a port',
      origin('https://:8080'),
      'error',
      'origin-empty-host',
      'https://localhost:8080',
    ],
    [
      'empty port',
      origin('https://example.com:'),
      'error',
      'origin-bad-port',
      'https://example.com',
    ],
    ['port 0', origin('https://example.com:0'), 'error', 'origin-bad-port'],
    ['port too high', origin('https://example.com:65536'), 'error', 'origin-bad-port'],
    [
      'padded port',
      origin('https://example.com:08443'),
      'error',
      'origin-bad-port',
      'https://example.com:8443',
    ],
    ['port in words', origin('https://example.com:http'), 'error', 'origin-bad-port'],
    ['two origins', origin('https://a.com https://b.com'), 'error', 'origin-not-one'],
    ['two origins, comma', origin('https://a.com,https://b.com'), 'error', 'origin-not-one'],
    ['line break', origin('https://a.com\nhttps://b.com'), 'error', 'origin-not-one'],
    ['quotes', origin('"https://a.com"'), 'error', 'origin-not-one', 'https://a.com'],
    ['blanks', origin(' https://a.com'), 'error', 'origin-not-one', 'https://a.com'],
  ])
})

t.test('a host that no browser has', async t => {
  check(t, [
    ['hyphen first', origin('https://-a.example.com'), 'error', 'origin-invalid-host'],
    ['hyphen last', origin('https://a-.example.com'), 'error', 'origin-invalid-host'],
    ['empty label', origin('https://app..example.com'), 'error', 'origin-invalid-host'],
    ['leading dot', origin('https://.example.com'), 'error', 'origin-invalid-host'],
    ['label of 64', origin(`https://${'a'.repeat(64)}.com`), 'error', 'origin-invalid-host'],
    ['254 bytes', origin(`https://${'a.'.repeat(125)}test`), 'error', 'origin-invalid-host'],
    ['stray byte', origin('https://a!b.example.com'), 'error', 'origin-invalid-host'],
    ['escape', origin('https://a%2eb.example.com'), 'error', 'origin-invalid-host'],
    // Node.js 26 leaves such a label as it is.
    ...(URL.canParse('https://xn--a.example.com')
      ? []
      : [
          [
            'bad punycode',
            origin('https://xn--a.example.com'),
            'error',
            'origin-invalid-host',
          ] as const,
        ]),
    ['bad IPv4', origin('https://1.2.3.4.5'), 'error', 'origin-invalid-host'],
    ['bad IPv6', origin('https://[::1'), 'error', 'origin-invalid-host', 'https://[::1]'],
    ['bare IPv6', origin('https://fe80::1'), 'error', 'origin-invalid-host', 'https://[fe80::1]'],
    ['no IPv6', origin('https://[x]'), 'error', 'origin-invalid-host'],
    ['over 326 bytes', origin(`https://${'a'.repeat(330)}`), 'error', 'origin-invalid-host'],
    [
      'hexadecimal IPv4',
      origin('http://0xFF000000'),
      'error',
      'origin-noncanonical-ip',
      'http://255.0.0.0',
    ],
    [
      'decimal IPv4',
      origin('https://2130706433:8443'),
      'error',
      'origin-noncanonical-ip',
      'https://127.0.0.1:8443',
    ],
    ['short IPv4', origin('http://127.1'), 'error', 'origin-noncanonical-ip', 'http://127.0.0.1'],
    [
      'mapped IPv4',
      origin('http://[::ffff:127.0.0.1]'),
      'error',
      'origin-ipv4-mapped-ipv6',
      'http://127.0.0.1',
    ],
    [
      'IPv6 zone',
      origin('http://[fe80::1%25eth0]:80'),
      'error',
      'origin-ipv6-zone',
      'http://[fe80::1]',
    ],
  ])
})

t.test('a star where none may stand', async t => {
  check(t, [
    ['middle', origin('https://foo.*.com'), 'error', 'origin-wildcard-position'],
    ['end', origin('https://example.*'), 'error', 'origin-wildcard-position'],
    [
      'twice',
      origin('https://*.*.example.com'),
      'error',
      'origin-wildcard-position',
      'https://*.example.com',
    ],
    [
      'scheme',
      origin('*://example.com'),
      'error',
      'origin-wildcard-position',
      'https://example.com',
    ],
    [
      'inside a word',
      origin('https://shop*.example.com'),
      'error',
      'origin-wildcard-position',
      'https://shop-*.example.com',
    ],
    ['alone in a name', origin('https://shop-*'), 'error', 'origin-wildcard-position'],
    ['two in a label', origin('https://*-a-*.example.com'), 'error', 'origin-wildcard-position'],
    [
      'no dot',
      origin('https://*example.com'),
      'error',
      'origin-wildcard-missing-dot',
      'https://*.example.com',
    ],
    ['IPv4', origin('https://*.127.0.0.1'), 'error', 'origin-wildcard-on-ip'],
    ['part of an IPv4', origin('https://*.0.0.1'), 'error', 'origin-wildcard-on-ip'],
    ['IPv6', origin('https://*.[::1]'), 'error', 'origin-wildcard-on-ip'],
    ['hyphen at the edge', origin('https://-*.example.com'), 'error', 'origin-invalid-host'],
  ])
})

t.test('a harmless spelling is read as the one that browsers use', async t => {
  for (const [text, normalised] of [
    ['https://example.com/', 'https://example.com'],
    ['HTTPS://Example.COM', 'https://example.com'],
    ['https://example.com:443', 'https://example.com'],
    ['http://*.Example.com:80', 'http://*.example.com'],
    ['https://Shop-*.Example.com/', 'https://shop-*.example.com'],
    ['http://[0:0:0:0:0:0:0:1]:9090', 'http://[::1]:9090'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://*.bücher.example', 'https://*.xn--bcher-kva.example'],
    ['/https:\\/\\/a\\.example\\.com/gi', '/https:\\/\\/a\\.example\\.com/'],
  ] as const) {
    const { policies, problems } = compilePolicies({ ...shopSettings, ...origin(text) })
    t.match(problems, [
      {
        severity: 'warning',
        code: 'origin-normalised',
        normalised,
        correction: normalised,
        item: text,
      },
    ])
    t.equal(problems.length, 1)
    if (normalised.startsWith('/')) continue
    const sent = normalised.replace('*', 'x')
    t.equal(policies.global.origins.match(sent)?.entry, text, `${sent} is covered`)
  }
})

t.test(
  'a dangerous list is refused, and only warned about where that is allowed by name',
  async t => {
    const withCredentials = (text: string): Partial<PolicySettings> => ({ allowOrigins: [text] })
    check(t, [
      ['*', { allowOrigins: ['*'], allowCredentials: true }, 'error', 'star-with-credentials'],
      ['*', { allowOrigins: ['*'] }, 'warning', 'star-is-public'],
      ['* among others', { allowOrigins: ['*', shop] }, 'error', 'conflict', '*'],
      ['https://*', withCredentials('https://*'), 'error', 'scheme-wildcard-with-credentials'],
      [
        'https://*:8443',
        withCredentials('https://*:8443'),
        'error',
        'scheme-wildcard-with-credentials',
      ],
      [
        'any extension',
        withCredentials('chrome-extension://*'),
        'error',
        'scheme-wildcard-with-credentials',
      ],
      ['null', origin('null'), 'error', 'origin-null'],
      ['null with credentials', withCredentials('null'), 'error', 'null-with-credentials'],
      [
        'plain http',
        withCredentials('http://example.com'),
        'error',
        'insecure-origin-with-credentials',
        'https://example.com',
      ],
      [
        'plain http',
        withCredentials('http://*.example.com:81'),
        'error',
        'insecure-origin-with-credentials',
        'https://*.example.com:81',
      ],
      [
        'plain http',
        withCredentials('http://shop-*.example.com'),
        'error',
        'insecure-origin-with-credentials',
        'https://shop-*.example.com',
      ],
      [
        'private address',
        withCredentials('http://192.168.1.10:3000'),
        'error',
        'insecure-origin-with-credentials',
      ],
      [
        'plain http in an expression',
        withCredentials('/https?:\\/\\/a\\.example\\.com/'),
        'error',
        'insecure-origin-with-credentials',
      ],
      [
        'github.io',
        withCredentials('https://*.github.io'),
        'error',
        'public-suffix-wildcard-with-credentials',
      ],
      ['com', withCredentials('https://*.com'), 'error', 'public-suffix-wildcard-with-credentials'],
      [
        'co.uk',
        withCredentials('https://*.co.uk'),
        'error',
        'public-suffix-wildcard-with-credentials',
      ],
      [
        'in a label',
        withCredentials('https://*-preview.vercel.app'),
        'error',
        'public-suffix-wildcard-with-credentials',
      ],
      [
        'in a label',
        withCredentials('https://shop-*.pages.dev'),
        'error',
        'public-suffix-wildcard-with-credentials',
      ],
      [
        'own domain',
        withCredentials('https://*.example.com'),
        'warning',
        'subdomain-wildcard-with-credentials',
      ],
      [
        'own zone',
        withCredentials('https://*.corp.internal'),
        'warning',
        'subdomain-wildcard-with-credentials',
      ],
      [
        'below a suffix',
        withCredentials('https://*.me.github.io'),
        'warning',
        'subdomain-wildcard-with-credentials',
      ],
    ])
    const unsafeAllow = ['null-origin', 'insecure-origins', 'public-suffix-wildcards'] as const
    check(t, [
      ['null', { ...origin('null'), unsafeAllow }, 'warning', 'origin-null'],
      [
        'null with credentials',
        { allowOrigins: ['null'], unsafeAllow },
        'error',
        'null-with-credentials',
      ],
      [
        'plain http',
        { allowOrigins: ['http://example.com'], unsafeAllow },
        'warning',
        'insecure-origin-with-credentials',
        'https://example.com',
      ],
      [
        'github.io',
        { allowOrigins: ['https://*.github.io'], unsafeAllow },
        'warning',
        'public-suffix-wildcard-with-credentials',
      ],
      [
        'https://*',
        { allowOrigins: ['https://*'], unsafeAllow },
        'error',
        'scheme-wildcard-with-credentials',
      ],
    ])
    const one = problemsOf({
      allowOrigins: ['http://a.example', 'null'],
      unsafeAllow: ['null-origin'],
    })
    t.match(
      one[0],
      { severity: 'error', code: 'insecure-origin-with-credentials' },
      'one name, one danger',
    )
  },
)

t.test('methods', async t => {
  const methods = (...allowMethods: string[]): Partial<PolicySettings> => ({ allowMethods })
  check(t, [
    ['no token', methods('résumé'), 'error', 'method-invalid'],
    ['empty', methods(''), 'error', 'method-invalid'],
    ['two in one', methods('GET POST'), 'error', 'method-invalid'],
    ['CONNECT', methods('CONNECT'), 'error', 'method-forbidden'],
    ['trace', methods('trace'), 'error', 'method-forbidden'],
    ['TRACK', methods('TRACK'), 'error', 'method-forbidden'],
    ['patch', methods('patch'), 'error', 'method-case', 'PATCH'],
    ['Get', methods('Get'), 'error', 'method-case', 'GET'],
    ['one that the listener cannot read', methods('CHICKEN'), 'error', 'method-unknown'],
  ])
  t.strictSame(problemsOf(methods('PROPFIND', 'QUERY', '*')), [], 'what the listener reads is fine')
})

t.test('request headers', async t => {
  const headers = (...allowHeaders: string[]): Partial<PolicySettings> => ({ allowHeaders })
  check(t, [
    ['empty', headers(''), 'error', 'request-header-invalid'],
    ['blank', headers('X Foo'), 'error', 'request-header-invalid'],
    ['line break', headers('X-A\r\nSet-Cookie: a=1'), 'error', 'request-header-invalid'],
    ['Cookie', headers('Cookie'), 'error', 'request-header-forbidden'],
    ['Sec-Foo', headers('Sec-Foo'), 'error', 'request-header-forbidden'],
    ['proxy-x', headers('proxy-x'), 'error', 'request-header-forbidden'],
    ['Origin', headers('Origin'), 'error', 'request-header-forbidden'],
    ['ACRM', headers('Access-Control-Request-Method'), 'error', 'request-header-forbidden'],
    ['ACAO', headers('Access-Control-Allow-Origin'), 'error', 'request-header-is-response-header'],
    [
      'ACEH',
      headers('access-control-expose-headers'),
      'error',
      'request-header-is-response-header',
    ],
    [
      'star without credentials',
      { ...headers('*'), allowCredentials: false },
      'warning',
      'wildcard-excludes-authorization',
      '*,authorization',
    ],
  ])
  const both = { ...headers('*', 'Authorization'), allowCredentials: false }
  t.strictSame(problemsOf(both), [], 'a star and authorization')
})

t.test('exposed headers', async t => {
  const expose = (...exposeHeaders: string[]): Partial<PolicySettings> => ({ exposeHeaders })
  check(t, [
    ['no token', expose('a b'), 'error', 'expose-invalid'],
    ['Set-Cookie', expose('Set-Cookie'), 'error', 'expose-forbidden'],
    ['set-cookie2', expose('set-cookie2'), 'error', 'expose-forbidden'],
    ['Origin', expose('Origin'), 'error', 'expose-is-request-header'],
    ['ACRM', expose('Access-Control-Request-Method'), 'error', 'expose-is-request-header'],
    ['ACMA', expose('Access-Control-Max-Age'), 'error', 'expose-is-preflight-header'],
    ['ACAM', expose('Access-Control-Allow-Methods'), 'error', 'expose-is-preflight-header'],
    ['Authorization', expose('Authorization'), 'warning', 'expose-request-header-name'],
    [
      'everything to everybody',
      { ...expose('*'), allowOrigins: ['*'] },
      'warning',
      'expose-all-to-everyone',
    ],
  ])
  t.strictSame(problemsOf(expose('ETag', 'Content-Type', 'X-Total')), [])
})

t.test('numbers', async t => {
  check(t, [
    ['over a day', { maxAge: 86_401 }, 'error', 'max-age-range', '24h'],
    ['below nothing', { maxAge: -1 }, 'error', 'max-age-range', 'unset'],
    ['half a second', { maxAge: 0.5 }, 'error', 'max-age-range', '1'],
    ['longer than Chromium remembers', { maxAge: 86_400 }, 'info', 'max-age-range'],
    ['a redirect', { preflightStatus: 301 }, 'error', 'preflight-status-range', '204'],
    ['created', { preflightStatus: 201 }, 'error', 'preflight-status-range', '204'],
  ])
  for (const maxAge of [undefined, 0, 600, 7200]) t.strictSame(problemsOf({ maxAge }), [])
})

t.test('what stands in for a missing origin', async t => {
  const fallback = (originFallback: string): Partial<PolicySettings> => ({ originFallback })
  check(t, [
    ['Host', fallback('Host'), 'error', 'origin-header-not-suitable'],
    ['Referer', fallback('referer'), 'error', 'origin-header-not-suitable'],
    ['X-Forwarded-Host', fallback('X-Forwarded-Host'), 'error', 'origin-header-not-suitable'],
    ['Origin', fallback('Origin'), 'error', 'origin-header-not-suitable'],
    ['a wildcard', fallback('https://*.example.com'), 'error', 'static-needs-one-exact-origin'],
    ['any port', fallback('https://a.example:*'), 'error', 'static-needs-one-exact-origin'],
    ['*', fallback('*'), 'error', 'static-needs-one-exact-origin'],
    ['null', fallback('null'), 'error', 'static-needs-one-exact-origin'],
    ['two', fallback(`${shop},${shop}`), 'error', 'static-needs-one-exact-origin'],
    ['a host', fallback('shop.example.com'), 'error', 'static-needs-one-exact-origin', shop],
    ['a path', fallback(`${shop}/x`), 'error', 'static-needs-one-exact-origin', shop],
    [
      'one not allowed',
      fallback('https://other.example'),
      'error',
      'static-needs-one-exact-origin',
    ],
  ])
  t.match(problemsOf(fallback('Host'))[0]?.reason, /has no scheme/, 'Host is explained')
  t.strictSame(problemsOf(fallback(shop)), [])
  t.strictSame(problemsOf(fallback('X-Original-Origin')), [])
})

t.test('path policies', async t => {
  const paths = (...matches: string[]): Partial<PolicySettings> => ({
    paths: matches.map(match => ({ match, maxAge: 5 })),
  })
  check(t, [
    ['no slash', paths('api/'), 'error', 'value-invalid', '/api/'],
    ['a glob', paths('/api/*'), 'error', 'value-invalid', '/api/'],
    ['a query', paths('/api/?x'), 'error', 'value-invalid', '/api/'],
    ['dots', paths('/a/../b'), 'error', 'value-invalid', '/b'],
    ['escaped letters', paths('/%61pi/'), 'error', 'value-invalid', '/api/'],
    ['letters that need escapes', paths('/café/'), 'error', 'value-invalid', '/caf%C3%A9/'],
    ['an escaped slash', paths('/a%2fb'), 'error', 'value-invalid', '/a/b'],
    ['a parameter', paths('/a;x/b'), 'error', 'value-invalid'],
    ['an escape twice', paths('/a%252fb'), 'error', 'value-invalid'],
    ['a broken escape', paths('/a%zz'), 'error', 'value-invalid'],
    ['a blank', paths('/a b/'), 'error', 'value-invalid', '/a%20b/'],
    ['an empty segment', paths('/a//b'), 'error', 'value-invalid'],
    ['the same twice', paths('/api/', '/api/'), 'error', 'conflict'],
    ['nobody', { paths: [{ match: '/x/', allowOrigins: [] }] }, 'error', 'origin-missing'],
    ['a private network', { allowPrivateNetwork: true }, 'warning', 'private-network-legacy'],
  ])
  t.match(
    problemsOf({ paths: [{ match: '/x/', allowOrigins: [shop, 'example.com'] }] }),
    [{ path: '/x/', option: 'allowOrigins', item: 'example.com', index: 2 }],
    'are checked like the global one, and named',
  )
  t.match(
    problemsOf({ allowCredentials: true, paths: [{ match: '/x/', allowOrigins: ['*'] }] }),
    [{ path: '/x/', code: 'star-with-credentials' }],
    'with what they inherit',
  )
  t.equal(
    problemsOf({ allowMethods: ['TRACE'], paths: [{ match: '/x/', maxAge: 5 }] }).length,
    1,
    'but what is inherited is reported once',
  )
})

t.test('an empty list', async t => {
  check(t, [['nobody', { allowOrigins: [] }, 'warning', 'origin-missing']])
  const paths = [{ match: '/x/', allowOrigins: [shop] }]
  t.strictSame(problemsOf({ allowOrigins: [], paths }), [], 'is meant where a path has its own')
  t.strictSame(problemsOf({ allowOrigins: [], onDisallowed: 'public' }), [], 'or all may read')
})

t.test('none', async t => {
  const paths = [{ match: '/x/', allowOrigins: ['none'] }]
  t.strictSame(problemsOf({ allowOrigins: ['none'] }), [], 'is an empty list that is meant')
  t.strictSame(problemsOf({ paths }), [], 'of a path, too')
  check(t, [
    ['among others', { allowOrigins: ['none', shop] }, 'error', 'conflict', 'none'],
    [
      'among all',
      { allowOrigins: ['*', 'none'], allowCredentials: false },
      'error',
      'conflict',
      'none',
    ],
  ])
  const { policies } = compilePolicies({ ...shopSettings, onDisallowed: 'public', paths })
  const asked = actual({ target: '/x/y', origin: shop })
  for (const origin of [shop, 'https://evil.test', 'null']) {
    t.equal(decide(policies, { ...asked, origin }).allowOrigin, undefined, `lets ${origin} out`)
  }
  t.equal(decide(policies, { ...asked, target: '/y' }).allowOrigin, shop, 'and nobody elsewhere')
})

t.test('every problem is found at once, with its place', async t => {
  t.match(
    problemsOf({
      allowOrigins: [shop, 'http://example.com', 'https://example.com/a'],
      allowMethods: ['GET', 'CONNECT'],
      maxAge: 86_401,
      originFallback: 'Host',
    }),
    [
      { code: 'insecure-origin-with-credentials', index: 2, item: 'http://example.com' },
      { code: 'origin-has-path', index: 3, item: 'https://example.com/a' },
      { code: 'method-forbidden', index: 2, option: 'allowMethods' },
      { code: 'max-age-range', option: 'maxAge', item: '86401' },
      { code: 'origin-header-not-suitable', option: 'originFallback', item: 'Host' },
    ],
  )
})

t.test(
  'a list with errors still compiles to something that allows no more than the rest',
  async t => {
    const { policies } = compilePolicies({
      ...shopSettings,
      allowOrigins: [shop, 'example.com', '/(a+)+/', '/(/'],
    })
    t.ok(policies.global.origins.match(shop))
    t.notOk(policies.global.origins.match('https://example.com'))
  },
)
