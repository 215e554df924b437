// Reads a regular expression into a tree, as far as its safety needs. The text has been accepted by
// RegExp without flags, so here nothing can be malformed.

/** One flag for each ASCII code: origins hold nothing else. */
export type CharacterSet = Uint8Array

export type RegexNode =
  | {
      readonly kind: 'set'
      readonly characters: CharacterSet
      /** An unescaped dot that stands alone: nearly always meant literally. */
      readonly isDot: boolean
    }
  | { readonly kind: 'sequence'; readonly nodes: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | {
      readonly kind: 'repeat'
      readonly node: RegexNode
      readonly min: number
      readonly max: number
    }
  /** Takes up no characters: an anchor or a word boundary. */
  | { readonly kind: 'anchor' }
  | { readonly kind: 'look'; readonly node: RegexNode; readonly isBehind: boolean }
  | { readonly kind: 'backreference' }

export interface ReadRegex {
  readonly root: RegexNode
  /** Where an unescaped `.` stands for one character. */
  readonly dots: readonly number[]
  /** True with groups such as `(?i:…)`, which only some versions of Node.js know. */
  readonly hasModifiers: boolean
}

export function readRegex(source: string): ReadRegex {
  const dots: number[] = []
  let hasModifiers = false
  let at = 0

  const readChoice = (): RegexNode => {
    const options: RegexNode[] = [readSequence()]
    while (source[at] === '|') {
      at++
      options.push(readSequence())
    }
    const [only] = options
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options }
  }

  const readSequence = (): RegexNode => {
    const nodes: RegexNode[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const start = at
      const node = readAtom()
      const repeat = readQuantifier()
      if (repeat === undefined) {
        const isDot = source[start] === '.'
        if (isDot) dots.push(start)
        nodes.push(isDot && node.kind === 'set' ? { ...node, isDot } : node)
      } else {
        nodes.push({ kind: 'repeat', node, ...repeat })
      }
    }
    return { kind: 'sequence', nodes }
  }

  const readAtom = (): RegexNode => {
    const character = source[at++] ?? ''
    switch (character) {
      case '(':
        return readGroup()
      case '[':
        return set(readClass())
      case '\\':
        return readEscape()
      case '^':
      case '$':
        return { kind: 'anchor' }
      case '.':
        return set(fill(code => code !== 0x0a && code !== 0x0d))
      default:
        return set(only(character))
    }
  }

  const readGroup = (): RegexNode => {
    const [prefix = '', kind = ''] =
      /^\?([ims]*-?[ims]*:|<?[=!]|<[^>]*>)/u.exec(source.slice(at)) ?? []
    at += prefix.length
    hasModifiers ||= kind.length > 1 && kind.endsWith(':')
    const node = readChoice()
    at++
    return /[=!]$/u.test(kind) ? { kind: 'look', node, isBehind: kind.startsWith('<') } : node
  }

  const readEscape = (): RegexNode => {
    const character = source[at++] ?? ''
    if (/[bB]/u.test(character)) return { kind: 'anchor' }
    if (/[1-9k]/u.test(character)) return { kind: 'backreference' }
    return set(escapedSet(character))
  }

  const escapedSet = (character: string): CharacterSet => {
    const digits = { x: /^[\da-f]{2}/iu, u: /^[\da-f]{4}/iu, c: /^[a-z]/iu }[character]
    const match = digits?.exec(source.slice(at))?.[0]
    if (match !== undefined) {
      at += match.length
      const code = character === 'c' ? match.charCodeAt(0) % 32 : Number.parseInt(match, 16)
      return fill(candidate => candidate === code)
    }
    const shorthand = shorthands[character.toLowerCase()]
    if (shorthand !== undefined) {
      const isNegated = character !== character.toLowerCase()
      return fill(code => shorthand.test(String.fromCharCode(code)) !== isNegated)
    }
    // `\n`, `\t` and the like: white space, of which an origin holds none.
    return only(/[nrtvf0]/u.test(character) ? '\n' : character)
  }

  const readClass = (): CharacterSet => {
    const isNegated = source[at] === '^'
    if (isNegated) at++
    const members = new Uint8Array(128)
    while (at < source.length && source[at] !== ']') {
      const low = readMember()
      if (source[at] !== '-' || source[at + 1] === ']') {
        addAll(members, low)
        continue
      }
      at++
      const high = readMember()
      addAll(members, isOne(low) && isOne(high) ? between(low, high) : either(low, high))
    }
    at++
    return isNegated ? fill(code => members[code] === 0) : members
  }

  const readMember = (): CharacterSet => {
    const character = source[at++] ?? ''
    if (character !== '\\') return only(character)
    const escaped = source[at++] ?? ''
    return escaped === 'b' ? only('\b') : escapedSet(escaped)
  }

  const readQuantifier = (): { min: number; max: number } | undefined => {
    const rest = source.slice(at)
    const [text, symbol, min, comma, max] = /^(?:([*+?])|\{(\d+)(,)?(\d+)?\})\??/u.exec(rest) ?? []
    if (text === undefined) return undefined
    at += text.length
    if (symbol !== undefined) {
      return { min: symbol === '+' ? 1 : 0, max: symbol === '?' ? 1 : Number.POSITIVE_INFINITY }
    }
    const least = Number(min)
    if (comma === undefined) return { min: least, max: least }
    return { min: least, max: max === undefined ? Number.POSITIVE_INFINITY : Number(max) }
  }

  const root = readChoice()
  return { root, dots, hasModifiers }
}

/** Whether anything in the tree is of this kind. */
export function holds(node: RegexNode, is: (node: RegexNode) => boolean): boolean {
  return is(node) || childrenOf(node).some(child => holds(child, is))
}

function childrenOf(node: RegexNode): readonly RegexNode[] {
  switch (node.kind) {
    case 'sequence':
      return node.nodes
    case 'choice':
      return node.options
    case 'repeat':
    case 'look':
      return [node.node]
    default:
      return []
  }
}

const set = (characters: CharacterSet): RegexNode => ({ kind: 'set', characters, isDot: false })

/** Expressions are mostly single characters: each has one set, which nobody changes. */
const singles = Array.from({ length: 128 }, (_, code) =>
  new Uint8Array(128).fill(1, code, code + 1),
)
const none = new Uint8Array(128)

const only = (character: string): CharacterSet => singles[character.charCodeAt(0)] ?? none

const isOne = (members: CharacterSet): boolean => members.indexOf(1) === members.lastIndexOf(1)

const between = (low: CharacterSet, high: CharacterSet): CharacterSet => {
  const [from, to] = [low.indexOf(1), high.indexOf(1)]
  // A bound that is not ASCII lies above all that is.
  return fill(code => from !== -1 && code >= from && (to === -1 || code <= to))
}

// A class such as \d is no bound of a range: then the hyphen is a member of its own.
const either = (low: CharacterSet, high: CharacterSet): CharacterSet =>
  fill(code => low[code] === 1 || high[code] === 1 || code === hyphen)

const fill = (isMember: (code: number) => boolean): CharacterSet =>
  Uint8Array.from({ length: 128 }, (_, code) => (isMember(code) ? 1 : 0))

function addAll(members: CharacterSet, more: CharacterSet): void {
  more.forEach((flag, code) => {
    if (flag === 1) members[code] = 1
  })
}

const hyphen = 0x2d
const shorthands: Readonly<Record<string, RegExp>> = { d: /\d/u, w: /\w/u, s: /\s/u }
