// What an import of a text comes to, and whether the sidecar would start with it.
import { importText } from '../../src/cli/import/recognise.js'
import { withoutRefused } from '../../src/cli/import/startable.js'
import { hasErrors } from '../../src/config/problem.js'
import { answerHeaders, compilePolicy, decide, ownAnswer, type Policy } from '../../src/index.js'

/** The page that asks unless another one is named. */
const app = 'https://app.example.test'

interface Result {
  readonly title: string
  readonly settings: { readonly [name: string]: unknown }
  /** Every note, with its line, and what was taken out because it would stop the start. */
  readonly notes: string
  readonly starts: boolean
  /** The hosts that the source holds for; none where it holds for all. */
  readonly hosts: readonly string[]
}

/** Every import of a text. `files` are those that the text may name, by path. */
export async function importsOf(
  text: string,
  {
    path = 'file',
    files = {},
  }: { readonly path?: string; readonly files?: Record<string, string> } = {},
): Promise<{ readonly results: readonly Result[]; readonly unread: string }> {
  const { imported, unread } = await importText(text, path, name => {
    const text = files[name]
    return text === undefined ? { failure: 'there is no such file' } : { text }
  })
  const results = await Promise.all(
    imported.map(async each => {
      const { imported, problems } = await withoutRefused(each)
      const { title, settings, warnings, hosts = [] } = imported
      return { title, settings, notes: textOf(warnings), starts: !hasErrors(problems), hosts }
    }),
  )
  return { results, unread: textOf(unread) }
}

/** The one import that a text comes to. */
export async function importOf(
  text: string,
  given: Parameters<typeof importsOf>[1] = {},
): Promise<Result> {
  const { results, unread } = await importsOf(text, given)
  const [only, ...others] = results
  if (only === undefined || others.length > 0) {
    throw new Error(`${results.length} imports, and not read: ${unread}`)
  }
  return only
}

const textOf = (notes: readonly { readonly line: number | undefined; readonly text: string }[]) =>
  notes.map(({ line, text }) => (line === undefined ? text : `line ${line}: ${text}`)).join('\n')

export interface Asked {
  readonly method?: string
  readonly path: string
  readonly origin?: string
  /** Makes it a preflight. */
  readonly asks?: string
  readonly headers?: string
}

/** What the imported settings answer, as the few headers that matter. */
export async function answerTo(settings: object, asked: Asked) {
  return answerUnder(await compileSettings(settings), asked)
}

/** Settings made ready for many questions. */
export const compileSettings = (settings: object): Promise<Policy> =>
  compilePolicy({ ...settings, upstream: 'http://127.0.0.1:9' })

/** The same, of settings that are ready. */
export function answerUnder(policy: Policy, { method, path, origin = app, asks, headers }: Asked) {
  const request = {
    method: asks === undefined ? (method ?? 'GET') : 'OPTIONS',
    url: path,
    headers: {
      host: 'api.example.test',
      origin,
      ...(asks === undefined ? {} : { 'access-control-request-method': asks }),
      ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
    },
  }
  const decision = decide(policy, request)
  const own = ownAnswer(decision, request)
  const lines = own?.headers ?? answerHeaders(decision, request, [])
  const found = new Map(lines.map(([name, value]) => [name.toLowerCase(), value]))
  const get = (name: string) => found.get(`access-control-${name}`)
  return {
    status: own?.status ?? 200,
    origin: get('allow-origin'),
    credentials: get('allow-credentials'),
    methods: get('allow-methods'),
    headers: get('allow-headers'),
    exposed: get('expose-headers'),
    maxAge: get('max-age'),
  }
}
