// From the text of a console to the messages in it, with what stands around each. Pure.

import { type Context, contexts, preflightWords, tails } from './contexts.js'
import { givenBetween, type Letters, lettersOf, lettersOfWords } from './letters.js'
import type { Certainty, Engine, Meaning } from './message.js'
import { messageSections } from './messages.js'
import { type Found, findAll, type Pattern, patternOf } from './patterns.js'

/** A message that was found, and what it was said about. */
export interface Hit {
  readonly engine: Engine | undefined
  readonly means: Meaning
  readonly slots: ReadonlyMap<string, string>
  readonly isAboutPreflight: boolean
  /** As it was given, from the words before it to its end. */
  readonly seen: string
  /** The lines that it stands in. */
  readonly lines: string
}

export interface ReadConsole {
  readonly hits: readonly Hit[]
  /** Lines that hold no part of a message. */
  readonly rest: readonly string[]
}

interface Span {
  readonly start: number
  readonly end: number
}

interface Place extends Found {
  readonly engine: Engine | undefined
  readonly means: Meaning
}

interface Frame extends Place {
  readonly stands: Context['stands']
}

const known = [
  ...messageSections.flatMap(({ messages }) =>
    messages.map(({ words, engine, means, isProvoked }) => ({
      engine,
      means,
      isProvoked,
      pattern: patternOf(words),
    })),
  ),
]
const around = contexts.map(({ words, stands, alone }) => ({
  stands,
  alone,
  pattern: patternOf(words),
}))
const aside = [preflightWords, ...tails].map(patternOf)
const [preflight] = aside

/** All messages in the text, in their order. */
export function readConsole(text: string): ReadConsole {
  const letters = lettersOf(text)
  const found = longest(
    known.flatMap(({ engine, means, pattern }) =>
      findAll(pattern, letters).map(place => ({ ...place, engine, means })),
    ),
  )
  const frames = longest(
    around.flatMap(({ stands, alone, pattern }) =>
      findAll(pattern, letters).map(place => ({
        ...place,
        engine: undefined,
        means: alone,
        stands,
      })),
    ),
  )
  const extras = aside.flatMap(pattern => findAll(pattern, letters))
  const preflights = preflight === undefined ? [] : findAll(preflight, letters)
  const pieces = cutPieces(letters, [...found, ...frames, ...extras])
  const messages = [...found, ...pieces].sort((a, b) => a.start - b.start)
  const framed = messages.map(message => withFrames(message, messages, frames, preflights, letters))
  const used = new Set(framed.flatMap(({ own }) => own))
  const alone = frames
    .filter(frame => !used.has(frame) && frame.means.length > 0)
    .map(frame => hitOf(frame, [], false, letters))
  return {
    hits: [...framed.map(({ hit }) => hit), ...alone],
    rest: linesOutside(letters, [...messages, ...frames, ...extras]),
  }
}

/** Of places that overlap, the one that says most. */
function longest<P extends Span>(places: readonly P[]): P[] {
  const kept: P[] = []
  for (const place of [...places].sort((a, b) => b.end - b.start - (a.end - a.start))) {
    if (!kept.some(other => place.start < other.end && other.start < place.end)) kept.push(place)
  }
  return kept.sort((a, b) => a.start - b.start)
}

function withFrames(
  message: Place,
  all: readonly Place[],
  frames: readonly Frame[],
  preflights: readonly Span[],
  letters: Letters,
) {
  const from = all.filter(({ end }) => end <= message.start).at(-1)?.end ?? 0
  const next = all.find(({ start, means }) => start >= message.end && means !== message.means)
  const to = next?.start ?? letters.text.length
  const [before] = frames
    .filter(
      ({ stands, start, end }) => stands === 'before' && start >= from && end <= message.start,
    )
    .slice(-1)
  const behind = frames.find(
    ({ stands, start, slots }) =>
      stands === 'behind' &&
      start >= message.end &&
      start < to &&
      (before === undefined || !slots.has('url')),
  )
  const isAboutPreflight = preflights.some(
    ({ start, end }) => start >= from && end <= message.start,
  )
  const own = [before, behind].filter(frame => frame !== undefined)
  return { own, hit: hitOf(message, own, isAboutPreflight, letters) }
}

function hitOf(
  place: Place,
  frames: readonly Frame[],
  isAboutPreflight: boolean,
  letters: Letters,
): Hit {
  const start = Math.min(place.start, ...frames.map(frame => frame.start))
  const end = Math.max(place.end, ...frames.map(frame => frame.end))
  return {
    engine: place.engine,
    means: place.means,
    slots: new Map([...frames.flatMap(({ slots }) => [...slots]), ...place.slots]),
    isAboutPreflight,
    seen: givenBetween(letters, start, end).replace(/\s+/g, ' '),
    lines: linesAround(letters, start, end),
  }
}

function linesAround({ given, at }: Letters, start: number, end: number): string {
  const first = at[start] ?? 0
  const last = at[end - 1] ?? first
  const stop = given.indexOf('\n', last)
  return given.slice(given.lastIndexOf('\n', first) + 1, stop < 0 ? undefined : stop)
}

/** So many letters in a row, and no other message has them. */
const pieceLength = 16

interface Telling {
  readonly means: Meaning
  readonly engine: Engine | undefined
  /** What browsers of today write goes before what older ones wrote. */
  readonly isProvoked: boolean
}

let tellingPieces: ReadonlyMap<string, Telling | undefined> | undefined

function piecesThatTell(): ReadonlyMap<string, Telling | undefined> {
  const found = new Map<string, Telling | undefined>()
  const add = ({ pieces }: Pattern, telling: Telling | undefined) => {
    for (const piece of pieces) {
      for (let from = 0; from + pieceLength <= piece.length; from++) {
        const key = piece.slice(from, from + pieceLength)
        found.set(key, found.has(key) ? ofTwo(found.get(key), telling) : telling)
      }
    }
  }
  for (const { pattern, ...telling } of known) add(pattern, telling)
  for (const { alone, pattern } of around)
    add(pattern, { means: alone, engine: undefined, isProvoked: true })
  for (const pattern of aside) add(pattern, undefined)
  return found
}

function ofTwo(one: Telling | undefined, other: Telling | undefined): Telling | undefined {
  if (one === undefined || other === undefined) return undefined
  if (one.isProvoked !== other.isProvoked) return one.isProvoked ? one : other
  return one.means[0]?.[0] === other.means[0]?.[0] ? one : undefined
}

/** Messages of which only a piece is there. */
function cutPieces(letters: Letters, covered: readonly Span[]): Place[] {
  tellingPieces ??= piecesThatTell()
  const places: Place[] = []
  for (const { start: from, end: to } of gaps(covered, letters.text.length)) {
    for (let start = from; start + pieceLength <= to; start++) {
      const telling = tellingPieces.get(letters.text.slice(start, start + pieceLength))
      if (telling === undefined || telling.means.length === 0) continue
      const end = start + pieceLength
      const last = places.at(-1)
      const isSame = last?.engine === telling.engine && start - (last?.end ?? 0) < 400
      const means = lessSure(telling.means)
      if (last !== undefined && isSame && last.means[0]?.[0] === means[0]?.[0]) {
        places[places.length - 1] = { ...last, end }
      } else places.push({ start, end, slots: new Map(), engine: telling.engine, means })
    }
  }
  return places
}

function gaps(covered: readonly Span[], length: number): Span[] {
  const found: Span[] = []
  let start = 0
  for (const span of [...covered].sort((a, b) => a.start - b.start)) {
    if (span.start > start) found.push({ start, end: span.start })
    start = Math.max(start, span.end)
  }
  return [...found, { start, end: length }]
}

function lessSure(means: Meaning): Meaning {
  return means.map(([code, certainty]): [typeof code, Certainty] => [
    code,
    certainty === 'certain' ? 'likely' : certainty,
  ])
}

function linesOutside({ given, at }: Letters, covered: readonly Span[]): string[] {
  const inside = covered.map(({ start, end }) => [at[start] ?? 0, at[end - 1] ?? 0] as const)
  const rest: string[] = []
  let from = 0
  for (const line of given.split('\n')) {
    const to = from + line.length
    const isInside = inside.some(([first, last]) => first < to && last >= from)
    if (!isInside && tells(line)) rest.push(line.trim())
    from = to + 1
  }
  return rest
}

/** Stack frames, times and names of files say nothing that is looked for. */
function tells(line: string): boolean {
  const text = line.trim()
  if (/^(?:at |@|async |\(anonymous|[\w$.<>/]*@https?:)/.test(text)) return false
  const without = lettersOfWords(text)
    .replace(/https?:\/\/\S+|[\w(][\w.()-]*:\d+(?::\d+)?|\[(?:error|warning|log|info)\]/g, '')
    .replace(/[\d:.,/\-[\]()t+z'\s]/g, '')
  return without.length > 3
}
