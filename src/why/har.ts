// What an archive of a browser (HAR) tells: each request to another origin, and why its page did not get the answer.

import { isToken } from '../terms/token.js'
import type { Answer } from './answer.js'
import {
  type Asked,
  askedText,
  causeWithoutAnswer,
  factsOf,
  needsPreflight,
  preflightText,
} from './asked.js'
import { type Cause, cause, causesOfHits } from './causes.js'
import type { Code } from './codes.js'
import { readConsole } from './console.js'
import { type Guess, guessedServer } from './guess.js'
import { causesOfAnswer, causesOfPreflight } from './judged.js'
import type { Certainty } from './message.js'
import { shown } from './shown.js'

/** What is kept of an entry. */
interface Entry {
  readonly asked: Asked
  readonly answer: Extract<Answer, { status: number }>
  /** What Chromium says of a request without an answer: `net::ERR_FAILED`. */
  readonly error: string | undefined
  readonly isPreflight: boolean
  readonly isSocket: boolean
}

export interface HarCause {
  readonly cause: Cause
  readonly server: Guess | undefined
}

export interface HarReading {
  add(entry: unknown): void
  causes(): readonly HarCause[]
}

/** More say nothing new, and have to be kept. */
const mostEntries = 5000

export function readHar(): HarReading {
  const entries: Entry[] = []
  return {
    add(value) {
      const entry = entries.length < mostEntries ? entryOf(value) : undefined
      if (entry !== undefined) entries.push(entry)
    },
    causes() {
      const preflights = new Map(
        entries.filter(({ isPreflight }) => isPreflight).map(entry => [keyOf(entry.asked), entry]),
      )
      const all = entries
        .filter(({ isPreflight }) => !isPreflight)
        .flatMap(entry => causesOfEntry(entry, preflights.get(keyOf(entry.asked))))
      const wrong = all.filter(one => one.cause.code !== 'no-cors-problem')
      return wrong.length > 0 ? wrong : all
    },
  }
}

const keyOf = ({ url, origin }: Asked): string => `${url}\n${origin}`

function causesOfEntry(entry: Entry, preflight: Entry | undefined): HarCause[] {
  const server =
    guessedServer(entry.answer.headers) ?? (preflight && guessedServer(preflight.answer.headers))
  return causesWith(entry, preflight).map(one => ({ cause: one, server }))
}

function causesWith(entry: Entry, preflight: Entry | undefined): readonly Cause[] {
  const { asked, answer, error, isSocket } = entry
  const stopped = causeWithoutAnswer(asked)
  const hasAnswer = answer.status > 0 || answer.headers.size > 0
  if (stopped !== undefined) {
    return hasAnswer && stopped.code !== 'opaque-answer' && !stopped.code.startsWith('no-')
      ? []
      : [stopped]
  }
  if (isSocket) return causesOfSocket(entry)
  const named = error === undefined || error === 'net::ERR_FAILED' ? [] : namedBy(error, asked)
  if (named.length > 0) return named
  if (preflight !== undefined) {
    const refused = refusedPreflight(asked, preflight)
    if (refused.length > 0) return refused
  }
  if (hasAnswer) return causesOfAnswer(asked, answer)
  return unanswered(asked, preflight !== undefined, error)
}

function refusedPreflight(asked: Asked, { answer, error }: Entry): readonly Cause[] {
  if (answer.status > 0) return causesOfPreflight(asked, answer)
  const named = error === undefined ? [] : namedBy(error, asked)
  return named.some(({ isGuess }) => !isGuess)
    ? named
    : [
        cause('preflight-unreachable', 'likely', factsOf(asked), [
          `The preflight for ${askedText(asked)} has no answer.`,
        ]),
      ]
}

/** What the error's own name means. */
function namedBy(error: string, asked: Asked): readonly Cause[] {
  const { hits } = readConsole(error)
  return causesOfHits(hits, '')
    .filter(({ isGuess }) => !isGuess)
    .map(({ code, certainty }) =>
      cause(code, certainty, { ...factsOf(asked), header: undefined }, [
        `${askedText(asked)}: ${shown(error)}`,
      ]),
    )
}

function causesOfSocket({ asked, answer }: Entry): readonly Cause[] {
  const facts = { ...factsOf(asked), header: undefined, status: answer.status || undefined }
  if (answer.status === 101)
    return [cause('no-cors-problem', 'certain', facts, [`${askedText(asked)} was opened.`])]
  const what = answer.status > 0 ? `was answered with ${answer.status}` : 'was not opened'
  return [
    cause('websocket-refused', answer.status > 0 ? 'certain' : 'likely', facts, [
      `${askedText(asked)} ${what}.`,
    ]),
  ]
}

/** Browsers keep the head of a refused answer back, in some versions with its status. */
function unanswered(
  asked: Asked,
  hasPreflight: boolean,
  error: string | undefined,
): readonly Cause[] {
  const facts = factsOf(asked)
  const isInferred = !hasPreflight && needsPreflight(asked)
  const seen = [
    `${askedText(asked)} has no answer in the HAR${error === undefined ? '' : ` (${shown(error)})`}.`,
    ...(isInferred
      ? [
          `The HAR has no preflight for it. A browser sent one first, because of ${preflightText(asked)}; it was most likely refused.`,
        ]
      : ['Browsers hide an answer that the page may not read.']),
  ]
  const means: readonly (readonly [Code, Certainty])[] = isInferred
    ? [
        ['preflight-allow-origin', 'likely'],
        ['preflight-not-ok', 'possible'],
        ['method-not-allowed', 'possible'],
        ['header-not-allowed', 'possible'],
        ['no-answer', 'possible'],
      ]
    : [
        ['allow-origin-missing', 'likely'],
        ['no-answer', 'possible'],
        ['blocked-by-extension', 'possible'],
      ]
  return means
    .filter(([code]) => code !== 'header-not-allowed' || facts.header !== undefined)
    .map(([code, certainty]) => cause(code, certainty, facts, seen))
}

function entryOf(value: unknown): Entry | undefined {
  const request = at(value, 'request')
  const response = at(value, 'response')
  const address = text(request, 'url') ?? ''
  const method = text(request, 'method') ?? ''
  if (!URL.canParse(address) || !isToken(method)) return undefined
  const { origin: target } = new URL(address)
  const asked = single(headersOf(request))
  const referer = asked.get('referer') ?? ''
  const origin =
    asked.get('origin') ?? (URL.canParse(referer) ? new URL(referer).origin : undefined)
  const mode = asked.get('sec-fetch-mode')
  const type = text(value, '_resourceType')
  if (origin === undefined || origin === target || mode === 'navigate' || type === 'document')
    return undefined
  const isSocket = /^wss?:/.test(address) || type === 'websocket'
  const isScripted = asked.has('origin') || mode === 'cors' || type === 'fetch' || type === 'xhr'
  if (!isScripted && !isSocket) return undefined
  const status = at(response, 'status')
  const cookies = at(request, 'cookies')
  return {
    asked: {
      url: address,
      origin,
      method,
      headers: asked,
      credentials: asked.has('cookie') || (Array.isArray(cookies) && cookies.length > 0),
      mode,
    },
    answer: {
      status: typeof status === 'number' && status > 0 ? status : 0,
      headers: headersOf(response),
    },
    error: text(response, '_error') ?? text(value, '_error'),
    isPreflight: method === 'OPTIONS' && asked.has('access-control-request-method'),
    isSocket,
  }
}

/** Nothing that is looked at is longer. */
const mostValue = 2048

function headersOf(message: unknown): Map<string, readonly string[]> {
  const lines = at(message, 'headers')
  const found = new Map<string, readonly string[]>()
  for (const line of Array.isArray(lines) ? lines : []) {
    const name = text(line, 'name')?.toLowerCase()
    const value = text(line, 'value')
    if (name === undefined || value === undefined || !isToken(name)) continue
    // Chromium joins lines of one name by a line break.
    const values = value.slice(0, mostValue).split('\n')
    found.set(name, [...(found.get(name) ?? []), ...values])
  }
  return found
}

const single = (headers: ReadonlyMap<string, readonly string[]>): Map<string, string> =>
  new Map([...headers].map(([name, values]) => [name, values.join(', ')]))

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined
}

function text(value: unknown, key: string): string | undefined {
  const found = at(value, key)
  return typeof found === 'string' ? found : undefined
}
