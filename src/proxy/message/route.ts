import type { SecureContextOptions } from 'node:tls'

/** Where the API is: one destination from the configuration. */
export interface UpstreamAddress {
  readonly protocol: 'http:' | 'https:' | 'unix:'
  /** Host name or address, IPv6 without brackets; empty for a unix socket. */
  readonly hostname: string
  readonly port: number
  readonly socketPath: string | undefined
  /** Path that every request target is appended to, without a trailing slash; may be empty. */
  readonly basePath: string
}

/** How connections to `https` upstreams are made. */
export interface UpstreamTls extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  /** True switches verification off. */
  readonly insecure: boolean
}

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
  /** Host and port as they stand in a `Host` line. */
  readonly authority: string
  /** The value to send as `Host`; undefined passes the client's. */
  readonly host: string | undefined
  /** `scheme://authority`: what `upstreamOrigin=rewrite` sends as `Origin`. */
  readonly origin: string
}

/** Compiles routes, longest prefix first. */
export function compileRoutes(settings: readonly RouteSettings[]): readonly Route[] {
  return settings.map(compileRoute).sort((a, b) => b.prefix.length - a.prefix.length)
}

function compileRoute({ prefix, upstream, stripPrefix, hostHeader }: RouteSettings): Route {
  const authority = authorityOf(upstream)
  return {
    prefix,
    stripPrefix,
    upstream,
    authority,
    host: hostHeader === 'upstream' ? authority : hostHeader === 'client' ? undefined : hostHeader,
    origin: `${upstream.protocol === 'https:' ? 'https' : 'http'}://${authority}`,
  }
}

function authorityOf({ protocol, hostname, port }: UpstreamAddress): string {
  if (protocol === 'unix:') return 'localhost'
  const host = hostname.includes(':') ? `[${hostname}]` : hostname
  return port === (protocol === 'https:' ? 443 : 80) ? host : `${host}:${port}`
}

/**
 * The route of a target, or undefined when no prefix covers it. A prefix covers whole path
 * segments: `/api` covers `/api`, `/api/x` and `/api?x`, not `/apix`.
 */
export function routeFor(routes: readonly Route[], target: string): Route | undefined {
  for (const route of routes) {
    if (covers(route.prefix, target)) return route
  }
  return undefined
}

function covers(prefix: string, target: string): boolean {
  if (prefix === '/') return true
  if (!target.startsWith(prefix)) return false
  if (prefix.endsWith('/') || target.length === prefix.length) return true
  const next = target.charCodeAt(prefix.length)
  return next === 0x2f || next === 0x3f
}

/**
 * Whether the path could name another route to the upstream than it does to us: dot segments,
 * plain or escaped, an escaped slash or backslash, or a backslash.
 */
export function isAmbiguousPath(target: string): boolean {
  const query = target.indexOf('?')
  const end = query === -1 ? target.length : query
  for (let at = 0; at < end; at++) {
    const code = target.charCodeAt(at)
    if (code === 0x5c) return true
    if (code === 0x25) {
      const escaped = target.slice(at + 1, at + 3).toLowerCase()
      if (escaped === '2f' || escaped === '5c' || escaped === '2e') return true
    }
    if (code === 0x2f && target.charCodeAt(at + 1) === 0x2e) {
      const rest = target.slice(at + 1, Math.min(end, at + 4))
      if (rest === '.' || rest === '..' || rest.startsWith('./') || rest === '../') return true
    }
  }
  return false
}

/** The target to ask the upstream for: the prefix taken off if wished, the base path put before. */
export function upstreamTarget(route: Route, target: string): string {
  const { basePath } = route.upstream
  if (target === '*') return target
  let path = target
  if (route.stripPrefix && route.prefix !== '/') {
    const length = route.prefix.endsWith('/') ? route.prefix.length - 1 : route.prefix.length
    path = path.slice(length)
    if (path.charCodeAt(0) !== 0x2f) path = `/${path}`
  }
  return basePath === '' ? path : basePath + path
}
