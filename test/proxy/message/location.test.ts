import t from 'tap'
import { publicLocation } from '../../../src/proxy/message/location.js'
import { madeUpRoute } from '../made-up-request.js'

const publicBase = 'https://pub.test'
const sentHost = 'pub.test'

t.test('a redirect of http://up.test:8080 is', async t => {
  for (const [what, location, expected] of [
    ['brought back', 'http://up.test:8080/b?x=1#f', 'https://pub.test/b?x=1#f'],
    ['brought back in any case', 'HTTP://UP.test:8080/B', 'https://pub.test/B'],
    ['brought back without a path', 'http://up.test:8080', 'https://pub.test'],
    ['brought back with only a query', 'http://up.test:8080?q', 'https://pub.test/?q'],
    ['brought back from the Host that was sent', 'http://pub.test/b', 'https://pub.test/b'],
    ['brought back from its default port', 'http://pub.test:80/b', 'https://pub.test/b'],
    ['left alone for another host', 'https://idp.test/login', 'https://idp.test/login'],
    ['left alone for another port', 'http://up.test:81/b', 'http://up.test:81/b'],
    [
      'left alone behind a user',
      'http://up.test:8080@evil.test/',
      'http://up.test:8080@evil.test/',
    ],
    ['left alone when relative', '../b?x=1', '../b?x=1'],
    ['left alone when a path', '/b', '/b'],
    ['left alone without a scheme', '//up.test:8080/b', '//up.test:8080/b'],
    ['left alone in another scheme', 'myapp://up.test:8080/', 'myapp://up.test:8080/'],
    ['left alone when empty', '', ''],
  ] as const) {
    t.test(what, async t => {
      t.equal(publicLocation(location, madeUpRoute(), sentHost, publicBase), expected)
    })
  }
})

t.test('with a base path and a prefix that was taken off, it is', async t => {
  const route = madeUpRoute({ prefix: '/api', stripPrefix: true, basePath: '/v1' })
  for (const [what, location, expected] of [
    ['brought back whole', 'http://up.test:8080/v1/b', 'https://pub.test/api/b'],
    ['brought back for a path', '/v1/b?q', '/api/b?q'],
    ['brought back for the base itself', '/v1', '/api/'],
    ['brought back for a query at the base', '/v1?q', '/api/?q'],
    ['left alone outside the base, as with the prefix put on', '/api/b', '/api/b'],
    ['left alone outside the base', '/login', '/login'],
    ['left alone where the base is only a beginning', '/v10/b', '/v10/b'],
    ['left alone outside the base, absolute too', 'http://up.test:8080/b', 'http://up.test:8080/b'],
  ] as const) {
    t.test(what, async t => {
      t.equal(publicLocation(location, route, sentHost, publicBase), expected)
    })
  }
  t.test('left alone where the upstream has put the prefix on', async t => {
    const stripped = madeUpRoute({ prefix: '/api', stripPrefix: true })
    for (const [location, expected] of [
      ['/api/b?q', '/api/b?q'],
      ['/api', '/api'],
      ['/apis', '/api/apis'],
      ['http://pub.test/api/b', 'https://pub.test/api/b'],
      ['http://up.test:8080/api/b', 'https://pub.test/api/b'],
      ['http://up.test:8080', 'https://pub.test/api'],
    ] as const) {
      t.equal(publicLocation(location, stripped, sentHost, publicBase), expected)
    }
  })
  t.test('the same for a prefix that ends in a slash', async t => {
    const slashed = madeUpRoute({ prefix: '/api/', stripPrefix: true })
    t.equal(publicLocation('/b', slashed, sentHost, publicBase), '/api/b')
  })
})

t.test('an https upstream has another default port', async t => {
  const route = madeUpRoute({
    upstream: {
      protocol: 'https:',
      hostname: 'up.test',
      port: 443,
      socketPath: undefined,
      basePath: '',
    },
  })
  t.equal(publicLocation('https://up.test:443/b', route, sentHost, publicBase), `${publicBase}/b`)
  t.equal(publicLocation('https://up.test/b', route, sentHost, publicBase), `${publicBase}/b`)
  t.equal(
    publicLocation('https://up.test:80/b', route, sentHost, publicBase),
    'https://up.test:80/b',
  )
})

t.test('a redirect to https of our own address comes back to where we listen', async t => {
  const route = madeUpRoute({ hostHeader: 'upstream' })
  const to = (location: string, base: string) =>
    publicLocation(location, route, 'up.test:8080', base)
  const own = 'http://localhost:8010'
  t.equal(to('https://localhost:8010/login?x', own), 'http://localhost:8010/login?x')
  t.equal(to('https://localhost:8011/login', own), 'https://localhost:8011/login')
  t.equal(to('http://localhost:8010/x', own), 'http://localhost:8010/x')
  t.equal(
    to('http://pub.test/x', 'https://pub.test'),
    'http://pub.test/x',
    'only where we are plain',
  )
})
