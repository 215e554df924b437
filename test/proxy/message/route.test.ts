import t from 'tap'
import {
  compileRoutes,
  isAmbiguousPath,
  type RouteSettings,
  routeFor,
  type UpstreamAddress,
  upstreamTarget,
} from '../../../src/proxy/message/route.js'
import { madeUpRoute } from '../made-up-request.js'

const upstream: UpstreamAddress = {
  protocol: 'http:',
  hostname: 'up.test',
  port: 80,
  socketPath: undefined,
  basePath: '',
}
const to = (prefix: string, changed: Partial<RouteSettings> = {}): RouteSettings => ({
  prefix,
  upstream,
  stripPrefix: false,
  hostHeader: 'client',
  ...changed,
})

t.test('the longest prefix that covers whole segments is taken', async t => {
  const routes = compileRoutes(['/', '/api', '/api/v2/', '/apis'].map(prefix => to(prefix)))
  for (const [target, prefix] of [
    ['/', '/'],
    ['/api', '/api'],
    ['/api/', '/api'],
    ['/api?x=/apis', '/api'],
    ['/api/v2', '/api'],
    ['/api/v2/', '/api/v2/'],
    ['/api/v2/x', '/api/v2/'],
    ['/apis', '/apis'],
    ['/apix', '/'],
    ['/API', '/'],
    ['/x?/api', '/'],
  ] as const) {
    t.equal(routeFor(routes, target)?.prefix, prefix, target)
  }
  t.equal(routeFor(compileRoutes([to('/api')]), '/x'), undefined, 'covered by none')
})

t.test('a path could mean another route to the upstream when it has', async t => {
  for (const [what, target, isAmbiguous] of [
    ['a double dot', '/api/../admin', true],
    ['a double dot at its end', '/api/..', true],
    ['a single dot', '/api/./x', true],
    ['a single dot at its end', '/api/.', true],
    ['an escaped dot', '/api/%2e%2E/admin', true],
    ['an escaped slash', '/api%2Fx', true],
    ['an escaped backslash', '/api%5cx', true],
    ['a backslash', '/api\\x', true],
    ['a dot before its query', '/api/..?x', true],
    ['no dot segment but a name with dots', '/api/.well-known/a..b/...', false],
    ['all that only in its query', '/api?x=/../%2f\\', false],
    ['two slashes', '/api//x', false],
    ['another escape', '/api/%20', false],
  ] as const) {
    t.test(what, async t => t.equal(isAmbiguousPath(target), isAmbiguous))
  }
})

t.test('the upstream is asked for', async t => {
  for (const [what, changed, target, asked] of [
    ['the target itself', {}, '/a//b?', '/a//b?'],
    ['the target below the base', { basePath: '/v1' }, '/a', '/v1/a'],
    ['the star, which has no base', { basePath: '/v1' }, '*', '*'],
    ['the target without the prefix', { prefix: '/api', stripPrefix: true }, '/api/a?b', '/a?b'],
    ['the root, when that was all', { prefix: '/api', stripPrefix: true }, '/api', '/'],
    ['the root with a query', { prefix: '/api', stripPrefix: true }, '/api?b', '/?b'],
    [
      'a path, when the prefix ends in a slash',
      { prefix: '/api/', stripPrefix: true },
      '/api/a',
      '/a',
    ],
    ['the double slash that was there', { prefix: '/api', stripPrefix: true }, '/api//a', '//a'],
    ['both', { prefix: '/api', stripPrefix: true, basePath: '/v1' }, '/api/a', '/v1/a'],
    ['all of it on the route for everything', { prefix: '/', stripPrefix: true }, '/a', '/a'],
  ] as const) {
    t.test(what, async t => t.equal(upstreamTarget(madeUpRoute(changed), target), asked))
  }
})

t.test('an upstream is named', async t => {
  for (const [what, changed, authority, origin] of [
    ['without its default port', {}, 'up.test', 'http://up.test'],
    ['with another one', { port: 8080 }, 'up.test:8080', 'http://up.test:8080'],
    ['with brackets', { hostname: '::1', port: 81 }, '[::1]:81', 'http://[::1]:81'],
    ['in https', { protocol: 'https:', port: 443 }, 'up.test', 'https://up.test'],
    ['in https on port 80', { protocol: 'https:' }, 'up.test:80', 'https://up.test:80'],
    [
      'as this machine behind a socket',
      { protocol: 'unix:', hostname: '', socketPath: '/s' },
      'localhost',
      'http://localhost',
    ],
  ] as const) {
    t.test(what, async t => {
      const [route] = compileRoutes([to('/', { upstream: { ...upstream, ...changed } })])
      t.strictSame([route?.authority, route?.origin], [authority, origin])
    })
  }
})
