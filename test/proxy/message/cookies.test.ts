import t from 'tap'
import { type CookieRules, relayedCookie } from '../../../src/proxy/message/cookies.js'
import { madeUpRoute } from '../made-up-request.js'

const dev: CookieRules = { cookieRewrite: 'dev', cookiePath: 'map' }

t.test('a cookie in development', async t => {
  for (const [what, line, onHttp, onHttps] of [
    ['stays as it is without attributes', 'a=1', 'a=1', 'a=1'],
    ['belongs to our own host', 'a=1; Domain=.api.test; Path=/', 'a=1; Path=/', 'a=1; Path=/'],
    ['whatever the spelling', 'a=1;DOMAIN = api.test;Path=/', 'a=1;Path=/', 'a=1;Path=/'],
    [
      'is sent over plain HTTP',
      'a=1; Secure; HttpOnly; SameSite=None',
      'a=1; HttpOnly',
      'a=1; Secure; HttpOnly; SameSite=None',
    ],
    [
      'is not partitioned there, which only Secure ones can be',
      'a=1; Path=/; Secure; Partitioned',
      'a=1; Path=/',
      'a=1; Path=/; Secure; Partitioned',
    ],
    ['is sent over plain HTTP, whatever Secure is set to', 'a=1; Secure=0', 'a=1', 'a=1; Secure=0'],
    [
      'keeps what its name asks for',
      '__Host-a=1; Path=/; Secure; SameSite=None; Partitioned',
      '__Host-a=1; Path=/; Secure; SameSite=None; Partitioned',
      '__Host-a=1; Path=/; Secure; SameSite=None; Partitioned',
    ],
    [
      'keeps it in any case, without the domain',
      '__SECURE-a=1; Domain=api.test; Secure',
      '__SECURE-a=1; Secure',
      '__SECURE-a=1; Secure',
    ],
    [
      'keeps it for __Http- names',
      '__Http-a=1; Secure',
      '__Http-a=1; Secure',
      '__Http-a=1; Secure',
    ],
    [
      'keeps it for __Host-Http- names',
      '__Host-Http-a=1; Secure; HttpOnly; Path=/',
      '__Host-Http-a=1; Secure; HttpOnly; Path=/',
      '__Host-Http-a=1; Secure; HttpOnly; Path=/',
    ],
    ['keeps SameSite=Lax', 'a=1; SameSite=Lax', 'a=1; SameSite=Lax', 'a=1; SameSite=Lax'],
    ['keeps a value that reads like an attribute', 'secure=1', 'secure=1', 'secure=1'],
    ['keeps its name, whatever it is', 'Domain=x; Path=/', 'Domain=x; Path=/', 'Domain=x; Path=/'],
    [
      'keeps a date with its comma',
      'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Domain=b',
      'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT',
      'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT',
    ],
  ] as const) {
    t.test(what, async t => {
      t.equal(relayedCookie(line, madeUpRoute(), dev, true), onHttp, 'on a plain-HTTP listener')
      t.equal(relayedCookie(line, madeUpRoute(), dev, false), onHttps, 'on a TLS listener')
    })
  }
})

t.test('the Path of a cookie is brought to this side of', async t => {
  const based = madeUpRoute({ basePath: '/app' })
  const stripped = madeUpRoute({ prefix: '/api', stripPrefix: true })
  const both = madeUpRoute({ prefix: '/api/', stripPrefix: true, basePath: '/v1/app' })
  for (const [what, route, path, expected] of [
    ['a base path', based, '/app', '/'],
    ['a base path, with its slash', based, '/app/', '/'],
    ['a base path, below it', based, '/app/users/', '/users/'],
    ['a base path, above it', based, '/', '/'],
    ['a base path, but not from a name that begins alike', based, '/application', '/application'],
    ['a base path, but not from outside', based, '/other', '/other'],
    ['a prefix', stripped, '/', '/api'],
    ['a prefix, below the root', stripped, '/users', '/api/users'],
    ['a prefix, once', stripped, '/api', '/api'],
    ['a prefix, once, below it', stripped, '/api/users', '/api/users'],
    ['both', both, '/v1/app/users', '/api/users'],
    ['both, at the base', both, '/v1/app', '/api'],
    ['both, above the base', both, '/v1', '/api'],
    ['both, at the root', both, '/', '/api'],
    ['neither, when it is the folder of the request', both, '', ''],
    ['neither, when it is no path', both, 'users', 'users'],
    ['neither, where both sides know the same paths', madeUpRoute(), '/users', '/users'],
  ] as const) {
    t.test(what, async t => {
      for (const cookieRewrite of ['off', 'dev'] as const) {
        const map = { cookieRewrite, cookiePath: 'map' } as const
        const line = `a=1; HttpOnly;path = ${path} ; SameSite=Lax`
        t.equal(
          relayedCookie(line, route, map, true),
          `a=1; HttpOnly;path = ${expected} ; SameSite=Lax`,
        )
        t.equal(relayedCookie(line, route, { ...map, cookiePath: 'keep' }, true), line)
      }
    })
  }
  t.test('neither, for a name that promises every path', async t => {
    const line = '__Host-a=1; Path=/; Secure'
    t.equal(relayedCookie(line, stripped, { ...dev, cookieRewrite: 'off' }, true), line)
  })
  t.test('a prefix, each time it is said', async t => {
    const line = 'a=1; Path=/x; Path=/y'
    t.equal(relayedCookie(line, stripped, dev, true), 'a=1; Path=/api/x; Path=/api/y')
  })
})
