/**
 * The closed list of reasons. Reply, log, metric, debug header, `explain` and inspector all use
 * these names; nothing else may invent one.
 */
export const reasons = {
  'origin-exact': 'allowed',
  'origin-wildcard': 'allowed',
  'origin-pattern': 'allowed',
  'origin-regex': 'allowed',
  'origin-loopback': 'allowed',
  'any-origin': 'allowed',
  'origin-fallback': 'allowed',
  'public-fallback': 'allowed',
  'no-origin': 'neutral',
  'same-origin': 'neutral',
  'host-not-allowed': 'refused',
  'cross-site': 'refused',
  'origin-not-allowed': 'refused',
  'origin-null': 'refused',
  'malformed-origin': 'refused',
  'method-not-allowed': 'refused',
  'method-forbidden': 'refused',
  'malformed-request-method': 'refused',
  'header-not-allowed': 'refused',
  'header-authorization-not-covered-by-wildcard': 'refused',
  'malformed-request-headers': 'refused',
  'too-many-request-headers': 'refused',
} as const satisfies Record<string, Verdict>

/** What a reason means: a grant, not a CORS matter, or a refusal. */
export type Verdict = 'allowed' | 'neutral' | 'refused'

export type Reason = keyof typeof reasons
