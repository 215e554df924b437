// What an import of a text comes to, and whether the sidecar would start with it.
import { importText } from '../../src/cli/import/recognise.js'
import { withoutRefused } from '../../src/cli/import/startable.js'
import { hasErrors } from '../../src/config/problem.js'

interface Result {
  readonly title: string
  readonly settings: { readonly [name: string]: unknown }
  /** Every note, with its line, and what was taken out because it would stop the start. */
  readonly notes: string
  readonly starts: boolean
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
      const { title, settings, warnings } = imported
      return { title, settings, notes: textOf(warnings), starts: !hasErrors(problems) }
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
