// What an importer found: settings as a configuration file could say them, and what got lost.
import { type OptionName, optionRow } from '../../config/options.js'
import { flagName, variableName } from '../../terms/option-names.js'
import { assignment, flagWord } from '../../terms/paste.js'
import { printable } from '../../terms/printable.js'
import type { Note } from './source-value.js'

export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain }

export interface Imported {
  /** What it was read from. */
  readonly title: string
  readonly settings: { readonly [Name in OptionName]?: Plain }
  /** Every meaning that the source had and these settings do not. */
  readonly warnings: readonly Note[]
  /** The hosts that the source holds for; none, or left out, where it holds for all. */
  readonly hosts?: readonly string[]
}

type Entry = readonly [OptionName, Plain]

/** The settings as flags, variables and a configuration file, the last alone where only it can say them. */
export function notations({ settings }: Imported): string {
  const entries = Object.entries(settings) as Entry[]
  const file = `Configuration file (--config FILE)\n${indented(yamlText(settings))}`
  if (!entries.every(isSayable)) {
    return `${file}\n\n  Only a file can say all of this: it has groups in it.`
  }
  const flags = entries.map(([name, value]) => flagWord(flagName(name), textOf(value)))
  const variables = entries.map(([name, value]) => assignment(variableName(name), textOf(value)))
  if (flags.includes(undefined) || variables.includes(undefined)) {
    return `${file}\n\n  Only a file can say all of this: no quoting is read alike by all shells.`
  }
  return [
    `Flags\n  cors-sidecar ${flags.join(' ')}`,
    `Variables\n${indented(variables.join('\n'))}`,
    file,
  ].join('\n\n')
}

// A list in a flag or variable is cut at separators, so an item that holds one needs a file.
function isSayable([name, value]: Entry): boolean {
  if (!Array.isArray(value)) return typeof value !== 'object'
  const separates = optionRow(name).secret ? /[|\n]/ : /[,|\s]/
  return value.every(item => typeof item !== 'object' && !separates.test(String(item)))
}

const textOf = (value: Plain): string =>
  Array.isArray(value)
    ? value.join(value.some(item => /[, ]/.test(item)) ? '|' : ',')
    : String(value)

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')

/** YAML for plain data; every text that could be read as something else is quoted. */
export function yamlText(value: Plain): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return value.map(item => `- ${yamlText(item).replaceAll('\n', '\n  ')}`).join('\n')
  }
  if (typeof value !== 'object') return yamlScalar(value as string | number | boolean)
  return Object.entries(value)
    .map(([key, item]) => {
      const text = yamlText(item)
      const isBlock = typeof item === 'object' && text !== '[]'
      return isBlock ? `${key}:\n${indented(text)}` : `${key}: ${text}`
    })
    .join('\n')
}

const yamlScalar = (value: string | number | boolean): string =>
  typeof value !== 'string' ||
  (/^[a-z/][\w./:+-]*$/i.test(value) && !/:$|^(?:null|true|false|yes|no|on|off)$/i.test(value))
    ? String(value)
    : printable(JSON.stringify(value))
