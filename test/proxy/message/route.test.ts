import t from 'tap'
import { destinationOf, type UpstreamAddress } from '../../../src/proxy/message/address.js'
import {
  compileRoutes as compile,
  type Route,
  type RouteSettings,
  routeFor,
  sentHost,
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
const compileRoutes = (settings: readonly RouteSettings[]) => compile(settings, { insecure: false })
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
    t.equal((routeFor(routes, target) as Route).prefix, prefix, target)
  }
  t.equal(routeFor(compileRoutes([to('/api')]), '/x'), 'no-route', 'covered by none')
})

t.test('with several routes, a path', async t => {
  const routes = compileRoutes(
    ['/', '/api', '/api/v2', '/my%20api', '/caf%C3%A9', '/a%2Bb'].map(prefix => to(prefix)),
  )
  for (const [what, target, prefix] of [
    [
      'that stays below one in every reading goes there',
      '/api/v4/projects/group%2Fproject',
      '/api',
    ],
    ['may hold dots that stay below it', '/api/x/../y', '/api'],
    ['may hold parameters', '/api/x;v=1', '/api'],
    ['may hold an empty segment', '/api//x', '/api'],
    ['may hold all that in its query', '/api?x=/../%2f\\;', '/api'],
    ['may have its prefix in escapes', '/my%20api/x', '/my%20api'],
    ['may have them in any case', '/caf%c3%a9/x', '/caf%C3%A9'],
    ['may have escapes that need not be', '/a%2bb/x', '/a%2Bb'],
    ['below none of the prefixes may be anything', '/@scope%2fname/x;y//z', '/'],
    ['that leads to another is refused', '/api/../x', undefined],
    ['that may lead to another is refused', '/api/..;/x', undefined],
    ['that begins like another to some is refused', '/api%2Fv2/x', undefined],
    ['that begins like another once decoded is refused', '/%61pi/x', undefined],
    ['whose first segment may be a host is refused', '//x/api/y', undefined],
    ['that nobody can follow is refused', '//..;\\..%2f%252e'.repeat(300), undefined],
  ] as const) {
    t.test(what, async t => {
      const route = routeFor(routes, target)
      t.equal(typeof route === 'string' ? route : route.prefix, prefix ?? 'path-ambiguous')
    })
  }
})

t.test('with a base path, a path', async t => {
  for (const [what, changed, target, isServed] of [
    ['stays below it', {}, '/group%2Fproject/..', true],
    ['never leads out of it', {}, '/../admin', false],
    ['in no reading', {}, '/%2e%2e/admin', false],
    ['by an escaped slash', {}, '/..%2fadmin', false],
    ['by a parameter', {}, '/..;/admin', false],
    ['by way of a folder', {}, '/x/..\\../admin', false],
    ['to a name that begins alike', {}, '/../application', false],
    ['but may lead out and in again, as its own name does', {}, '/../app/x', true],
    ['behind a prefix that is taken off', { prefix: '/p', stripPrefix: true }, '/p/x%2fy', true],
    ['nor leads out there', { prefix: '/p', stripPrefix: true }, '/p/x/../..;/p/y', false],
    ['has a base in escapes', { basePath: '/my%20app' }, '/x%2fy', true],
  ] as const) {
    t.test(what, async t => {
      const routes = [madeUpRoute({ basePath: '/app', ...changed })]
      t.equal(routeFor(routes, target), isServed ? routes[0] : 'path-ambiguous')
    })
  }
})

t.test('with one upstream and no base path, nothing is looked at', async t => {
  const routes = [madeUpRoute()]
  t.equal(routeFor(routes, '/..;/%2e%2e\\x'), routes[0])
})

t.test('the star of OPTIONS belongs to the shortest prefix', async t => {
  t.equal((routeFor(compileRoutes([to('/'), to('/api')]), '*') as Route).prefix, '/')
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
      const [route] = compileRoutes([
        to('/', { upstream: { ...upstream, ...changed }, hostHeader: 'upstream' }),
      ])
      t.strictSame(
        [route?.authority, route && `${route.scheme}://${sentHost(route, 'client.test')}`],
        [authority, origin],
      )
    })
  }
})

t.test('connections can stand in for each other when they lead to', async t => {
  const keyOf = (address: Partial<UpstreamAddress>, tls = {}) =>
    destinationOf({ ...upstream, ...address }, { insecure: false, ...tls }).key
  const https = { protocol: 'https:' } as const
  for (const [where, one, other, isSame] of [
    ['the same place', keyOf({}), keyOf({}), true],
    ['the same place, whatever the base path', keyOf({}), keyOf({ basePath: '/v2' }), true],
    [
      'the same place by the same proof',
      keyOf(https, { ca: 'a' }),
      keyOf(https, { ca: 'a' }),
      true,
    ],
    ['a plain place, whatever proves others', keyOf({}), keyOf({}, { ca: 'a' }), true],
    ['no other port', keyOf({}), keyOf({ port: 81 }), false],
    ['no other host', keyOf({}), keyOf({ hostname: 'other.test' }), false],
    ['no other socket', keyOf({ socketPath: '/a' }), keyOf({ socketPath: '/b' }), false],
    ['no plain place for TLS', keyOf({}), keyOf(https), false],
    ['no other authority', keyOf(https, { ca: 'a' }), keyOf(https, { ca: 'b' }), false],
    ['no other certificate', keyOf(https, { cert: 'a' }), keyOf(https), false],
    ['no other key', keyOf(https, { key: 'a' }), keyOf(https, { key: 'b' }), false],
    [
      'a certificate is no authority',
      keyOf(https, { ca: 'a' }),
      keyOf(https, { cert: 'a' }),
      false,
    ],
    ['an unverified one', keyOf(https, { insecure: true }), keyOf(https), false],
  ] as const) {
    t.equal(one === other, isSame, where)
  }
})
