import { type HeaderBlocks, writeHeaderBlocks } from './header-blocks.js'
import type { Isolate } from './isolation-modes.js'
import type { PolicyRules } from './policy-rules.js'
import type { PresetName } from './presets.js'

/**
 * The policy group of the settings, as plain data: what {@link Policy} is compiled from.
 * The names are the option names of the interface. Lists hold the items as the person wrote them.
 */
export interface PolicySettings {
  readonly allowOrigins: readonly string[]
  readonly allowMethods: readonly string[]
  /** Unset means any header for origins that are named, and {@link headersForEverybody} under `*`. */
  readonly allowHeaders: readonly string[] | undefined
  /** Unset means all of them for origins that are named, and none under `*`. */
  readonly exposeHeaders: readonly string[] | undefined
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
  readonly isolate: Isolate
  /** Sets of header names that are added to the lists. */
  readonly preset: readonly PresetName[]
  readonly reportOnly: boolean
  readonly unsafeAllow: readonly UnsafeAllow[]
  /** The names in `Host` that are served, where they are listed. */
  readonly allowHosts?: readonly string[] | undefined
  readonly paths: readonly PathPolicySettings[]
}

/** What a policy of `*` lets pages send where nothing else is said. */
export const headersForEverybody: readonly string[] = [
  'content-type',
  'authorization',
  'x-requested-with',
]

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
  | 'isolate'
  | 'preset'
>

/** One entry of `paths`: a literal path prefix and the options it overrides. */
export type PathPolicySettings = { readonly match: string } & Partial<PathOverrides>

/** One compiled set of CORS rules. Immutable: a request keeps the one it began with. */
export interface Policy extends PolicyRules {
  readonly blocks: HeaderBlocks
}

/** Everything one request is judged by; swapped in one step on reload. */
export interface PolicySet {
  readonly global: Policy
  /** Longest prefix first. */
  readonly paths: readonly Policy[]
}

/** Completes the rules with what every request is judged and answered with. */
export function createPolicy(rules: PolicyRules): Policy {
  return { ...rules, blocks: writeHeaderBlocks(rules) }
}

/** Puts the path policies in the order they are tried. */
export function createPolicySet(global: Policy, paths: readonly Policy[]): PolicySet {
  return { global, paths: [...paths].sort((a, b) => b.match.length - a.match.length) }
}
