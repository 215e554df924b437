// What every importer does the same way: reading loose data, and meeting the limits of browsers.
import { checkRequestHeader } from '../../config/check-names.js'
import type { SourceValue } from './source-value.js'

/** The value as plain data, where no line is asked for; code is its text. */
export function dataOf(value: SourceValue): unknown {
  if (value.kind === 'scalar') return value.value
  if (value.kind === 'code') return value.text
  if (value.kind === 'list') return value.items.map(dataOf)
  return Object.fromEntries(value.entries.map(({ key, value }) => [key, dataOf(value)]))
}

type Group = { readonly [key: string]: unknown }

/** The value as a group of keys; empty where it is none. */
export const groupOf = (value: unknown): Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Group) : {}

/** The value as a list; empty where it is none. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** Names separated by commas or blanks, or a list of them. */
export const namesOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value.map(String) : String(value ?? '').split(/[\s,]+/)).filter(
    name => name !== '',
  )

/** The exposed headers, where there are any. */
export const exposed = (names: readonly string[]): { exposeHeaders?: readonly string[] } =>
  names.length === 0 ? {} : { exposeHeaders: names }

/** Leaves out the request headers that no page can send. */
export function withoutForbidden(names: readonly string[], warnings: string[]): string[] {
  const forbidden = names.filter(
    name => checkRequestHeader(name)?.code === 'request-header-forbidden',
  )
  if (forbidden.length > 0) {
    warnings.push(
      `No page can set ${forbidden.join(', ')}, so naming them allowed nothing. They are left out.`,
    )
  }
  return names.filter(name => !forbidden.includes(name))
}

/** Seconds, cut to the day that browsers remember at most. */
export function withinADay(seconds: number, warnings: string[]): number {
  const day = 86_400
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= day) return seconds
  warnings.push(
    `A max-age of ${seconds} is out of range; browsers remember a day at most. ${day} is taken.`,
  )
  return day
}
