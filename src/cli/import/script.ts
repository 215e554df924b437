// A script as a configuration tool would see it: what it exports, what it sets, whom it calls.
import { closingOf, isSign, isWord } from './script-ranges.js'
import { type Token, tokensOf } from './script-tokens.js'
import { type ValueReader, valueReader } from './script-values.js'
import type { Code, SourceValue } from './source-value.js'

export interface Script {
  /** What it exports, and what it sets by name: `config.server.proxy = …` as `{ server: { proxy: … } }`. */
  readonly roots: readonly SourceValue[]
  /** Its calls of functions with these names, methods among them, in their order. */
  readonly callsOf: (names: ReadonlySet<string>) => readonly Code[]
  /** The names under which it knows what a package exports by default. */
  readonly namesOfPackage: (name: string) => readonly string[]
  readonly mentions: (text: string) => boolean
}

/** The one value that a text is, as JSON is, comments and functions allowed; else undefined. */
export function readLiteral(source: string): SourceValue | undefined {
  const tokens = tokensOf(source)
  const range = { tokens, from: 0, to: tokens.length }
  if (!isSign(tokens[0], '{', '[') || closingOf(range, 0) !== tokens.length - 1) return undefined
  return valueReader(source, tokens).valueAt(0)
}

/** A text as a script; undefined where nothing in it is said as scripts say it. */
export function readScript(source: string): Script | undefined {
  const tokens = tokensOf(source)
  const reader = valueReader(source, tokens)
  const isScript = tokens.some(
    (token, at) =>
      isWord(token, ...statementWords) &&
      tokens[at + 1] !== undefined &&
      !isSign(tokens[at + 1], ':'),
  )
  if (!isScript) return undefined
  return {
    roots: [...exportsOf(tokens, reader), ...settingsOf(tokens, reader)],
    callsOf: names =>
      tokens.flatMap((token, at) =>
        token.kind === 'word' && names.has(token.value) && isSign(tokens[at + 1], '(')
          ? [callAt(tokens, at, reader)]
          : [],
      ),
    namesOfPackage: name => namesOf(tokens, name),
    mentions: text => tokens.some(({ kind, value }) => kind === 'text' && value === text),
  }
}

const statementWords = 'import export require module exports const function'.split(' ')

const callAt = (tokens: readonly Token[], at: number, reader: ValueReader): Code => {
  const { value = '', line = 1 } = tokens[at] ?? {}
  const call = { on: undefined, name: value, arguments: reader.argumentsAt(at + 1) }
  return { kind: 'code', text: `${value}(…)`, line, call }
}

function exportsOf(tokens: readonly Token[], reader: ValueReader): SourceValue[] {
  const found: SourceValue[] = []
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'export')) continue
    if (isWord(tokens[at + 1], 'default')) found.push(reader.valueAt(at + 2))
    else if (isWord(tokens[at + 1], 'const', 'let', 'var')) found.push(reader.valueAt(at + 2))
    else if (isWord(tokens[at + 1], 'async', 'function')) found.push(reader.valueAt(at + 1))
  }
  return found
}

// `module.exports = …`, `exports.a = …`, `config.devServer.proxy = …`.
function settingsOf(tokens: readonly Token[], reader: ValueReader): SourceValue[] {
  const found: SourceValue[] = []
  for (const [at, token] of tokens.entries()) {
    if (!isSign(token, '=') || tokens[at - 1]?.kind !== 'word') continue
    const chain = chainBefore(tokens, at)
    const keys = chain[0] === 'module' ? chain.slice(2) : chain.slice(1)
    if (chain.length < 2 || keys.includes('prototype')) continue
    const { line } = token
    found.push(
      keys
        .filter(key => key !== 'default')
        .reduceRight<SourceValue>(
          (value, key) => ({ kind: 'group', entries: [{ key, value, line }], line }),
          reader.valueAt(at + 1),
        ),
    )
  }
  return found
}

function chainBefore(tokens: readonly Token[], end: number): string[] {
  const chain: string[] = []
  for (let at = end - 1; tokens[at]?.kind === 'word'; at -= 2) {
    chain.unshift(tokens[at]?.value ?? '')
    if (!isSign(tokens[at - 1], '.')) break
  }
  return chain
}

// `import NAME from 'package'`, `const NAME = require('package')`.
function namesOf(tokens: readonly Token[], name: string): string[] {
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'text' || token.value !== name) return []
    const isRequired = isSign(tokens[at - 1], '(') && isWord(tokens[at - 2], 'require')
    const before = isRequired ? at - 4 : at - 2
    const joins = isRequired ? isSign(tokens[at - 3], '=') : isWord(tokens[at - 1], 'from')
    const found = tokens[before]
    return joins && found?.kind === 'word' ? [found.value] : []
  })
}
