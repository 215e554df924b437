// What stands around the values of a script: types, functions within functions, and definitions.
import {
  closingOf,
  expressionAt,
  findSign,
  isSign,
  isWord,
  type Range,
  topPlaces,
} from './script-ranges.js'
import type { Token } from './script-tokens.js'

// `x as const`, `x satisfies T`: what TypeScript adds says nothing about the value.
export function withoutTypes(range: Range): Range {
  for (const at of topPlaces(range)) {
    if (at > range.from && isWord(range.tokens[at], 'as', 'satisfies')) {
      const before = range.tokens[at - 1]
      const ends = before?.kind !== 'sign' || isSign(before, ')', ']', '}')
      if (ends) return { ...range, to: at }
    }
  }
  return range
}

export function endOfInnerFunction(range: Range): number {
  const isArrow = isSign(range.tokens[range.from], '=>')
  if (isArrow && !isSign(range.tokens[range.from + 1], '{')) {
    return expressionAt({ ...range, from: range.from + 1 }).to - 1
  }
  const open = findSign({ ...range, from: range.from + 1 }, '{')
  return open === -1 ? range.to : closingOf(range, open)
}

// `const NAME = …`, wherever it stands. A name with two meanings has none here.
export function definitionsOf({ tokens }: Range): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const twice = new Set<string>()
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'const', 'let', 'var') || tokens[at + 1]?.kind !== 'word') continue
    const name = tokens[at + 1]?.value ?? ''
    const equals = isSign(tokens[at + 2], ':') ? endOfType(tokens, at + 3) : at + 2
    if (!isSign(tokens[equals], '=')) continue
    if (found.has(name)) twice.add(name)
    found.set(name, equals + 1)
  }
  for (const [at, token] of tokens.entries()) {
    const isSetAgain =
      token.kind === 'word' &&
      isSign(tokens[at + 1], '=') &&
      found.has(token.value) &&
      found.get(token.value) !== at + 2 &&
      !isSign(tokens[at - 1], '.')
    if (isSetAgain) twice.add(token.value)
  }
  for (const name of twice) found.delete(name)
  return found
}

function endOfType(tokens: readonly Token[], from: number): number {
  const range = { tokens, from, to: tokens.length }
  for (const at of topPlaces(range)) if (isSign(tokens[at], '=', ';')) return at
  return tokens.length
}
