// The entries of an allow-list as regular expressions that match a whole origin. Property-tested
// against the matcher itself, which stays the measure.

import type { OriginEntry } from '../policy/origin-matcher.js'
import { exactOrigin } from '../policy/origin-matcher.js'
import type { OriginPattern } from '../policy/origin-pattern.js'
import { commonExpression } from './common-expression.js'

/** An entry that covers several origins: each expression must match the whole origin. */
export interface OriginExpression {
  readonly entry: string
  readonly sources: readonly [string, ...string[]]
}

/** An allow-list as engines can say it. */
export interface SaidOrigins {
  readonly any: boolean
  readonly exact: readonly string[]
  readonly expressions: readonly OriginExpression[]
  /** What an engine can say that knows exact http and https origins, and `*.` for subdomains. */
  readonly plain: readonly string[]
  /** Entries that can't be said: expressions that engines read in different ways. */
  readonly left: readonly string[]
}

export function sayOrigins(entries: readonly OriginEntry[]): SaidOrigins {
  const exact = new Set<string>()
  const expressions: OriginExpression[] = []
  const left: string[] = []
  for (const entry of entries) {
    const origin = exactOrigin(entry.pattern)
    const expression = origin === undefined ? expressionOf(entry) : undefined
    if (origin !== undefined) exact.add(origin)
    else if (expression !== undefined) expressions.push(expression)
    else if (entry.pattern.kind !== 'any') left.push(entry.text)
  }
  const any = entries.some(({ pattern }) => pattern.kind === 'any')
  const plain = entries.flatMap(({ pattern }) => plainOrigin(pattern) ?? [])
  return { any, exact: [...exact], expressions, plain: [...new Set(plain)], left }
}

export function plainOrigin(pattern: OriginPattern): string | undefined {
  if (pattern.kind !== 'host' || !/^https?$/u.test(pattern.scheme)) return undefined
  const exact = exactOrigin(pattern)
  if (exact !== undefined || pattern.host.kind !== 'below' || pattern.port === '*') return exact
  const end = pattern.port === 0 ? '' : `:${pattern.port}`
  return `${pattern.scheme}://*.${pattern.host.base}${end}`
}

/** One expression for all of them that need no second look, with lookahead for those that do. */
export function wholeExpression({ sources }: OriginExpression): string {
  const [last = '', ...others] = [...sources].reverse()
  return `^${others.map(source => `(?=(?:${source})$)`).join('')}${isChoice(last) ? `(?:${last})` : last}$`
}

const isChoice = (source: string): boolean => source.includes('|')

function expressionOf({ text, pattern }: OriginEntry): OriginExpression | undefined {
  if (pattern.kind === 'loopback') {
    return { entry: text, sources: [`https?://${loopback}${port('*')}`] }
  }
  if (pattern.kind === 'regex') {
    const source = commonExpression(pattern.source)
    if (source === undefined) return undefined
    return { entry: text, sources: isWithinOrigins.test(source) ? [source] : [anyOrigin, source] }
  }
  if (pattern.kind !== 'host') return undefined
  const { host, scheme } = pattern
  const start = `${escaped(scheme)}://`
  const end = port(pattern.port)
  switch (host.kind) {
    case 'exact':
      return { entry: text, sources: [`${start}${escaped(host.host)}${end}`] }
    case 'below':
      return { entry: text, sources: [`${start}(?:${label}\\.)+${escaped(host.base)}${end}`] }
    case 'label': {
      const free = `${escaped(host.prefix)}[a-z0-9-]+${escaped(host.suffix)}`
      return { entry: text, sources: [`${start}${free}\\.${escaped(host.parent)}${end}`] }
    }
    case 'any':
      return {
        entry: text,
        sources: [`${start}${anyHost}${pattern.port === 0 ? port('*') : end}`],
      }
  }
}

export const escaped = (text: string): string => text.replace(/[.+[\]]/gu, '\\$&')

const label = '[a-z0-9_-]+'
/** A last label that begins with a digit would be read as an address. */
const name = `(?:${label}\\.)*[a-z_-][a-z0-9_-]*\\.?`
const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const anyHost = `(?:${name}|${octet}(?:\\.${octet}){3}|\\[[0-9a-f:]+\\])`
const loopback = `(?:(?:${label}\\.)*localhost\\.?|127(?:\\.${octet}){3}|\\[::1\\])`

// Ports over 65535 and default ports that are written out exist in no browser, and are not told apart.
function port(of: number | '*'): string {
  if (of === 0) return ''
  return of === '*' ? '(?::[1-9][0-9]{0,4})?' : `:${of}`
}

/** What holds nothing but letters, digits, hyphens and dots behind a scheme needs no second look. */
const isWithinOrigins =
  /^https?\??:\/\/(?:[a-z0-9:|)-]|\(\?:|\\\.|[*+?]|\{[\d,]+\}|\[[a-z0-9_-]+\])+$/u

/** An origin as browsers serialise it: what an expression of the person's own is matched against. */
const anyOrigin = `https?://${anyHost}${port('*')}|[a-z][a-z0-9+.-]*://${name}${port('*')}`
