import type { OriginMatcher } from './origin-matcher.js'

/** What a policy says, before it is compiled. */
export interface PolicyRules {
  /** The path prefix it serves; empty for the global policy. */
  readonly match: string
  readonly origins: OriginMatcher
  /** In the order they were configured. */
  readonly methods: ReadonlySet<string> | '*'
  /** Lower-case names. */
  readonly headers: ReadonlySet<string> | '*'
  /** Whether `authorization` is listed by name: without credentials, `*` does not cover it. */
  readonly listsAuthorization: boolean
  /** Lower-case names, sorted, safelisted ones left out. */
  readonly exposeHeaders: readonly string[] | '*'
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
  readonly reportOnly: boolean
}
