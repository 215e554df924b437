// Operators between literals: sums of texts, fallbacks, choices. What can't be known without running
// the file stays code, and what had to be taken for true is kept with the value.
import { findSign, lastSign, type Range } from './script-ranges.js'
import {
  assumedIn,
  type Code,
  type Note,
  note,
  plainOf,
  type SourceValue,
  shownValue,
} from './source-value.js'

interface Reader {
  readonly read: (range: Range) => SourceValue
  readonly codeOf: (range: Range) => Code
}

const operators = ['==', '!=', '===', '!==', '<', '>', '<=', '>=', '-', '*', '/', '%', '**', '=']

/** What the operators of an expression come to; undefined where it has none. */
export function readOperator(range: Range, reader: Reader): SourceValue | undefined {
  const question = findSign(range, '?')
  if (question !== -1) {
    const colon = findSign({ ...range, from: question + 1 }, ':')
    const then = { ...range, from: question + 1, to: colon }
    return colon === -1
      ? reader.codeOf(range)
      : readChoice(range, question, [then, { ...range, from: colon + 1 }], reader)
  }
  const fallback = lastSign(range, '||', '??')
  if (fallback > range.from) return readFallback(range, fallback, reader)
  const and = lastSign(range, '&&')
  if (and > range.from) return readChoice(range, and, [{ ...range, from: and + 1 }], reader)
  const plus = lastSign(range, '+')
  if (plus > range.from) return readSum(range, plus, reader)
  return lastSign(range, ...operators) > range.from ? reader.codeOf(range) : undefined
}

// Where only one side says something, that side is what the file is about.
function readChoice(
  range: Range,
  mark: number,
  sides: readonly Range[],
  { read, codeOf }: Reader,
): SourceValue {
  const said = sides.map(read).filter(side => !saysNothing(side))
  const [only] = said
  if (only === undefined || only.kind === 'code' || said.length > 1) return codeOf(range)
  const condition = shownValue(codeOf({ ...range, to: mark }))
  return assuming(only, [
    note(only, `This depends on ${condition}, and is taken as if it applied.`),
  ])
}

function readFallback(range: Range, at: number, { read, codeOf }: Reader): SourceValue {
  const left = read({ ...range, to: at })
  if (left.kind !== 'code' && !saysNothing(left)) return left
  const right = read({ ...range, from: at + 1 })
  if (right.kind === 'code') return codeOf(range)
  if (left.kind !== 'code') return right
  const text = `${shownValue(left)} is taken as ${shownValue(right)}, its fallback.`
  return assuming(right, [note(right, text)])
}

function readSum(range: Range, at: number, { read, codeOf }: Reader): SourceValue {
  const sides = [read({ ...range, to: at }), read({ ...range, from: at + 1 })]
  const [left, right] = sides.map(plainOf)
  if (left === undefined || right === undefined) return codeOf(range)
  const isNumber = typeof left === 'number' && typeof right === 'number'
  const sum = scalar(range, isNumber ? left + right : `${left}${right}`)
  return assuming(sum, sides.flatMap(assumedIn))
}

export const saysNothing = (value: SourceValue): boolean =>
  (value.kind === 'scalar' &&
    (value.value === null || value.value === false || value.value === '')) ||
  (value.kind === 'list' && value.items.length === 0) ||
  (value.kind === 'group' && value.entries.length === 0)

export const scalar = (range: Range, value: string | number | boolean | null): SourceValue => ({
  kind: 'scalar',
  value,
  line: lineOf(range),
})

export const lineOf = ({ tokens, from }: Range): number => tokens[from]?.line ?? 1

export const assuming = (value: SourceValue, notes: readonly Note[]): SourceValue => ({
  ...value,
  assumed: [...(value.assumed ?? []), ...notes],
})
