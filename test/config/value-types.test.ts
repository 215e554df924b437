// Text → value or findings.
import t from 'tap'
import { listenAddress, networks, upstreamUrl } from '../../src/config/address-types.js'
import { duration, maxAgeSeconds, size } from '../../src/config/amount-types.js'
import { headerFields, nameList, originList, someOf } from '../../src/config/list-types.js'
import { hostHeader, pathPrefix, routeList } from '../../src/config/structure-types.js'
import { boolean, integer, oneOf, orNone, type ValueType } from '../../src/config/value-types.js'

type Row = readonly [text: unknown, value: unknown]

/** Each text with the value it must give. */
function accepts<T>(what: string, type: ValueType<T>, rows: readonly Row[]): void {
  t.test(`${what} accepts`, async t => {
    for (const [raw, value] of rows) {
      const parsed = type.parse(raw, { split: typeof raw === 'string' })
      t.same(parsed.ok ? parsed.value : parsed.findings, value, JSON.stringify(raw))
    }
  })
}

/** Each text with what is said about it: reason, and the text to write instead. */
function refuses<T>(what: string, type: ValueType<T>, rows: readonly Row[]): void {
  t.test(`${what} refuses`, async t => {
    for (const [raw, said] of rows) {
      const parsed = type.parse(raw, { split: typeof raw === 'string' })
      const [finding] = parsed.ok ? [] : parsed.findings
      t.match([finding?.code, finding?.reason, finding?.correction], said, JSON.stringify(raw))
    }
  })
}

const invalid = 'value-invalid'
const range = 'value-range'

accepts('a time', duration(), [
  ['250ms', 250],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['30', 30_000],
  [30, 30_000],
  ['0', 0],
  ['2147483647ms', 2 ** 31 - 1],
])
refuses('a time', duration({ min: '1ms' }), [
  ['1e3', [invalid, /is not a time/]],
  ['1.5s', [invalid, /is not a time/]],
  ['-5', [invalid, /is negative/]],
  ['2d', [invalid, /hours are the longest unit/, '48h']],
  ['0', [range, /is less than 1ms/]],
  ['2147483648ms', [range, /is more than 596h/]],
  ['10 s', [invalid, /is not a time/]],
  [' 10s', [invalid, /white space around it/, '10s']],
  ['"10s"', [invalid, /has quotes in it/, '10s']],
  ['', [invalid, /is empty/]],
  [null, [invalid, /is empty/]],
  [['10s'], [invalid, /is a list or a group/]],
])

accepts('max-age', maxAgeSeconds, [
  ['10m', 600],
  ['0', 0],
  ['unset', undefined],
  ['-2', -2],
  ['999999999', 999_999_999],
])
refuses('max-age', maxAgeSeconds, [['1500ms', [invalid, /is not whole seconds/, '2s']]])

accepts('a size', size({ min: 0 }), [
  ['64k', 65_536],
  ['10m', 10_485_760],
  ['1G', 1_073_741_824],
  ['16KiB', 16_384],
  ['100', 100],
])
refuses('a size', size({ min: 1024, max: 2048 }), [
  ['1.5k', [invalid, /is not a size/]],
  ['-1', [invalid, /is not a size/]],
  ['10', [range, /is less than 1024 bytes/]],
  ['1m', [range, /is more than 2048 bytes/]],
])

accepts('a switch', boolean, [
  ...['true', 'TRUE', '1', 'yes', 'On', true, 1].map(text => [text, true] as const),
  ...['false', 'False', '0', 'no', 'OFF', false, 0].map(text => [text, false] as const),
])
refuses('a switch', boolean, [
  ['ja', [invalid, /is neither true nor false/]],
  ['TRUE ', [invalid, /white space around it/, 'TRUE']],
  ['', [invalid, /is empty/]],
])

accepts('a number', integer({ min: 1, max: 9 }), [
  ['5', 5],
  [5, 5],
])
refuses('a number', integer({ min: 1, max: 9 }), [
  ['5.5', [invalid, /is not a whole number/]],
  ['abc', [invalid, /is not a whole number/]],
  ['0x5', [invalid, /is not a whole number/]],
  ['-1', [range, /is less than 1/]],
  ['10', [range, /is more than 9/]],
])

accepts('a word', oneOf('omit', 'block'), [
  ['block', 'block'],
  ['Block', 'block'],
])
refuses('a word', oneOf('omit', 'block'), [
  ['blck', [invalid, /is not one of omit, block/, 'block']],
  ['everything', [invalid, /is not one of omit, block/, undefined]],
])

accepts('a value or none', orNone('off', listenAddress), [
  ['off', undefined],
  ['OFF', undefined],
  ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
])

accepts('the origins', originList, [
  ['https://a.test,https://b.test', ['https://a.test', 'https://b.test']],
  [' https://a.test |\n https://b.test ', ['https://a.test', 'https://b.test']],
  ['https://a.test https://b.test', ['https://a.test', 'https://b.test']],
  ['a||b', ['a', '', 'b']],
  ['a,', ['a', '']],
  [',a', ['', 'a']],
  ['', []],
  ['/https://(a|b),c\\.test/,https://d.test', ['/https://(a|b),c\\.test/', 'https://d.test']],
  ['/a b/', ['/a b/']],
  ['/a', ['/a']],
  [
    ['https://a.test', null],
    ['https://a.test', 'null'],
  ],
])
refuses('the origins', originList, [
  ['"https://a.test"', [invalid, /has quotes in it/, 'https://a.test']],
  ['https://a.test\u0000', [invalid, /holds a control character/]],
  [[{}], [invalid, /is not text/]],
])
t.test('a repeated origin is dropped without a word: hints repeat what is listed', async t => {
  t.match(originList.parse('a,b,a', { split: true }), { ok: true, value: ['a', 'b'], findings: [] })
})
t.test('the singular takes its text whole', async t => {
  t.match(originList.parse('a b', { split: false }), { value: ['a b'] })
})

accepts('names', nameList('names'), [
  ['GET, PUT', ['GET', 'PUT']],
  ['GET|PUT,', ['GET', 'PUT']],
  ['', []],
  [
    ['X Foo', ''],
    ['X Foo', ''],
  ],
])

accepts('some words', someOf('a', 'b'), [
  ['A,b', ['a', 'b']],
  ['', []],
])
refuses('some words', someOf('null-origin', 'open-listen'), [
  ['openlisten', [invalid, /is not one of/, 'open-listen']],
])

const fields = headerFields(name => (name === 'host' ? 'is set elsewhere' : undefined))
accepts('header fields', fields, [
  ['X-A: 1', [{ name: 'X-A', value: '1' }]],
  ['X-A: 1, 2; 3', [{ name: 'X-A', value: '1, 2; 3' }]],
  [
    'X-A: 1|X-B: 2\nX-C:',
    [
      ['X-A', '1'],
      ['X-B', '2'],
      ['X-C', ''],
    ].map(([name, value]) => ({ name, value })),
  ],
  [
    'X-A: 1, X-B: 2',
    [
      { name: 'X-A', value: '1' },
      { name: 'X-B', value: '2' },
    ],
  ],
])
refuses('header fields', fields, [
  ['X-A', [invalid, /has no header name/]],
  ['X A: 1', [invalid, /has no header name/]],
  ['Host: x', [invalid, /is set elsewhere/]],
  [['X-A: 1\r\nSet-Cookie: a=1'], [invalid, /line break/]],
  [['X-A: ☃'], [invalid, /headers cannot hold/]],
])

accepts('an address', listenAddress, [
  ['127.0.0.1:8010', { host: '127.0.0.1', port: 8010 }],
  ['[::1]:8010', { host: '::1', port: 8010 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['8010', { host: '127.0.0.1', port: 8010 }],
  [8010, { host: '127.0.0.1', port: 8010 }],
  [':8010', { host: '0.0.0.0', port: 8010 }],
  ['*:8010', { host: '0.0.0.0', port: 8010 }],
  ['unix:/run/a.sock', { path: '/run/a.sock' }],
  ['unix:///run/a.sock', { path: '/run/a.sock' }],
])
refuses('an address', listenAddress, [
  ['999.1.1.1:8010', [invalid, /neither an IP address nor a host name/]],
  ['127.0.0.1:70000', [range, /port out of range/]],
  ['127.0.0.1', [invalid, /is not an address/, '127.0.0.1:8010']],
  ['::1', [invalid, /is not an address/, '[::1]:8010']],
  ['http://127.0.0.1:80/', [invalid, /is not an address/, '127.0.0.1:80']],
  ['tcp://10.0.0.1:8080', [invalid, /is not an address/]],
  ['unix:', [invalid, /names no socket/]],
  [`unix:/${'a'.repeat(107)}`, [range, /longer than the 107 bytes/]],
])

const upstream = (more: object) => ({ socketPath: undefined, basePath: '', ...more })
accepts('an upstream', upstreamUrl, [
  [
    'http://localhost:5000',
    upstream({
      protocol: 'http:',
      hostname: 'localhost',
      port: 5000,
      href: 'http://localhost:5000',
    }),
  ],
  [
    'https://API.example.com/base/',
    upstream({
      protocol: 'https:',
      hostname: 'api.example.com',
      port: 443,
      basePath: '/base',
      href: 'https://api.example.com/base',
    }),
  ],
  [
    'http://[::1]:80/',
    upstream({ protocol: 'http:', hostname: '::1', port: 80, href: 'http://[::1]' }),
  ],
  [
    'unix:/run/api.sock',
    {
      protocol: 'unix:',
      hostname: '',
      port: 0,
      socketPath: '/run/api.sock',
      basePath: '',
      href: 'unix:/run/api.sock',
    },
  ],
])
refuses('an upstream', upstreamUrl, [
  ['api', [invalid, /has no scheme/, 'http://api']],
  ['ws://a.test', [invalid, /WebSockets/, 'http://a.test']],
  ['wss://a.test', [invalid, /WebSockets/, 'https://a.test']],
  ['ftp://a.test', [invalid, /only http, https and unix/]],
  ['http://a.test?x=1', [invalid, /has a query/, 'http://a.test']],
  ['http://a.test/b#c', [invalid, /has a fragment/, 'http://a.test/b']],
  ['http://a.test:0', [invalid, /has port 0/]],
  ['http://a.test:99999', [invalid, /port out of range/]],
  ['http://a.test:', [invalid, /no port/, 'http://a.test']],
  ['http://a test', [invalid, /white space/]],
  ['http://a\\b', [invalid, /backslash/]],
  ['http://a.test\u0000.evil.test', [invalid, /control character/]],
  ['http://a.test/b/../c', [invalid, /dot segments/]],
  ['http://', [invalid, /is not a URL/]],
])
t.test('an upstream never shows the password it carries', async t => {
  const parsed = upstreamUrl.parse('http://me:hunter2@a.test/x', { split: false })
  t.notMatch(JSON.stringify(parsed), /hunter2/)
  t.match(parsed, { ok: false, findings: [{ advice: /^Write http:\/\/a\.test\/x/ }] })
})

accepts('networks', networks, [
  [
    '10.0.0.0/8,192.0.2.7',
    [
      { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
      { address: '192.0.2.7', prefix: 32, family: 'ipv4' },
    ],
  ],
  ['fd00::/8', [{ address: 'fd00::', prefix: 8, family: 'ipv6' }]],
])
refuses('networks', networks, [
  ['true', [invalid, /would trust everybody/]],
  ['*', [invalid, /would trust everybody/]],
  ['0.0.0.0/0', [invalid, /whole internet/]],
  ['::/0', [invalid, /whole internet/]],
  ['10.0.0.0/33', [invalid, /is not a network/]],
  ['10.0.0.0/8/8', [invalid, /is not a network/]],
  ['10.0.0', [invalid, /is not a network/]],
  ['fe80::1%eth0', [invalid, /is not a network/]],
])

accepts('routes', routeList, [
  [
    '/a=http://127.0.0.1:1',
    [
      {
        prefix: '/a',
        upstream: {
          protocol: 'http:',
          hostname: '127.0.0.1',
          port: 1,
          socketPath: undefined,
          basePath: '',
          href: 'http://127.0.0.1:1',
        },
        stripPrefix: undefined,
        hostHeader: undefined,
      },
    ],
  ],
])
refuses('routes', routeList, [
  ['/a', [invalid, /is not a route/]],
  ['/a=http://x,/a=http://y', ['conflict', /is routed twice/]],
  ['/a/../b=http://x', [invalid, /dot segments/, '/b']],
  ['/a=x:1', [invalid, /has no scheme/, 'http://x:1']],
  [
    [{ prefix: '/a', upstream: 'http://x', strip: true }],
    ['unknown-name', /is not known here/, 'stripPrefix'],
  ],
  [[{ prefix: '/a' }], [invalid, /has no upstream/]],
  [5, [invalid, /is not a list of routes/]],
])

accepts('a path prefix', pathPrefix, [
  ['/', '/'],
  ['/a/b', '/a/b'],
])
refuses('a path prefix', pathPrefix, [
  ['a', [invalid, /does not begin with a slash/, '/a']],
  ['/a?b', [invalid, /query or a fragment/, '/a']],
  ['/a/./b', [invalid, /dot segments/, '/a/b']],
  ['/a/%2e%2E/b', [invalid, /dot segments/, '/b']],
  ['/a/*', [invalid, /holds a star/, '/a/']],
  ['/a b', [invalid, /white space/]],
])

accepts('a host', hostHeader, [
  ['Upstream', 'upstream'],
  ['client', 'client'],
  ['api.example.com:8443', 'api.example.com:8443'],
  ['[::1]:80', '[::1]:80'],
])
refuses('a host', hostHeader, [
  ['https://api.example.com/x', [invalid, /Host header/, 'api.example.com']],
  ['a/b', [invalid, /Host header/]],
  ['a, b', [invalid, /Host header/]],
])
