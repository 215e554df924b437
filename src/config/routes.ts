// What a route comes to once the options it leaves open are known.
import { isLoopbackHost } from '../terms/loopback.js'
import type { Upstream } from './address-types.js'
import type { RouteEntry } from './structure-types.js'

/** Requests below `prefix` go to `upstream`. */
export interface ResolvedRoute {
  readonly prefix: string
  readonly upstream: Upstream
  readonly stripPrefix: boolean
  /** `upstream`, `client`, or the name to send as `Host`. */
  readonly hostHeader: string
}

/** Fills in what the entries leave open, and puts the longest prefix first. */
export const resolveRoutes = (
  entries: readonly RouteEntry[],
  {
    stripPrefix,
    hostHeader,
  }: { readonly stripPrefix: boolean; readonly hostHeader: string | undefined },
): ResolvedRoute[] =>
  entries
    .map(entry => ({
      prefix: entry.prefix,
      upstream: entry.upstream,
      stripPrefix: entry.stripPrefix ?? stripPrefix,
      hostHeader: entry.hostHeader ?? hostHeader ?? defaultHostHeader(entry.upstream),
    }))
    .sort((a, b) => b.prefix.length - a.prefix.length)

/** A program on this machine expects the client's `Host`; a far one its own name. */
export const defaultHostHeader = (upstream: Upstream | undefined): 'client' | 'upstream' =>
  upstream !== undefined && (upstream.protocol === 'unix:' || isLoopbackHost(upstream.hostname))
    ? 'client'
    : 'upstream'
