// Cuts JavaScript, TypeScript or JSON with comments into tokens. It never fails: what it does not
// know becomes a sign, and whoever looks for a value there finds none.

export type Token = Plain | Template

interface Place {
  /** Where it begins and ends in the text. */
  readonly start: number
  readonly end: number
  readonly line: number
}

interface Plain extends Place {
  readonly kind: 'word' | 'text' | 'number' | 'expression' | 'sign'
  /** A text without its quotes and escapes, anything else as it is written. */
  readonly value: string
}

interface Template extends Place {
  readonly kind: 'template'
  readonly value: string
  /** The literal parts, and between each two of them the tokens of an expression. */
  readonly parts: readonly string[]
  readonly holes: readonly (readonly Token[])[]
}

const blank = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))+|^#![^\n]*/y
const word = /[\p{L}_$][\p{L}\p{N}_$\u200c\u200d]*/uy
const number = /(?:0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?)n?/iy
const text = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y
const expression = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const sign = /=>|\.{3}|\?\?=?|\?\.|[|]{2}=?|&&=?|[=!]==?|\*\*|[+\-*/%<>]=|[\s\S]/y

/** All tokens of a text. */
export const tokensOf = (source: string): readonly Token[] => scan(source, 0, 1, false).tokens

interface Scanned {
  readonly tokens: readonly Token[]
  readonly at: number
  readonly line: number
}

// Inside a template it ends at the brace that closes the hole, and returns the place behind it.
function scan(source: string, from: number, firstLine: number, isHole: boolean): Scanned {
  const tokens: Token[] = []
  let at = from
  let line = firstLine
  let depth = 0
  const take = (form: RegExp): string | undefined => {
    form.lastIndex = at
    return form.exec(source)?.[0]
  }
  while (at < source.length) {
    const space = take(blank)
    if (space !== undefined) {
      at += space.length
      line += lineBreaks(space)
      continue
    }
    const next = source[at] ?? ''
    if (next === '`') {
      const template = scanTemplate(source, at, line)
      tokens.push(template.token)
      at = template.token.end
      line = template.line
      continue
    }
    const token = plainToken(take, next, tokens.at(-1))
    if (token.value === '{' && token.kind === 'sign') depth++
    if (token.value === '}' && token.kind === 'sign') {
      if (isHole && depth === 0) return { tokens, at: at + 1, line }
      depth--
    }
    const { kind, value, length } = token
    tokens.push({ kind, value, start: at, end: at + length, line })
    line += lineBreaks(source.slice(at, at + length))
    at += length
  }
  return { tokens, at, line }
}

function plainToken(
  take: (form: RegExp) => string | undefined,
  next: string,
  previous: Token | undefined,
): { kind: Plain['kind']; value: string; length: number } {
  const attempts = [
    ['text', text],
    ['word', word],
    ['number', number],
    ...(next === '/' && mayDivide(previous) ? [] : ([['expression', expression]] as const)),
    ['sign', sign],
  ] as const
  for (const [kind, form] of attempts) {
    const found = take(form)
    if (found === undefined) continue
    return {
      kind,
      value: kind === 'text' ? unescaped(found.slice(1, -1)) : found,
      length: found.length,
    }
  }
  return { kind: 'sign', value: next, length: 1 }
}

// Behind a value a slash divides; elsewhere it opens a regular expression.
function mayDivide(previous: Token | undefined): boolean {
  if (previous === undefined) return false
  if (previous.kind === 'sign') return /^[)\]}]$/.test(previous.value)
  return (
    previous.kind !== 'word' || !/^(?:return|typeof|case|of|in|await|void)$/.test(previous.value)
  )
}

function scanTemplate(
  source: string,
  start: number,
  firstLine: number,
): { readonly token: Template; readonly line: number } {
  const parts: string[] = []
  const holes: (readonly Token[])[] = []
  let at = start + 1
  let line = firstLine
  let part = ''
  while (at < source.length && source[at] !== '`') {
    if (source.startsWith('${', at)) {
      const hole = scan(source, at + 2, line, true)
      parts.push(unescaped(part))
      holes.push(hole.tokens)
      part = ''
      at = hole.at
      line = hole.line
      continue
    }
    const step = source[at] === '\\' ? 2 : 1
    const piece = source.slice(at, at + step)
    part += piece
    line += lineBreaks(piece)
    at += step
  }
  parts.push(unescaped(part))
  const end = Math.min(at + 1, source.length)
  const place = { start, end, line: firstLine }
  return {
    token: { kind: 'template', value: source.slice(start, end), parts, holes, ...place },
    line,
  }
}

const lineBreaks = (piece: string): number => piece.split('\n').length - 1

const named: { readonly [letter: string]: string } = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
}

const unescaped = (body: string): string =>
  body.replaceAll(
    /\\(?:u\{([\da-f]{1,6})\}|u([\da-f]{4})|x([\da-f]{2})|([\s\S]))/gi,
    (
      _,
      braced: string | undefined,
      four: string | undefined,
      two: string | undefined,
      one = '',
    ) => {
      const code = Number.parseInt(braced ?? four ?? two ?? '', 16)
      if (Number.isNaN(code)) return named[one] ?? one
      return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
    },
  )
