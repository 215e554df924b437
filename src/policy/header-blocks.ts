// The parts of every answer that do not depend on the request, written out once per policy.

import type { PolicyRules } from './policy-rules.js'

/** Flat name/value arrays, shared by all requests: never changed, only copied from. */
export interface HeaderBlocks {
  /** What `Vary` must list on everything but a preflight; empty for a policy of `*`. */
  readonly vary: readonly string[]
  /** What `Vary` must list on a preflight, also on a refused one. */
  readonly preflightVary: readonly string[]
  /** `Vary` of our own answer to a preflight. */
  readonly preflightVaryValue: string
  /** Follows the allowed origin in a preflight answer, with credentials and without. */
  readonly preflight: {
    readonly credentialed: readonly string[]
    readonly plain: readonly string[]
  }
  /** Follows the allowed origin in any other answer. Lacks what must be read from the upstream. */
  readonly actual: { readonly credentialed: readonly string[]; readonly plain: readonly string[] }
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
  return {
    vary: rules.origins.any ? [] : ['Origin', ...fallback],
    preflightVary,
    preflightVaryValue: preflightVary.join(', '),
    preflight: {
      credentialed: preflightBlock(rules, true),
      plain: preflightBlock(rules, false),
    },
    actual: { credentialed: actualBlock(rules, true), plain: actualBlock(rules, false) },
  }
}

/** With credentials a browser reads `*` as a plain name, so there the answer echoes what was asked. */
function preflightBlock(rules: PolicyRules, credentialed: boolean): string[] {
  const block: string[] = []
  if (credentialed) block.push('Access-Control-Allow-Credentials', 'true')
  if (rules.methods !== '*') {
    const methods = [...rules.methods].join(', ')
    if (methods !== '') block.push('Access-Control-Allow-Methods', methods)
  } else if (!credentialed) {
    block.push('Access-Control-Allow-Methods', '*')
  }
  if (rules.headers !== '*') {
    const headers = [...rules.headers].sort().join(', ')
    if (headers !== '') block.push('Access-Control-Allow-Headers', headers)
  } else if (!credentialed) {
    block.push('Access-Control-Allow-Headers', rules.listsAuthorization ? '*, authorization' : '*')
  }
  if (rules.maxAge !== undefined) block.push('Access-Control-Max-Age', String(rules.maxAge))
  return block
}

function actualBlock(rules: PolicyRules, credentialed: boolean): string[] {
  const block: string[] = []
  if (credentialed) block.push('Access-Control-Allow-Credentials', 'true')
  if (rules.upstreamCors === 'merge-expose') return block
  if (rules.exposeHeaders === '*') {
    if (!credentialed) block.push('Access-Control-Expose-Headers', '*')
  } else if (rules.exposeHeaders.length > 0) {
    block.push('Access-Control-Expose-Headers', rules.exposeHeaders.join(', '))
  }
  return block
}
