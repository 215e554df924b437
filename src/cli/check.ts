import { loadSettings } from '../config/load.js'
import { counted, type Problem, problemsText, problemText } from '../config/problem.js'
import { type Invocation, isOn } from './command.js'

/** `check`: everything that is wrong with the configuration, each with its cure. */
export async function check(invocation: Invocation): Promise<number> {
  const { ok, problems } = await loadSettings(invocation.load)
  invocation.print(
    isOn(invocation, 'json')
      ? `${JSON.stringify({ ok, problems: problems.map(problemRecord) }, undefined, 2)}\n`
      : problemsText(verdict(ok, problems), problems),
  )
  return ok ? 0 : 2
}

function verdict(ok: boolean, problems: readonly Problem[]): string {
  if (!ok) return `cors-sidecar would not start: ${tally(problems)}.`
  return problems.length === 0
    ? 'The configuration is good.'
    : `The configuration is good, with ${tally(problems)}.`
}

/** `2 problems and 1 warning in the configuration` */
export function tally(problems: readonly Problem[]): string {
  const count = (severity: Problem['severity'], word: string): string[] => {
    const found = problems.filter(problem => problem.severity === severity).length
    return found === 0 ? [] : [counted(found, word)]
  }
  return [
    ...count('error', 'problem'),
    ...count('warning', 'warning'),
    ...count('info', 'note'),
  ].join(' and ')
}

// One shape for programs: the fields are there or absent, never empty, and the sentence is whole.
function problemRecord(problem: Problem): object {
  const { what, cure } = problemText(problem)
  return { ...problem, text: cure === '' ? what : `${what} ${cure}` }
}
