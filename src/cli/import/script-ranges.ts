// Where things begin and end in a row of tokens: brackets, items between commas, whole expressions.
import type { Token } from './script-tokens.js'

/** Tokens from `from` up to, not including, `to`. */
export interface Range {
  readonly tokens: readonly Token[]
  readonly from: number
  readonly to: number
}

export const isSign = (token: Token | undefined, ...signs: readonly string[]): boolean =>
  token?.kind === 'sign' && signs.includes(token.value)

export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token?.kind === 'word' && words.includes(token.value)

const closing: { readonly [open: string]: string } = { '(': ')', '[': ']', '{': '}' }

/** The place of the bracket that closes the one at `open`, or where the range ends. */
export function closingOf({ tokens, to }: Range, open: number): number {
  let depth = 0
  for (let at = open; at < to; at++) {
    const token = tokens[at]
    if (token?.kind !== 'sign') continue
    if (token.value in closing) depth++
    else if (isSign(token, ')', ']', '}') && --depth === 0) return at
  }
  return to
}

/** The places within a range that stand in no bracket of it. */
export function* topPlaces(range: Range): Generator<number> {
  for (let at = range.from; at < range.to; at++) {
    yield at
    if (isSign(range.tokens[at], '(', '[', '{')) {
      at = closingOf(range, at)
      if (at < range.to) yield at
    }
  }
}

/** The first place in no bracket where one of the signs stands; -1 where there is none. */
export function findSign(range: Range, ...signs: readonly string[]): number {
  for (const at of topPlaces(range)) if (isSign(range.tokens[at], ...signs)) return at
  return -1
}

/** The last such place. */
export const lastSign = (range: Range, ...signs: readonly string[]): number =>
  [...topPlaces(range)].findLast(at => isSign(range.tokens[at], ...signs)) ?? -1

/** The parts between commas; a comma at the end begins no part. */
export function splitAtCommas(range: Range): readonly Range[] {
  const parts: Range[] = []
  let from = range.from
  for (const at of topPlaces(range)) {
    if (!isSign(range.tokens[at], ',')) continue
    parts.push({ ...range, from, to: at })
    from = at + 1
  }
  if (from < range.to) parts.push({ ...range, from })
  return parts
}

/** The expression that begins at `range.from`: it ends where the next statement or item begins. */
export function expressionAt(range: Range): Range {
  let last = range.from
  for (const at of topPlaces(range)) {
    const token = range.tokens[at]
    if (isSign(token, ',', ';', ')', ']', '}') && !isSign(range.tokens[last], '(', '[', '{')) {
      return { ...range, to: at }
    }
    if (at > range.from && beginsStatement(range.tokens[last], token)) return { ...range, to: at }
    last = at
  }
  return range
}

// A semicolon may be left out before a new line that begins with a word, where a value has ended.
function beginsStatement(previous: Token | undefined, token: Token | undefined): boolean {
  if (previous === undefined || token === undefined || token.line === previous.line) return false
  if (token.kind !== 'word' || isWord(token, 'as', 'satisfies', 'in', 'instanceof')) return false
  if (previous.kind === 'sign') return isSign(previous, ')', ']', '}')
  return !isWord(previous, 'await', 'async', 'new', 'typeof', 'return', 'default')
}
