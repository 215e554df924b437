// Whatever a person has copied, mixed as it may be: console lines, commands, heads of responses. Pure.

import { type Asked, factsOf, guesses } from './asked.js'
import { type Cause, cause, causesOfHits } from './causes.js'
import type { Facts } from './codes.js'
import { readConsole } from './console.js'
import { readCopied } from './copied.js'
import { type Guess, guessedServer } from './guess.js'
import { readHeads } from './heads.js'
import { causesOfHead } from './judged.js'

export interface ReadText {
  readonly causes: readonly Cause[]
  /** By the last head that gives one away. */
  readonly server: Guess | undefined
  /** Requests that commands of the text would send. */
  readonly asked: readonly Asked[]
  readonly rest: readonly string[]
}

export function readText(text: string): ReadText {
  const copied = readCopied(text)
  const { heads, rest: plain } = readHeads(copied.rest)
  const { hits, rest } = readConsole(plain)
  const [asked] = copied.asked
  const told = causesOfHits(hits, plain).map(one => withFacts(one, asked))
  const judged = heads.flatMap(head => causesOfHead(head, asked))
  const guessed = told.length + judged.length > 0 ? [] : copied.asked.flatMap(guesses)
  return {
    causes: [...told, ...judged, ...guessed],
    server: heads
      .map(({ answer }) => guessedServer(answer.headers))
      .findLast(one => one !== undefined),
    asked: copied.asked,
    rest,
  }
}

/** A line of a console, and the command copied next to it, are about the same request. */
function withFacts(one: Cause, asked: Asked | undefined): Cause {
  if (asked === undefined) return one
  const { facts } = one
  const known = factsOf(asked)
  const isSame = facts.url === undefined || withoutQuery(facts.url) === withoutQuery(asked.url)
  if (!isSame) return one
  const named = Object.entries(facts).filter(([, value]) => value !== undefined)
  const all: Facts = { ...known, ...Object.fromEntries(named) }
  return cause(one.code, one.certainty, all, one.evidence, one.isGuess)
}

const withoutQuery = (url: string): string => url.replace(/[?#].*$/, '')
