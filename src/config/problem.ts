// What happened, where, what to do: how everything that is wrong with a configuration is told.
import type { Finding } from '../terms/finding.js'
import { printable } from '../terms/printable.js'

/** A finding under the name the person used, and the source it came from. */
export interface Problem extends Finding {
  /** The name of another setting without which this would be no problem. */
  readonly related?: string | undefined
  /** `CORS_SIDECAR_ALLOW_ORIGINS`, `--max-age`, or a key of the configuration file. */
  readonly name: string
  /** `environment`, `command line`, or the file. Empty when the fault is that nothing was said. */
  readonly source: string
}

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
