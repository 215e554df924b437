// `import FILE`: what another tool was told, as settings of this one.
import { resolve } from 'node:path'
import { type Problem, problemsText } from '../../config/problem.js'
import { readTextFile } from '../../config/read-sources.js'
import { error } from '../../terms/finding.js'
import type { Invocation } from '../command.js'
import { type Imported, notations, type Plain } from './imported.js'
import { importText } from './recognise.js'
import type { Note } from './source-value.js'
import { withoutRefused } from './startable.js'

/** Exits with 0 when the printed settings would start, else with 2. */
export async function importFile(invocation: Invocation): Promise<number> {
  const [file] = invocation.arguments
  if (file === undefined)
    return refuse(invocation, [error('value-invalid', 'is not given', { advice: accepted })])
  const { cwd } = invocation.load
  const result = textOfArgument(cwd, file)
  if ('failure' in result) {
    const reason = `cannot be read: ${result.failure}`
    return refuse(invocation, [error('unreadable-file', reason, { item: file })])
  }
  const readNamed = (path: string) => readTextFile(resolve(cwd, path))
  const { imported, unread } = await importText(result.text, file, readNamed)
  const said = imported.filter(({ settings }) => Object.keys(settings).length > 0)
  const rest = [
    ...imported.filter(each => !said.includes(each)).flatMap(({ warnings }) => warnings),
    ...unread,
  ]
  if (said.length === 0) {
    const findings = rest.map(({ line, text }) =>
      error('value-invalid', `line ${line}: ${text}`, { item: file }),
    )
    const nothing = error('value-invalid', 'holds nothing that can be imported', {
      item: file,
      advice: accepted,
    })
    return refuse(invocation, findings.length > 0 ? findings : [nothing])
  }
  let code = 0
  for (const [at, found] of said.entries()) {
    const { imported: startable, problems } = await withoutRefused(found)
    if (at > 0) invocation.print('\n')
    invocation.print(reportText(startable, problems))
    if (problems.some(({ severity }) => severity === 'error')) code = 2
  }
  if (rest.length > 0) invocation.print(`\n${notesText('Not read', rest)}\n`)
  return code
}

const accepted =
  'Give a file with an Ingress or an HTTPRoute (YAML or JSON), the values of a Helm chart, the configuration of Vite, webpack, Next or Angular, a setupProxy.js or package.json of create-react-app, or a line ALLOWED_URLS=…; - reads standard input.'

function refuse(invocation: Invocation, findings: readonly ReturnType<typeof error>[]): number {
  const problems: Problem[] = findings.map(finding => ({
    ...finding,
    name: 'FILE',
    source: 'command line',
  }))
  invocation.printError(problemsText('Nothing was imported.', problems))
  return 2
}

function textOfArgument(cwd: string, file: string): ReturnType<typeof readTextFile> {
  if (file.startsWith('ALLOWED_URLS=')) return { text: file }
  return readTextFile(file === '-' ? '/dev/stdin' : resolve(cwd, file))
}

const lineOrLast = ({ line }: Note): number => line ?? Number.MAX_SAFE_INTEGER

// In the order of the file, what is about the whole of it last.
function notesText(heading: string, notes: readonly Note[]): string {
  const lines = notes
    .toSorted((a, b) => lineOrLast(a) - lineOrLast(b))
    .map(({ line, text }) => `  - ${line === undefined ? text : `line ${line}: ${text}`}`)
  return [heading, ...new Set(lines)].join('\n')
}

function reportText(imported: Imported, problems: readonly Problem[]): string {
  const blocks = [`From ${imported.title}`, notations(imported)]
  if (imported.warnings.length > 0) blocks.push(notesText('What changes', imported.warnings))
  if (problems.length > 0) {
    const named = problems.map(problem => ({ ...problem, source: '' }))
    blocks.push(problemsText('What cors-sidecar says of these settings', named).trimEnd())
  }
  const { upstream, routes } = imported.settings
  if (upstream === undefined && routes === undefined) {
    blocks.push('The upstream is yours to name: cors-sidecar http://localhost:5000')
  } else if (upstream === undefined && !hasRouteForAll(routes)) {
    blocks.push(
      'The upstream of all other paths is yours to name, the dev server itself for instance: cors-sidecar http://localhost:5173 --config FILE',
    )
  }
  return `${blocks.join('\n\n')}\n`
}

const hasRouteForAll = (routes: Plain | undefined): boolean =>
  Array.isArray(routes) &&
  routes.some(route => typeof route === 'object' && 'prefix' in route && route.prefix === '/')
