// What a text is, told by what is in it, and what each kind of it says.
import { basename, dirname, join } from 'node:path'
import { importAllowedUrls } from './allowed-urls.js'
import { importDevServer } from './dev-server.js'
import type { Imported } from './imported.js'
import { importKubernetes } from './kubernetes.js'
import { importNext } from './next-rewrites.js'
import { readLiteral, readScript, type Script } from './script.js'
import { importMiddleware } from './setup-proxy.js'
import {
  childOf,
  entriesOf,
  itemsOf,
  type Note,
  note,
  type SourceValue,
  textOf,
} from './source-value.js'
import { readYaml } from './yaml-text.js'

export interface Found {
  readonly imported: readonly Imported[]
  /** What stands in the text and was not read. */
  readonly unread: readonly Note[]
}

/** Reads a file that is named in another, by its path from the working directory. */
export type ReadNamed = (path: string) => { readonly text: string } | { readonly failure: string }

/** Everything that can be imported from a text. `path` is where it stands, for files that it names. */
export async function importText(text: string, path: string, read: ReadNamed): Promise<Found> {
  const line = importAllowedUrls(text)
  if (line !== undefined) return { imported: [line], unread: [] }
  const literal =
    readLiteral(text) ?? (text.includes('=>') ? readLiteral(`{${text}\n}`) : undefined)
  if (literal !== undefined) {
    const found = await importValues([literal], path, read)
    if (found.imported.length > 0 || text.trimStart().startsWith('{')) return found
  }
  // A comment in a manifest may hold any word of a script.
  const script = /^(?:apiVersion|kind): /m.test(text) ? undefined : readScript(text)
  if (script !== undefined) return importScript(script, path)
  const yaml = await readYaml(text)
  if ('documents' in yaml) return importValues(yaml.documents, path, read)
  const fragment = readLiteral(`{${text}\n}`)
  const found = fragment && (await importValues([fragment], path, read))
  return found !== undefined && found.imported.length > 0
    ? found
    : { imported: [], unread: [unreadable(text, yaml.wrongLine)] }
}

function importScript(script: Script, path: string): Found {
  const isVue = script.mentions('@vue/cli-service') || basename(path).startsWith('vue.config.')
  const middleware = importMiddleware(script)
  const next = importNext(script.roots)
  const proxies = importDevServer(script.roots, isVue)
  const all = [...proxies, middleware, next].filter(found => found !== undefined)
  return { imported: all, unread: [] }
}

async function importValues(
  values: readonly SourceValue[],
  path: string,
  read: ReadNamed,
): Promise<Found> {
  const documents = values.flatMap(itemsOfList)
  const kubernetes = importKubernetes(documents)
  const imported = [...kubernetes.imported]
  const unread: Note[] = []
  for (const value of documents) {
    if (kubernetes.read.has(value) || (value.kind === 'scalar' && value.value === null)) continue
    const kind = textOf(childOf(value, 'kind'))
    const found = kind === undefined ? importDevServer([value]) : []
    const named = found.length > 0 ? undefined : await importNamed(value, path, read)
    imported.push(...found, ...(named?.imported ?? []))
    unread.push(...(named?.unread ?? []))
    if (found.length > 0 || named !== undefined) continue
    unread.push(note(value, `${kind ?? 'This'} holds nothing that can be imported.`))
  }
  return { imported, unread }
}

const itemsOfList = (value: SourceValue): readonly SourceValue[] =>
  textOf(childOf(value, 'kind'))?.endsWith('List') === true
    ? itemsOf(childOf(value, 'items'))
    : [value]

/** The files that `proxyConfig` of an angular.json names. */
async function importNamed(
  value: SourceValue,
  path: string,
  read: ReadNamed,
): Promise<Found | undefined> {
  const names = new Map(namesIn(value).map(name => [textOf(name), name]))
  if (names.size === 0) return undefined
  const imported: Imported[] = []
  const unread: Note[] = []
  for (const [name = '', at] of names) {
    const file = join(dirname(path), name)
    const result = read(file)
    if ('failure' in result) {
      unread.push(note(at, `proxyConfig ${name} cannot be read: ${result.failure}.`))
      continue
    }
    const found = await importText(result.text, file, read)
    imported.push(...found.imported.map(each => ({ ...each, title: `${each.title}, ${name}` })))
    unread.push(
      ...found.unread.map(({ line, text }) => ({
        line: at.line,
        text: `${name}, line ${line}: ${text}`,
      })),
    )
  }
  return { imported, unread }
}

const namesIn = (value: SourceValue): SourceValue[] =>
  value.kind === 'list'
    ? value.items.flatMap(namesIn)
    : entriesOf(value).flatMap(entry =>
        entry.key === 'proxyConfig' && textOf(entry.value) !== undefined
          ? [entry.value]
          : namesIn(entry.value),
      )

function unreadable(text: string, wrongLine: number): Note {
  const lines = text.split('\n')
  const template = lines.findIndex(line => /\{\{.*\}\}/.test(line))
  if (template !== -1) {
    return {
      line: template + 1,
      text: 'This is a template of Helm: import what helm template prints, or the values.yaml.',
    }
  }
  const shown = (lines[wrongLine - 1] ?? '').trim().slice(0, 60)
  if (shown === '') return { line: wrongLine, text: 'The text ends before it is complete.' }
  return {
    line: wrongLine,
    text: `${JSON.stringify(shown)} is neither YAML nor JSON, and no script either.`,
  }
}
