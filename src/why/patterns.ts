// The notation of the messages (`{slot}`, `[…]`) as expressions over letters.

import { givenBetween, type Letters, lettersOfWords } from './letters.js'

export interface Pattern {
  readonly expression: RegExp
  /** The longest piece that is always there: looked for first, since it is cheap. */
  readonly needle: string
  /** Every piece without a slot. */
  readonly pieces: readonly string[]
  /** The slot at the end, which goes on to the next white space. */
  readonly last: string | undefined
}

export interface Found {
  readonly start: number
  readonly end: number
  readonly slots: ReadonlyMap<string, string>
}

const parts = /\{(\w+)\}|\[|\]|[^{}[\]]+/g
/** No message quotes more than an address. */
const expressionOf = (name: string): string => (name === 'status' ? '\\d{3}' : "[^']{0,3000}?")

export function patternOf(words: string): Pattern {
  let source = ''
  const pieces: string[] = []
  const always: string[] = []
  const named = new Set<string>()
  let depth = 0
  const last = /\{(?!status)(\w+)\}$/.exec(words)?.[1]
  const body = last === undefined ? words : words.slice(0, -last.length - 2)
  for (const [part, name] of body.matchAll(parts)) {
    if (name !== undefined) {
      // A slot that starts a message would be looked for everywhere.
      const slot = expressionOf(name)
      if (source !== '') source += named.has(name) ? slot : `(?<${name}>${slot})`
      named.add(name)
    } else if (part === '[') {
      depth++
      source += '(?:'
    } else if (part === ']') {
      depth--
      source += ')?'
    } else {
      const letters = lettersOfWords(part)
      pieces.push(letters)
      if (depth === 0) always.push(letters)
      source += letters.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
    }
  }
  const needle = always.reduce((best, piece) => (piece.length > best.length ? piece : best), '')
  return { expression: new RegExp(source, 'dg'), needle, pieces, last }
}

/** Every place where the pattern fits. */
export function findAll({ expression, needle, last }: Pattern, letters: Letters): Found[] {
  if (!letters.text.includes(needle)) return []
  return [...letters.text.matchAll(expression)].map(match => {
    const start = match.index
    const end = start + match[0].length
    const slots = new Map<string, string>()
    for (const [name, range] of Object.entries(match.indices?.groups ?? {})) {
      if (range !== undefined) slots.set(name, filled(name, givenBetween(letters, ...range)))
    }
    if (last !== undefined) {
      const rest = letters.given.slice((letters.at[end - 1] ?? -1) + 1)
      const [, word = ''] =
        /^\s?['"\u2018\u201c]?([^\s'"\u2018\u2019\u201c\u201d)]+)/.exec(rest) ?? []
      slots.set(last, word.replace(/[.,;:]+$/, ''))
    }
    return { start, end, slots }
  })
}

/** An address was wrapped without white space in it, a value may have some. */
function filled(name: string, text: string): string {
  return ['value', 'any', 'kind'].includes(name)
    ? text.replace(/\s+/g, ' ').trim()
    : text.replace(/\s+/g, '')
}
