// What is wrong with something that a person wrote, from an entry of a list to a whole file.

/** Stable names of what can be wrong, shown by `check --json`. A closed list. */
export type FindingCode = PolicyCode | ValueCode

/** Codes about the CORS policy itself. */
export type PolicyCode =
  | 'origin-missing-scheme'
  | 'origin-has-path'
  | 'origin-has-query'
  | 'origin-has-userinfo'
  | 'origin-empty-host'
  | 'origin-wildcard-position'
  | 'origin-wildcard-missing-dot'
  | 'origin-wildcard-on-ip'
  | 'origin-bad-port'
  | 'origin-noncanonical-ip'
  | 'origin-ipv4-mapped-ipv6'
  | 'origin-ipv6-zone'
  | 'origin-file-scheme'
  | 'origin-null'
  | 'origin-invalid-host'
  | 'origin-not-one'
  | 'origin-empty-entry'
  | 'origin-missing'
  | 'origin-normalised'
  | 'star-with-credentials'
  | 'star-is-public'
  | 'scheme-wildcard-with-credentials'
  | 'regex-matches-probe-origins'
  | 'regex-unescaped-dot'
  | 'regex-unsafe'
  | 'regex-unanchored'
  | 'insecure-origin-with-credentials'
  | 'public-suffix-wildcard-with-credentials'
  | 'subdomain-wildcard-with-credentials'
  | 'null-with-credentials'
  | 'method-invalid'
  | 'method-forbidden'
  | 'method-case'
  | 'method-unknown'
  | 'request-header-invalid'
  | 'request-header-forbidden'
  | 'request-header-is-response-header'
  | 'expose-invalid'
  | 'expose-forbidden'
  | 'expose-is-request-header'
  | 'expose-is-preflight-header'
  | 'expose-request-header-name'
  | 'expose-all-to-everyone'
  | 'wildcard-excludes-authorization'
  | 'max-age-range'
  | 'preflight-status-range'
  | 'static-needs-one-exact-origin'
  | 'origin-header-not-suitable'
  | 'private-network-legacy'
  | 'preset-old'

/** Codes about any other value. */
export type ValueCode =
  | 'value-invalid'
  | 'value-range'
  | 'unknown-name'
  | 'conflict'
  | 'unreadable-file'
  | 'unsafe-environment'
  | 'every-host'

/** `info` is worth reading once; it never stops a start, not even a strict one. */
export type Severity = 'error' | 'warning' | 'info'

/** What is wrong with a value; it knows neither the name the value was given by nor its source. */
export interface Finding {
  readonly severity: Severity
  readonly code: FindingCode
  /** The item that is wrong, as the person wrote it; undefined when it must not be shown. */
  readonly item?: string | undefined
  /** Its place in a list, counted from 1. */
  readonly index?: number | undefined
  /** Continues the sentence that begins with the item: `is not an origin, because it has a path`. */
  readonly reason: string
  /** Text that would be right, ready to paste in place of the item. */
  readonly correction?: string | undefined
  /** What a harmless spelling was read as. */
  readonly normalised?: string | undefined
  /** A sentence in place of `Write CORRECTION`, where the cure is not one text. */
  readonly advice?: string | undefined
  /** Where inside a structured value, written behind its name: `[/api].maxAge`. */
  readonly within?: string | undefined
}

export function finding(
  severity: Severity,
  code: FindingCode,
  reason: string,
  more: Partial<Finding> = {},
): Finding {
  return { severity, code, reason, ...more }
}

export const error = (code: FindingCode, reason: string, more?: Partial<Finding>): Finding =>
  finding('error', code, reason, more)

export const warning = (code: FindingCode, reason: string, more?: Partial<Finding>): Finding =>
  finding('warning', code, reason, more)
