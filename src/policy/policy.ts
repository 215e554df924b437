import { type HeaderBlocks, writeHeaderBlocks } from './header-blocks.js'
import { type NameTable, tableOf } from './name-table.js'
import type { PolicyRules } from './policy-rules.js'

/**
 * The policy group of the settings, as plain data: what {@link Policy} is compiled from.
 * The names are the option names of the interface. Lists hold the items as the person wrote them.
 */
export interface PolicySettings {
  readonly allowOrigins: readonly string[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  /** Unset means true, except for `*`, where it means false. */
  readonly allowCredentials: boolean | undefined
  /** Seconds a browser may reuse a preflight answer; undefined sends no header. */
  readonly maxAge: number | undefined
  /** A header name, or one literal origin. */
  readonly originFallback: string | undefined
  readonly onDisallowed: 'omit' | 'block' | 'public'
  readonly preflight: 'answer' | 'forward'
  readonly preflightStatus: number
  readonly upstreamCors: 'replace' | 'merge-expose' | 'respect'
  readonly upstreamOrigin: 'pass' | 'strip' | 'rewrite'
  readonly allowPrivateNetwork: boolean
  readonly timingAllowOrigin: boolean
  readonly reportOnly: boolean
  readonly unsafeAllow: readonly UnsafeAllow[]
  readonly paths: readonly PathPolicySettings[]
}

export type UnsafeAllow =
  | 'null-origin'
  | 'insecure-origins'
  | 'public-suffix-wildcards'
  | 'open-listen'

/** What a path policy may override. */
export type PathOverrides = Pick<
  PolicySettings,
  | 'allowOrigins'
  | 'allowMethods'
  | 'allowHeaders'
  | 'exposeHeaders'
  | 'allowCredentials'
  | 'maxAge'
  | 'originFallback'
  | 'onDisallowed'
  | 'upstreamCors'
  | 'upstreamOrigin'
  | 'allowPrivateNetwork'
  | 'timingAllowOrigin'
>

/** One entry of `paths`: a literal path prefix and the options it overrides. */
export type PathPolicySettings = { readonly match: string } & Partial<PathOverrides>

/** One compiled set of CORS rules. Immutable: a request keeps the one it began with. */
export interface Policy extends PolicyRules {
  readonly blocks: HeaderBlocks
  /** The names in `headers`; empty for `*`. */
  readonly headerTable: NameTable
}

/** Everything one request is judged by; swapped in one step on reload. */
export interface PolicySet {
  readonly global: Policy
  /** Longest prefix first. */
  readonly paths: readonly Policy[]
}

/** Completes the rules with what every request is judged and answered with. */
export function createPolicy(rules: PolicyRules): Policy {
  const { headers } = rules
  const headerTable = tableOf(headers === '*' ? [] : headers)
  return { ...rules, blocks: writeHeaderBlocks(rules), headerTable }
}

/** Puts the path policies in the order they are tried. */
export function createPolicySet(global: Policy, paths: readonly Policy[]): PolicySet {
  return { global, paths: [...paths].sort((a, b) => b.match.length - a.match.length) }
}
