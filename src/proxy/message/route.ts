import { noProxies, type OutboundProxies, proxyTo } from '../../terms/outbound-proxy.js'
import { pathReadings, readsOneWay } from '../../terms/path-readings.js'
import {
  authorityOf,
  type Destination,
  destinationOf,
  type UpstreamAddress,
  type UpstreamTls,
} from './address.js'

/** One path prefix and where its requests go. */
export interface RouteSettings {
  /** Literal path prefix; `/` for the upstream that takes all other paths. */
  readonly prefix: string
  readonly upstream: UpstreamAddress
  readonly stripPrefix: boolean
  /** `upstream`, `client`, or a name to send. */
  readonly hostHeader: string
}

/** A compiled route: everything that a request to it needs, computed once. */
export interface Route {
  readonly prefix: string
  readonly stripPrefix: boolean
  readonly upstream: UpstreamAddress
  readonly destination: Destination
  /** For upgrades, which a proxy that is asked for each resource may not understand. */
  readonly upgradeDestination: Destination
  /** Host and port as they stand in a `Host` line. */
  readonly authority: string
  /** The value to send as `Host`; undefined passes the client's. */
  readonly host: string | undefined
  readonly scheme: 'http' | 'https'
  /** The prefix that is taken off, without a slash at its end; empty where none is. */
  readonly publicPrefix: string
  /** The prefix and the base path in every way that servers may read them. */
  readonly prefixReadings: readonly string[]
  readonly baseReadings: readonly string[]
}

/** Compiles routes, longest prefix first. */
export function compileRoutes(
  settings: readonly RouteSettings[],
  tls: UpstreamTls,
  proxies: OutboundProxies = noProxies,
): readonly Route[] {
  return settings
    .map(route => compileRoute(route, tls, proxies))
    .sort((a, b) => b.prefix.length - a.prefix.length)
}

function compileRoute(
  { prefix, upstream, stripPrefix, hostHeader }: RouteSettings,
  tls: UpstreamTls,
  proxies: OutboundProxies,
): Route {
  const authority = authorityOf(upstream)
  const host =
    hostHeader === 'upstream' ? authority : hostHeader === 'client' ? undefined : hostHeader
  const to = (needsTunnel: boolean) => {
    const proxy = proxyTo(upstream, proxies)
    // Asked for a resource, a proxy writes the Host anew from its URL (RFC 9112, 3.2.2).
    const isTunnel = needsTunnel || upstream.protocol === 'https:' || host !== authority
    return destinationOf(upstream, tls, proxy && { proxy, isTunnel })
  }
  return {
    prefix,
    stripPrefix,
    upstream,
    destination: to(false),
    upgradeDestination: to(true),
    authority,
    host,
    scheme: upstream.protocol === 'https:' ? 'https' : 'http',
    publicPrefix: stripPrefix ? prefix.replace(/\/$/u, '') : '',
    prefixReadings: pathReadings(prefix) ?? [prefix],
    baseReadings: pathReadings(upstream.basePath) ?? [upstream.basePath],
  }
}

/**
 * The route of a target: the longest prefix that covers it. `path-ambiguous` when servers could read
 * the path as one of another route, or as one outside the upstream's base path: nobody but the
 * operator decides which upstream a request reaches, and where in it.
 */
export function routeFor(
  routes: readonly Route[],
  target: string,
): Route | 'no-route' | 'path-ambiguous' {
  const last = routes.at(-1) as Route
  if (target === '*') return last
  const takesAll = routes.length === 1 && last.prefix === '/' && last.upstream.basePath === ''
  if (takesAll) return last
  if (readsOneWay(target)) return routeOfPlainPath(routes, target) ?? 'no-route'
  const [path, ...others] = pathReadings(target) ?? []
  if (path === undefined) return 'path-ambiguous'
  const route = routeOfReading(routes, path)
  if (others.some(other => routeOfReading(routes, other) !== route)) return 'path-ambiguous'
  if (route === undefined) return 'no-route'
  return staysInBase(route, target) ? route : 'path-ambiguous'
}

function routeOfPlainPath(routes: readonly Route[], target: string): Route | undefined {
  for (const route of routes) {
    if (covers(route.prefix, target)) return route
  }
  return undefined
}

function routeOfReading(routes: readonly Route[], path: string): Route | undefined {
  return routes.find(route => route.prefixReadings.some(prefix => covers(prefix, path)))
}

/** Dots may lead out of a base path that the client's own path has no name for. */
function staysInBase(route: Route, target: string): boolean {
  if (route.upstream.basePath === '') return true
  const readings = pathReadings(upstreamTarget(route, target))
  return readings?.every(path => route.baseReadings.some(base => covers(base, path))) === true
}

/** A prefix covers whole segments: `/api` covers `/api`, `/api/x` and `/api?x`, not `/apix`. */
function covers(prefix: string, target: string): boolean {
  if (prefix === '/') return true
  if (!target.startsWith(prefix)) return false
  if (prefix.endsWith('/') || target.length === prefix.length) return true
  const next = target.charCodeAt(prefix.length)
  return next === 0x2f || next === 0x3f
}

/** The target to ask the upstream for: the prefix taken off if wished, the base path put before. */
export function upstreamTarget(route: Route, target: string): string {
  const { publicPrefix, upstream } = route
  if (target === '*') return target
  let path = target
  if (publicPrefix !== '') {
    path = path.slice(publicPrefix.length)
    if (path.charCodeAt(0) !== 0x2f) path = `/${path}`
  }
  return upstream.basePath + path
}

/** The value of `Host` that goes up: the upstream's, the client's or a name, as the route has it. */
export function sentHost(route: Route, host: string | undefined): string {
  return route.host ?? host ?? route.authority
}
