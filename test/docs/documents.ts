// Every Markdown file of the repository, read once.
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readMarkdown, type Section } from './markdown.js'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

export interface Document {
  /** From the root, with slashes. */
  readonly name: string
  readonly text: string
  readonly sections: readonly Section[]
}

/** What is neither written here nor kept. */
const notOurs: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.tap'])

/** Every file of the repository that was written by a person, from the root, with slashes. */
export const files: readonly string[] = namesBelow('').map(name => name.split(sep).join('/'))

export const documents: readonly Document[] = files
  .filter(name => name.endsWith('.md'))
  .map(name => {
    const text = readFileSync(join(root, name), 'utf8')
    return { name, text, sections: readMarkdown(text) }
  })

/** The one of that name; throws when there is none. */
export function documentNamed(name: string): Document {
  const found = documents.find(document => document.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

function namesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const name = join(folder, entry.name)
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : namesBelow(name)
    return name
  })
}
