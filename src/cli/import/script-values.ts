// Reads the literals of a script as values. Nothing is run: names stand for what they were defined as,
// texts are joined, and whatever else there is stays code that is only looked at.

import { assuming, readOperator, saysNothing, scalar } from './script-operators.js'
import {
  closingOf,
  expressionAt,
  findSign,
  isSign,
  isWord,
  type Range,
  splitAtCommas,
} from './script-ranges.js'
import { definitionsOf, endOfInnerFunction, withoutTypes } from './script-statements.js'
import type { Token } from './script-tokens.js'
import {
  assumedIn,
  type Code,
  childOf,
  type Entry,
  itemsOf,
  plainOf,
  type SourceValue,
  shownValue,
  textOf,
} from './source-value.js'

/** Reads values out of the tokens of one script. */
export interface ValueReader {
  /** The value of the expression that begins at a place. */
  readonly valueAt: (at: number) => SourceValue
  /** The values of the arguments in the brackets that open at a place. */
  readonly argumentsAt: (open: number) => readonly SourceValue[]
}

/** More values than any configuration has: names defined by each other could go on for ever. */
const mostValues = 100_000
const mostDepth = 60

export function valueReader(source: string, tokens: readonly Token[]): ValueReader {
  const whole: Range = { tokens, from: 0, to: tokens.length }
  const definitions = definitionsOf(whole)
  let values = 0
  let depth = 0

  const codeOf = (range: Range, more: Partial<Code> = {}): Code => {
    const first = range.tokens[range.from]
    const last = range.tokens[range.to - 1]
    const text =
      first === undefined || last === undefined ? '' : source.slice(first.start, last.end)
    return { kind: 'code', text, line: first?.line ?? 1, ...more }
  }

  function read(given: Range): SourceValue {
    const range = withoutTypes(given)
    if (++values > mostValues || depth > mostDepth || range.from >= range.to) return codeOf(range)
    depth++
    const value = readFunction(range) ?? readOperator(range, { read, codeOf }) ?? readPostfix(range)
    depth--
    return value
  }

  function readFunction(range: Range): Code | undefined {
    const { tokens } = range
    const from = isWord(tokens[range.from], 'async') ? range.from + 1 : range.from
    if (isWord(tokens[from], 'function')) {
      const open = findSign({ ...range, from }, '(')
      return open === -1 ? undefined : functionAt(range, open)
    }
    const arrow = findSign({ ...range, from }, '=>')
    if (arrow === -1) return undefined
    const parameters = isSign(tokens[from], '(')
      ? parameterNames({ ...range, from: from + 1, to: closingOf(range, from) })
      : parameterNames({ ...range, from, to: arrow })
    const body = { ...range, from: arrow + 1 }
    const isBlock = isSign(tokens[body.from], '{')
    return codeOf(range, { parameters, returns: isBlock ? returnsOf(body) : [read(body)] })
  }

  // `(a, b) { … }`, with or without the word function before it.
  function functionAt(range: Range, open: number): Code {
    const close = closingOf(range, open)
    const body = findSign({ ...range, from: close + 1 }, '{')
    return codeOf(range, {
      parameters: parameterNames({ ...range, from: open + 1, to: close }),
      returns: body === -1 ? [] : returnsOf({ ...range, from: body }),
    })
  }

  function returnsOf(block: Range): SourceValue[] {
    const end = closingOf(block, block.from)
    const found: SourceValue[] = []
    for (let at = block.from + 1; at < end; at++) {
      const token = block.tokens[at]
      if (isWord(token, 'function') || isSign(token, '=>')) {
        at = endOfInnerFunction({ ...block, from: at, to: end })
      } else if (isWord(token, 'return') && !isSign(block.tokens[at + 1], ';', '}', ':')) {
        found.push(read(expressionAt({ ...block, from: at + 1, to: end })))
      }
    }
    return found
  }

  function readPostfix(range: Range): SourceValue {
    let at = range.from
    let name = ''
    let value: SourceValue
    const first = range.tokens[at]
    if (isSign(first, '(', '[', '{')) {
      const close = closingOf(range, at)
      const inner = { ...range, from: at + 1, to: close }
      value = isSign(first, '(')
        ? read(inner)
        : isSign(first, '[')
          ? readList(inner)
          : readGroup(inner)
      at = close + 1
    } else if (isWord(first, 'await', 'new')) {
      value = read({ ...range, from: at + 1 })
      at = range.to
    } else {
      value = readPlain({ ...range, to: at + 1 })
      name = first?.value ?? ''
      at++
    }
    while (at < range.to) {
      const token = range.tokens[at]
      if (isSign(token, '.', '?.') && range.tokens[at + 1]?.kind === 'word') {
        const key = range.tokens[at + 1]?.value ?? ''
        const close = isSign(range.tokens[at + 2], '(') ? closingOf(range, at + 2) : -1
        const next = { ...range, to: close === -1 ? at + 2 : close + 1 }
        value =
          close === -1
            ? memberOf(value, key, next)
            : codeOf(next, {
                call: { on: value, name: key, arguments: argumentsOf(range, at + 2) },
              })
        at = next.to
      } else if (isSign(token, '(')) {
        const next = { ...range, to: closingOf(range, at) + 1 }
        const call = { on: undefined, name, arguments: argumentsOf(range, at) }
        value = codeOf(next, { call })
        at = next.to
      } else if (isSign(token, '[')) {
        const close = closingOf(range, at)
        const key = plainOf(read({ ...range, from: at + 1, to: close }))
        const next = { ...range, to: close + 1 }
        value = key === undefined ? codeOf(next) : memberOf(value, String(key), next)
        at = close + 1
      } else if (isSign(token, '!')) {
        at++
      } else {
        return codeOf(range)
      }
      name = ''
    }
    return value
  }

  const memberOf = (value: SourceValue, key: string, range: Range): SourceValue => {
    const text = plainOf(value)
    if (key === 'length' && typeof text === 'string') return scalar(range, text.length)
    return childOf(value, key) ?? itemsOf(value)[Number(key)] ?? codeOf(range)
  }

  function readPlain(range: Range): SourceValue {
    const token = range.tokens[range.from]
    if (token === undefined) return codeOf(range)
    if (token.kind === 'text') return scalar(range, token.value)
    if (token.kind === 'number') return scalar(range, Number(token.value.replaceAll(/_|n$/g, '')))
    if (token.kind === 'template') return readTemplate(range, token.parts, token.holes)
    if (token.kind === 'expression') {
      const end = token.value.lastIndexOf('/')
      const expression = { source: token.value.slice(1, end), flags: token.value.slice(end + 1) }
      return codeOf(range, { expression })
    }
    if (token.kind !== 'word') return codeOf(range)
    const word = words.get(token.value)
    if (word !== undefined) return scalar(range, word)
    const definition = definitions.get(token.value)
    if (definition === undefined) return codeOf(range)
    const value = valueAt(definition)
    // An unknown definition is best named by the name that led to it.
    return value.kind === 'code' && isOpaque(value) ? codeOf(range) : value
  }

  function readTemplate(
    range: Range,
    parts: readonly string[],
    holes: readonly (readonly Token[])[],
  ): SourceValue {
    const values = holes.map(hole => read({ tokens: hole, from: 0, to: hole.length }))
    const texts = values.map(textOf)
    if (texts.includes(undefined)) return codeOf(range)
    const text = parts.map((part, at) => `${part}${texts[at] ?? ''}`).join('')
    return assuming(scalar(range, text), values.flatMap(assumedIn))
  }

  function readList(range: Range): SourceValue {
    const items = splitAtCommas(range).flatMap(item => {
      if (!isSign(item.tokens[item.from], '...')) return [read(item)]
      const spread = read({ ...item, from: item.from + 1 })
      return spread.kind === 'list' ? spread.items : [codeOf(item)]
    })
    return { kind: 'list', items, line: lineBefore(range) }
  }

  function readGroup(range: Range): SourceValue {
    return {
      kind: 'group',
      entries: splitAtCommas(range).flatMap(readEntry),
      line: lineBefore(range),
    }
  }

  function readEntry(range: Range): readonly Entry[] {
    const { tokens } = range
    const line = tokens[range.from]?.line ?? 1
    if (isSign(tokens[range.from], '...')) {
      const spread = read({ ...range, from: range.from + 1 })
      if (spread.kind === 'group') return spread.entries
      const text = shownValue(codeOf(range))
      return saysNothing(spread) ? [] : [{ key: text, value: codeOf(range), line }]
    }
    let from = range.from
    while (
      from + 1 < range.to &&
      isWord(tokens[from], 'async', 'get', 'set') &&
      isKey(tokens[from + 1])
    ) {
      from++
    }
    const isComputed = isSign(tokens[from], '[')
    const behind = isComputed ? closingOf(range, from) + 1 : from + 1
    const key = isComputed
      ? String(
          plainOf(read({ ...range, from: from + 1, to: behind - 1 })) ??
            shownValue(codeOf({ ...range, from, to: behind })),
        )
      : (tokens[from]?.value ?? '')
    if (isSign(tokens[behind], ':'))
      return [{ key, value: read({ ...range, from: behind + 1 }), line }]
    if (isSign(tokens[behind], '(')) return [{ key, value: functionAt(range, behind), line }]
    return [
      { key, value: behind >= range.to ? readPlain({ ...range, from }) : codeOf(range), line },
    ]
  }

  const argumentsOf = (range: Range, open: number): readonly SourceValue[] =>
    splitAtCommas({ ...range, from: open + 1, to: closingOf(range, open) }).map(read)

  const valueAt = (at: number): SourceValue => read(expressionAt({ ...whole, from: at }))

  return { valueAt, argumentsAt: open => argumentsOf(whole, open) }
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', null],
])

// The line of the bracket that a list or a group begins with.
const lineBefore = ({ tokens, from }: Range): number => tokens[from - 1]?.line ?? 1

const isOpaque = ({ call, returns, expression }: Code): boolean =>
  call === undefined && returns === undefined && expression === undefined

const isKey = (token: Token | undefined): boolean =>
  token?.kind === 'word' || token?.kind === 'text' || isSign(token, '[')

const parameterNames = (range: Range): readonly string[] =>
  splitAtCommas(range).map(({ tokens, from }) => tokens[from]?.value ?? '')
