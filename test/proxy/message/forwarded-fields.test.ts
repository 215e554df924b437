import t from 'tap'
import { addForwarded } from '../../../src/proxy/message/forwarded-fields.js'
import {
  asLines,
  type MadeUpRequest,
  madeUpHead,
  madeUpRoute,
  trustedPeer,
} from '../made-up-request.js'

function added(
  made: MadeUpRequest,
  forwardedHeaders: 'append' | 'set' = 'append',
  { tellsHttps = false, route = madeUpRoute() } = {},
): string[] {
  const fields: string[] = []
  addForwarded(fields, madeUpHead(made), route, { forwardedHeaders, tellsHttps })
  return asLines(fields)
}

t.test('what is told of the connection', async t => {
  for (const [what, made, lines] of [
    [
      'is its own address, host and scheme',
      { lines: ['Host: pub.test:8443'] },
      [
        'X-Forwarded-For: 192.0.2.7',
        'X-Forwarded-Proto: http',
        'X-Forwarded-Host: pub.test:8443',
        'X-Forwarded-Port: 8443',
        'Forwarded: for=192.0.2.7;proto=http;host="pub.test:8443"',
      ],
    ],
    [
      'has the default port of its scheme, and brackets around IPv6',
      { isTls: true, peer: '2001:db8::1' },
      [
        'X-Forwarded-For: 2001:db8::1',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: api.test',
        'X-Forwarded-Port: 443',
        'Forwarded: for="[2001:db8::1]";proto=https;host=api.test',
      ],
    ],
    [
      'has no host when the client sent none',
      { version: 10 },
      [
        'X-Forwarded-For: 192.0.2.7',
        'X-Forwarded-Proto: http',
        'X-Forwarded-Port: 80',
        'Forwarded: for=192.0.2.7;proto=http',
      ],
    ],
    [
      'has no address on a unix socket',
      { peer: undefined, lines: ['Host: [::1]'] },
      [
        'X-Forwarded-For: unknown',
        'X-Forwarded-Proto: http',
        'X-Forwarded-Host: [::1]',
        'X-Forwarded-Port: 80',
        'Forwarded: for=unknown;proto=http;host="[::1]"',
      ],
    ],
  ] as const) {
    t.test(what, async t => t.strictSame(added(made), lines))
  }
})

t.test('what was already said', async t => {
  const said = [
    'X-Forwarded-For: 203.0.113.5',
    'X-Forwarded-For: 198.51.100.2',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: pub.test',
    'Forwarded: for=203.0.113.5',
  ]
  t.test('by a trusted peer is kept and appended to', async t => {
    t.strictSame(added({ lines: said, peer: trustedPeer }), [
      `X-Forwarded-For: 203.0.113.5, 198.51.100.2, ${trustedPeer}`,
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: pub.test',
      'X-Forwarded-Port: 443',
      `Forwarded: for=203.0.113.5, for=${trustedPeer};proto=https;host=api.test`,
    ])
  })
  t.test('by a trusted peer is replaced, when nothing is to be appended', async t => {
    const peer = trustedPeer
    t.strictSame(added({ lines: said, peer }, 'set').slice(0, 1), [`X-Forwarded-For: ${peer}`])
  })
  t.test('by anybody else is replaced', async t => {
    t.strictSame(added({ lines: said }), added({}))
  })
})

t.test('the prefix that was taken off is told', async t => {
  const prefixOf = (made: MadeUpRequest, mode: 'append' | 'set', stripPrefix = true) =>
    added(made, mode, {
      route: madeUpRoute({ prefix: '/api/', stripPrefix, basePath: '/v1' }),
    }).find(line => line.startsWith('X-Forwarded-Prefix'))
  const lines = ['X-Forwarded-Prefix: /outer/']
  t.equal(prefixOf({}, 'set'), 'X-Forwarded-Prefix: /api')
  t.equal(prefixOf({}, 'set', false), undefined, 'none where none was')
  t.equal(prefixOf({ lines }, 'append'), 'X-Forwarded-Prefix: /api', 'a stranger knows of none')
  const peer = trustedPeer
  t.equal(prefixOf({ lines, peer }, 'append'), 'X-Forwarded-Prefix: /outer/api', 'behind another')
  t.equal(prefixOf({ lines, peer }, 'append', false), 'X-Forwarded-Prefix: /outer')
  t.equal(prefixOf({ lines, peer }, 'set'), 'X-Forwarded-Prefix: /api')
})

t.test('in development the upstream is told of https, whoever says otherwise', async t => {
  const lines = ['Host: localhost:8010', 'X-Forwarded-Proto: http']
  t.strictSame(added({ lines, peer: trustedPeer }, 'append', { tellsHttps: true }).slice(1), [
    'X-Forwarded-Proto: https',
    'X-Forwarded-Host: localhost:8010',
    'X-Forwarded-Port: 8010',
    'Forwarded: for=10.0.0.9;proto=https;host="localhost:8010"',
  ])
})
