// `import FILE`: what another tool was told, as settings of this one.
import { resolve } from 'node:path'
import { loadSettings } from '../config/load.js'
import { error, type Problem, problemsText } from '../config/problem.js'
import { parseYaml, readTextFile } from '../config/read-sources.js'
import type { Invocation } from './command.js'
import { importAllowedUrls } from './import-allowed-urls.js'
import { importDevProxy } from './import-dev-proxy.js'
import { importGateway } from './import-gateway.js'
import { importIngress } from './import-ingress.js'
import { groupOf, listOf } from './import-rules.js'
import { type Imported, notations } from './imported.js'

/** Exits with 0 when the printed settings would start, else with 2. */
export async function importFile(invocation: Invocation): Promise<number> {
  const [file] = invocation.arguments
  const found = file === undefined ? missing : await readImported(invocation.load.cwd, file)
  if ('reason' in found) {
    const problem: Problem = { ...found, name: 'FILE', source: 'command line' }
    invocation.printError(problemsText('Nothing was imported.', [problem]))
    return 2
  }
  let code = 0
  for (const [at, imported] of found.entries()) {
    const problems = await problemsOf(imported)
    if (at > 0) invocation.print('\n')
    invocation.print(reportText(imported, problems))
    if (problems.some(({ severity }) => severity === 'error')) code = 2
  }
  return code
}

const accepted =
  'Give a file with an Ingress or an HTTPRoute (YAML), the proxy block of webpack or Vite (JSON), or a line ALLOWED_URLS=…'

const missing = error('value-invalid', 'is not given', { advice: accepted })

async function readImported(cwd: string, file: string): Promise<Imported[] | typeof missing> {
  const isLine = file.startsWith('ALLOWED_URLS=')
  const result = isLine ? { text: file } : readTextFile(resolve(cwd, file))
  if ('failure' in result) {
    return error('unreadable-file', `cannot be read: ${result.failure}`, { item: file })
  }
  const line = importAllowedUrls(result.text)
  if (line !== undefined) return [line]
  const parsed = await parseYaml(result.text)
  if ('failure' in parsed) {
    return error('unreadable-file', parsed.failure, { item: file, advice: accepted })
  }
  const documents = parsed.documents.flatMap(document => {
    const { kind, items } = groupOf(document)
    return kind === 'List' ? listOf(items) : [document]
  })
  const found = documents.flatMap(document => {
    const { kind } = groupOf(document)
    const imported =
      importGateway(document) ??
      importIngress(document) ??
      (kind === undefined ? importDevProxy(document) : undefined)
    return imported === undefined ? [] : [imported]
  })
  return found.length > 0
    ? found
    : error('value-invalid', 'holds nothing that can be imported', { item: file, advice: accepted })
}

/** What this program would say of the settings if it were started with them. */
async function problemsOf({ settings }: Imported): Promise<readonly Problem[]> {
  const { problems } = await loadSettings({
    flags: { config: 'imported' },
    env: { NODE_ENV: 'production' },
    cwd: '/',
    isTerminal: false,
    needsUpstream: false,
    read: () => ({ text: JSON.stringify(settings) }),
  })
  return problems.filter(({ severity }) => severity !== 'info')
}

const coversAll = (route: unknown): boolean => groupOf(route).prefix === '/'

function reportText(imported: Imported, problems: readonly Problem[]): string {
  const blocks = [`From ${imported.title}`, notations(imported)]
  if (imported.warnings.length > 0) {
    blocks.push(`What changes\n${imported.warnings.map(text => `  - ${text}`).join('\n')}`)
  }
  if (problems.length > 0) {
    const named = problems.map(problem => ({ ...problem, source: '' }))
    blocks.push(problemsText('What cors-sidecar says of these settings', named).trimEnd())
  }
  const { upstream, routes } = imported.settings
  if (upstream === undefined && routes === undefined) {
    blocks.push('The upstream is yours to name: cors-sidecar http://localhost:5000')
  } else if (upstream === undefined && !listOf(routes).some(coversAll)) {
    blocks.push(
      'The upstream of all other paths is yours to name, the dev server itself for instance: cors-sidecar http://localhost:5173 --config FILE',
    )
  }
  return `${blocks.join('\n\n')}\n`
}
