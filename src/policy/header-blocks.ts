// The parts of every answer that do not depend on the request, written out once per policy.

import { isolationVary } from './isolation-modes.js'
import { authorization, type NameList } from './name-list.js'
import type { PolicyRules } from './policy-rules.js'

/** Flat name/value arrays, shared by all requests: never changed, only copied from. */
export interface HeaderBlocks {
  /** What `Vary` must list on everything but a preflight; empty for a policy of `*`. */
  readonly vary: VaryNames
  /** What `Vary` must list on a preflight, also on a refused one. */
  readonly preflightVary: VaryNames
  /** Follows the allowed origin in a preflight answer. Lacks what must be read from the request. */
  readonly preflight: Blocks
  /** Follows them where nothing was refused; browsers remember no refusal. */
  readonly maxAge: readonly string[]
  /** Follows the allowed origin in any other answer. */
  readonly actual: Blocks
  /** `Access-Control-Expose-Headers` of those; empty where it must be read from the upstream. */
  readonly expose: Blocks
}

/** Names for `Vary`, and the same as one value. */
interface VaryNames {
  readonly names: readonly string[]
  readonly value: string
}

const asVary = (names: readonly string[]): VaryNames => ({ names, value: names.join(', ') })

/** For answers that name an origin, and for those to everybody (`*`), which never have credentials. */
interface Blocks {
  readonly named: readonly string[]
  readonly everybody: readonly string[]
}

export function writeHeaderBlocks(rules: PolicyRules): HeaderBlocks {
  const fallback =
    rules.originFallback !== undefined && 'header' in rules.originFallback
      ? [rules.originFallback.header]
      : []
  const preflightVary = [
    'Origin',
    'Access-Control-Request-Method',
    'Access-Control-Request-Headers',
    ...(rules.allowPrivateNetwork ? ['Access-Control-Request-Private-Network'] : []),
    ...fallback,
  ]
  const isolation = isolationVary(rules.isolate)
  // Under `*` every page gets the same, unless what is not CORS gets nothing.
  const origin = rules.origins.any && isolation.length === 0 ? [] : ['Origin', ...fallback]
  return {
    vary: asVary([...origin, ...isolation]),
    preflightVary: asVary(preflightVary),
    preflight: {
      named: preflightBlock(rules, rules.named.headers, rules.credentials),
      everybody: preflightBlock(rules, rules.everybody.headers, false),
    },
    maxAge: rules.maxAge === undefined ? [] : ['Access-Control-Max-Age', String(rules.maxAge)],
    actual: { named: credentialsBlock(rules.credentials), everybody: [] },
    expose: {
      named: exposeBlock(rules, rules.named.exposeHeaders, rules.credentials),
      everybody: exposeBlock(rules, rules.everybody.exposeHeaders, false),
    },
  }
}

/**
 * Whether the answer must echo what was asked: a star, which a browser reads as a plain name when
 * credentials are allowed, and prefixes, which it does not know at all.
 * https://fetch.spec.whatwg.org/#http-new-header-syntax
 */
export function needsEcho({ isAny, prefixes }: NameList, credentials: boolean): boolean {
  return isAny ? credentials : prefixes.length > 0
}

const credentialsBlock = (credentials: boolean): readonly string[] =>
  credentials ? ['Access-Control-Allow-Credentials', 'true'] : []

function preflightBlock(rules: PolicyRules, list: NameList, credentials: boolean): string[] {
  const block = [...credentialsBlock(credentials)]
  const { isAny, names } = rules.methods
  if (!isAny && names.size > 0) {
    block.push('Access-Control-Allow-Methods', [...names].join(', '))
  } else if (isAny && !credentials) {
    block.push('Access-Control-Allow-Methods', '*')
  }
  if (needsEcho(list, credentials)) return block
  const listed = list.isAny
    ? ['*', ...list.names.filter(name => name === authorization)]
    : list.names
  if (listed.length > 0) block.push('Access-Control-Allow-Headers', listed.join(', '))
  return block
}

function exposeBlock(rules: PolicyRules, list: NameList, credentials: boolean): readonly string[] {
  if (rules.upstreamCors === 'merge-expose' || needsEcho(list, credentials)) return []
  const listed = list.isAny ? ['*'] : list.names
  return listed.length > 0 ? ['Access-Control-Expose-Headers', listed.join(', ')] : []
}
