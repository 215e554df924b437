// Finds names within a longer text: no copy is made of what strangers send, and none is hashed.

import { sameName } from '../terms/field-names.js'

/** Names by their length: few have the same one. */
export type NameTable = readonly (readonly string[] | undefined)[]

/** Builds a table of lower-case names. */
export function tableOf(names: Iterable<string>): NameTable {
  const table: string[][] = []
  for (const name of names) {
    const alike = table[name.length]
    if (alike === undefined) table[name.length] = [name]
    else alike.push(name)
  }
  return table
}

/** Whether the text from `from` up to `to` is one of the names, in any case. */
export function holdsName(table: NameTable, text: string, from: number, to: number): boolean {
  const alike = table[to - from]
  if (alike === undefined) return false
  for (const name of alike) {
    if (sameName(text, from, name)) return true
  }
  return false
}
