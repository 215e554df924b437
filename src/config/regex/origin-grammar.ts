// What a serialised origin looks like, as a small automaton: no expression is ever asked about any
// other text. The rules are those of `src/policy/origin.ts`, lengths and addresses left out.

/** Where in an origin one is; `dead` where no origin goes on like this. */
export type Place = number

export interface OriginGrammar {
  /** How many places there are. */
  readonly size: number
  readonly start: Place
  /** Behind a character of a host label, and behind its dot. */
  readonly inLabel: Place
  readonly afterDot: Place
  /** Behind the colon of a port, and behind each of its digits. */
  readonly inPort: ReadonlySet<Place>
  /** Whether an origin may end here. */
  isEnd(place: Place): boolean
  /** The characters with which an origin may go on. */
  charactersAt(place: Place): readonly number[]
  /** Where the character with this code leads. */
  step(place: Place, code: number): Place
  /** The same for characters that lead to the same place from everywhere. */
  kindOf(code: number): number
}

export const dead: Place = -1

/** The characters that origins are made of, those that read best in an example first. */
export const originCharacters: readonly number[] = [
  ...'abcdefghijklmnopqrstuvwxyz0123456789-._:/[]+',
].map(character => character.charCodeAt(0))

/** Origins of one scheme, or of any. */
function grammarOf(scheme?: 'http' | 'https'): OriginGrammar {
  const rows: Int8Array[] = []
  const addPlace = (): Place => rows.push(new Int8Array(128).fill(dead)) - 1
  const lead = (from: Place, characters: string, to: Place): void => {
    for (const character of characters) rows[from]?.fill(to, ...oneAt(character))
  }
  const start = addPlace()
  let place = start
  const spell = (text: string): void => {
    for (const character of text) {
      const next = addPlace()
      lead(place, character, next)
      place = next
    }
  }
  if (scheme === undefined) {
    place = addPlace()
    lead(start, letters, place)
    lead(place, `${letters}${digits}+-.`, place)
  } else {
    spell(scheme)
  }
  spell('://')
  const [inLabel, afterDot] = [addPlace(), addPlace()]
  const [inAddress, afterAddress] = [addPlace(), addPlace()]
  const [beforePort, inDigits] = [addPlace(), addPlace()]
  for (const before of [place, afterDot, inLabel]) lead(before, `${letters}${digits}-_`, inLabel)
  lead(inLabel, '.', afterDot)
  lead(place, '[', inAddress)
  lead(inAddress, `${digits}abcdef:.`, inAddress)
  lead(inAddress, ']', afterAddress)
  for (const before of [inLabel, afterDot, afterAddress]) lead(before, ':', beforePort)
  lead(beforePort, '123456789', inDigits)
  lead(inDigits, digits, inDigits)
  const ends = new Set([inLabel, afterDot, inDigits, afterAddress])
  const characters = rows.map(row => originCharacters.filter(code => row[code] !== dead))
  const columns = Array.from({ length: 128 }, (_, code) => rows.map(row => row[code]).join())
  const kinds = columns.map(column => columns.indexOf(column))
  return {
    size: rows.length,
    start,
    inLabel,
    afterDot,
    inPort: new Set([beforePort, inDigits]),
    isEnd: place => ends.has(place),
    charactersAt: place => characters[place] ?? [],
    step: (place, code) => rows[place]?.[code] ?? dead,
    kindOf: code => kinds[code] ?? 0,
  }
}

const oneAt = (character: string): [number, number] => {
  const code = character.charCodeAt(0)
  return [code, code + 1]
}

const letters = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'

export const anyOrigin = grammarOf()
export const schemes = [
  { scheme: 'https', grammar: grammarOf('https') },
  { scheme: 'http', grammar: grammarOf('http') },
] as const
