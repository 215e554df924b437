// What happened, where, what to do: one shape for everything that is wrong with a configuration.
import { printable } from '../terms/printable.js'

/** Stable names of configuration problems, shown by `check --json`. A closed list. */
export type ProblemCode = PolicyCode | ValueCode

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

/** Codes about any other value. */
export type ValueCode =
  | 'value-invalid'
  | 'value-range'
  | 'unknown-name'
  | 'conflict'
  | 'unreadable-file'
  | 'unsafe-environment'

/** `info` is worth reading once; it never stops a start, not even a strict one. */
export type Severity = 'error' | 'warning' | 'info'

/** What a value type finds wrong with a value; it knows neither name nor source. */
export interface Finding {
  readonly severity: Severity
  readonly code: ProblemCode
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

/** A finding under the name the person used, and the source it came from. */
export interface Problem extends Finding {
  /** The name of another setting without which this would be no problem. */
  readonly related?: string | undefined
  /** `CORS_SIDECAR_ALLOW_ORIGINS`, `--max-age`, or a key of the configuration file. */
  readonly name: string
  /** `environment`, `command line`, or the file. Empty when the fault is that nothing was said. */
  readonly source: string
}

export const error = (code: ProblemCode, reason: string, more: Partial<Finding> = {}): Finding => ({
  severity: 'error',
  code,
  reason,
  ...more,
})

export const warning = (
  code: ProblemCode,
  reason: string,
  more: Partial<Finding> = {},
): Finding => ({ severity: 'warning', code, reason, ...more })

/** True when nothing may be started with these. */
export const hasErrors = (problems: readonly Problem[]): boolean =>
  problems.some(({ severity }) => severity === 'error')

/** The problem as one or two sentences, the second saying what to do. */
export function problemText(problem: Problem): { readonly what: string; readonly cure: string } {
  const where = problem.source === '' ? '' : ` (${problem.source})`
  const other = problem.related === undefined ? '' : `, with ${problem.related}`
  const entry = problem.index === undefined ? '' : `entry ${problem.index}, `
  const item = problem.item === undefined ? '' : `${shown(problem.item)} `
  const cure =
    problem.advice ?? (problem.correction === undefined ? '' : `Write ${problem.correction}`)
  return {
    what: `${problem.name}${problem.within ?? ''}${where}${other}: ${entry}${item}${sentence(problem.reason)}`,
    cure,
  }
}

/** The same in one piece, for a log. */
export function problemSentence(problem: Problem): string {
  const { what, cure } = problemText(problem)
  return cure === '' ? what : `${what} ${cure}`
}

/** All problems under one heading, the way they are printed on standard error. */
export function problemsText(heading: string, problems: readonly Problem[]): string {
  const lines = [heading]
  for (const problem of problems) {
    const { what, cure } = problemText(problem)
    const mark = problem.severity === 'error' ? '' : `${problem.severity}: `
    lines.push(`  ${mark}${what}`)
    if (cure !== '') lines.push(`    ${cure}`)
  }
  return `${lines.join('\n')}\n`
}

/** `2 problems`, `1 problem`. */
export const counted = (count: number, one: string): string =>
  `${count} ${one}${count === 1 ? '' : 's'}`

const sentence = (reason: string): string => (/[.!?]$/.test(reason) ? reason : `${reason}.`)

// Quoted and escaped, so that a blank, a NUL or a line break in the value can be seen and cannot
// forge a line of its own.
const shown = (item: string): string =>
  printable(
    JSON.stringify(item.length > 200 ? `${item.slice(0, 200)}…` : item)
      // An expression is full of backslashes, and is looked for as it was written.
      .replaceAll('\\\\', '\\'),
  )
