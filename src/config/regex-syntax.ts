// Reads a regular expression as far as its safety needs: what repeats, what overlaps, and a string
// that it matches. The text has been accepted by RegExp, so here nothing can be malformed.

/** One flag per ASCII code: origins hold nothing else. */
export type CharacterSet = Uint8Array

export type RegexNode =
  | {
      readonly kind: 'set'
      readonly characters: CharacterSet
      /** What an unescaped dot was nearly always meant to be. */
      readonly meant?: string
    }
  | { readonly kind: 'sequence'; readonly nodes: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | {
      readonly kind: 'repeat'
      readonly node: RegexNode
      readonly min: number
      readonly max: number
    }
  /** Takes up no characters: anchors, and look-around with what is inside. */
  | { readonly kind: 'assertion'; readonly node: RegexNode | undefined }
  | { readonly kind: 'backreference' }

export interface ReadRegex {
  readonly root: RegexNode
  /** Where an unescaped `.` stands for one character: nearly always meant literally. */
  readonly dots: readonly number[]
}

export function readRegex(source: string): ReadRegex {
  const dots: number[] = []
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
        nodes.push(isDot && node.kind === 'set' ? { ...node, meant: '.' } : node)
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
        return { kind: 'set', characters: readClass() }
      case '\\':
        return readEscape()
      case '^':
      case '$':
        return { kind: 'assertion', node: undefined }
      case '.':
        return { kind: 'set', characters: fill(() => true) }
      default:
        return { kind: 'set', characters: only(character) }
    }
  }

  const readGroup = (): RegexNode => {
    const [prefix = '', kind = ''] = /^\?(:|<?[=!]|<[^>]*>)/u.exec(source.slice(at)) ?? []
    at += prefix.length
    const node = readChoice()
    at++
    return /[=!]$/u.test(kind) ? { kind: 'assertion', node } : node
  }

  const readEscape = (): RegexNode => {
    const character = source[at++] ?? ''
    if (/[bB]/u.test(character)) return { kind: 'assertion', node: undefined }
    if (/[1-9k]/u.test(character)) return { kind: 'backreference' }
    return { kind: 'set', characters: escapedSet(character) }
  }

  const escapedSet = (character: string): CharacterSet => {
    const length = { x: 2, u: 4 }[character]
    if (length !== undefined) {
      const code = Number.parseInt(source.slice(at, at + length), 16)
      at += length
      return fill(candidate => candidate === code)
    }
    const shorthand = shorthands[character.toLowerCase()]
    if (shorthand === undefined) return only(character)
    const isNegated = character !== character.toLowerCase()
    return fill(code => shorthand.test(String.fromCharCode(code)) !== isNegated)
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
      const [from, to] = [low.indexOf(1), high.lastIndexOf(1)]
      addAll(
        members,
        fill(code => code >= from && code <= to),
      )
    }
    at++
    return isNegated ? fill(code => members[code] === 0) : members
  }

  const readMember = (): CharacterSet => {
    const character = source[at++] ?? ''
    return character === '\\' ? escapedSet(source[at++] ?? '') : only(character)
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

  return { root: readChoice(), dots }
}

/** Whether two nodes can match a common character. */
export function overlap(a: CharacterSet, b: CharacterSet): boolean {
  return a.some((flag, code) => flag === 1 && b[code] === 1)
}

/** Every character that the node can match anywhere. */
export function charactersOf(node: RegexNode | undefined): CharacterSet {
  const all = new Uint8Array(128)
  switch (node?.kind) {
    case 'set':
      return node.characters
    case 'repeat':
      return charactersOf(node.node)
    case 'sequence':
      for (const part of node.nodes) addAll(all, charactersOf(part))
      return all
    case 'choice':
      for (const option of node.options) addAll(all, charactersOf(option))
      return all
    default:
      return all
  }
}

/** The characters that a match can begin with; all of them when it can be empty. */
export function firstCharactersOf(node: RegexNode): CharacterSet {
  switch (node.kind) {
    case 'set':
      return node.characters
    case 'repeat':
      return node.min === 0 ? fill(() => true) : firstCharactersOf(node.node)
    case 'sequence': {
      const first = node.nodes.find(part => part.kind !== 'assertion')
      return first === undefined ? fill(() => true) : firstCharactersOf(first)
    }
    case 'choice': {
      const all = new Uint8Array(128)
      for (const option of node.options) addAll(all, firstCharactersOf(option))
      return all
    }
    default:
      return fill(() => true)
  }
}

/** A string that the node matches, taking every optional part when `full`. */
export function sampleOf(node: RegexNode | undefined, full: boolean): string {
  switch (node?.kind) {
    case 'set':
      return node.meant ?? pick(node.characters)
    case 'repeat':
      return sampleOf(node.node, full).repeat(full ? Math.max(node.min, 1) : node.min)
    case 'sequence':
      return node.nodes.map(part => sampleOf(part, full)).join('')
    case 'choice':
      return sampleOf(full ? node.options.at(-1) : node.options[0], full)
    default:
      return ''
  }
}

/** Letters first: they are part of every host. */
function pick(characters: CharacterSet): string {
  for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789-.:/') {
    if (characters[character.charCodeAt(0)] === 1) return character
  }
  const code = characters.indexOf(1)
  return code === -1 ? '' : String.fromCharCode(code)
}

function only(character: string): CharacterSet {
  return fill(code => code === character.charCodeAt(0))
}

function fill(isMember: (code: number) => boolean): CharacterSet {
  return Uint8Array.from({ length: 128 }, (_, code) => (isMember(code) ? 1 : 0))
}

function addAll(members: CharacterSet, more: CharacterSet): void {
  more.forEach((flag, code) => {
    if (flag === 1) members[code] = 1
  })
}

const shorthands: Readonly<Record<string, RegExp>> = { d: /\d/u, w: /\w/u, s: /\s/u }
