// Problems as the commands print them.
import { counted, hasErrors, type Problem, problemsText } from '../config/problem.js'

/**
 * Problems under a heading that counts them. Where something is wrong, what is merely worth knowing is
 * left out: nobody reads it then.
 */
export function problemsReport(
  heading: (tally: string) => string,
  problems: readonly Problem[],
): string {
  const shown = hasErrors(problems)
    ? problems.filter(({ severity }) => severity !== 'info')
    : problems
  return problemsText(heading(tally(shown)), shown)
}

// `2 problems and 1 warning`
function tally(problems: readonly Problem[]): string {
  const parts = (
    [
      ['error', 'problem'],
      ['warning', 'warning'],
      ['info', 'note'],
    ] as const
  ).flatMap(([severity, word]) => {
    const found = problems.filter(problem => problem.severity === severity).length
    return found === 0 ? [] : [counted(found, word)]
  })
  return parts.join(' and ')
}
