// Which header names a page may send or read: all, by name, or by the beginning of a name.

import { sameName } from '../terms/field-names.js'
import { holdsName, type NameTable, tableOf } from './name-table.js'

/** A compiled list of names. Everything in it is lower case. */
export interface NameList {
  /** Whether `*` is listed. */
  readonly isAny: boolean
  /** Sorted; also those that stand next to a `*`. */
  readonly names: readonly string[]
  /** What `x-amz-*` says: `x-amz-`. */
  readonly prefixes: readonly string[]
  /** The names again, for finding one within a longer text. */
  readonly table: NameTable
}

/** Compiles items as a person wrote them: names, prefixes such as `x-amz-*`, and `*`. */
export function compileNames(items: readonly string[]): NameList {
  const lower = [...new Set(items.map(item => item.toLowerCase()))]
  const names = lower.filter(item => !item.endsWith('*')).sort()
  const prefixes = lower.filter(item => isPrefix(item)).map(item => item.slice(0, -1))
  return { isAny: lower.includes('*'), names, prefixes, table: tableOf(names) }
}

/** Whether an item stands for every name that begins like it. */
export function isPrefix(item: string): boolean {
  return item.length > 1 && item.endsWith('*')
}

/** The list as a person would write it. */
export function writtenNames({ isAny, names, prefixes }: NameList): readonly string[] {
  return [...(isAny ? ['*'] : []), ...names, ...prefixes.map(prefix => `${prefix}*`)]
}

/** Whether the text from `from` up to `to` is listed by name or prefix, in any case; `*` is the caller's. */
export function listsNameIn(list: NameList, text: string, from: number, to: number): boolean {
  return holdsName(list.table, text, from, to) || beginsAsListed(list, text, from, to)
}

/**
 * Whether a prefix covers it. None covers `authorization`: a list that lets pages send tokens says so
 * by name, as it must next to `*`.
 * https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
 */
export function beginsAsListed(list: NameList, text: string, from: number, to: number): boolean {
  for (const prefix of list.prefixes) {
    if (to - from > prefix.length && sameName(text, from, prefix)) {
      return !isAuthorization(text, from, to)
    }
  }
  return false
}

export function isAuthorization(text: string, from: number, to: number): boolean {
  return to - from === authorization.length && sameName(text, from, authorization)
}

export const authorization = 'authorization'
