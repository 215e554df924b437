import type { Isolate } from './isolation-modes.js'
import type { NameList } from './name-list.js'
import type { OriginMatcher } from './origin-matcher.js'

/** The header names that a page may send, and those that it may read. */
export interface HeaderLists {
  readonly headers: NameList
  /** Safelisted names are left out. */
  readonly exposeHeaders: NameList
}

/** What a policy says, before it is compiled. */
export interface PolicyRules {
  /** The path prefix it serves; empty for the global policy. */
  readonly match: string
  readonly origins: OriginMatcher
  /** The names in `Host` that are served, where they are listed; only for what is advised. */
  readonly hosts?: readonly string[] | undefined
  /** In the order they were configured; for `*` every method that is served. */
  readonly methods: { readonly isAny: boolean; readonly names: ReadonlySet<string> }
  /** For pages whose origin the answer names. */
  readonly named: HeaderLists
  /** For answers that name nobody: `Access-Control-Allow-Origin: *`. */
  readonly everybody: HeaderLists
  readonly credentials: boolean
  readonly maxAge: number | undefined
  readonly originFallback: { readonly header: string } | { readonly origin: string } | undefined
  readonly onDisallowed: 'omit' | 'block' | 'public'
  readonly preflight: 'answer' | 'forward'
  readonly preflightStatus: number
  readonly upstreamCors: 'replace' | 'merge-expose' | 'respect'
  readonly upstreamOrigin: 'pass' | 'strip' | 'rewrite'
  readonly allowPrivateNetwork: boolean
  readonly timingAllowOrigin: boolean
  readonly isolate: Isolate
  readonly reportOnly: boolean
}
