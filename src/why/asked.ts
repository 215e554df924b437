// A request of a page, as a command, an archive or a log tells of it.

import { isForbiddenRequestHeader, isSafelistedMethod } from '../policy/header-names.js'
import { isLoopbackHost } from '../terms/loopback.js'
import { type Cause, cause } from './causes.js'
import type { Facts } from './codes.js'
import type { Certainty } from './message.js'
import { unsafeNames } from './preflight.js'
import { shown, shownUrl } from './shown.js'

export interface Asked {
  readonly url: string
  readonly origin: string | undefined
  readonly method: string
  /** By lower-case name; nothing of the values is shown. */
  readonly headers: ReadonlyMap<string, string>
  readonly credentials: boolean
  readonly mode: string | undefined
}

/** What a browser sets by itself, and a copied command repeats. */
const byBrowser =
  /^(?:accept|accept-language|cache-control|pragma|priority|user-agent|upgrade-insecure-requests|if-none-match|if-modified-since|dnt|te|sec-.*)$/

/** Names that the page has set and that need permission. */
export function askedNames({ headers }: Asked): readonly string[] {
  const own = [...headers].filter(
    ([name]) => !byBrowser.test(name) && !isForbiddenRequestHeader(name),
  )
  return unsafeNames(new Map(own))
}

export function needsPreflight(asked: Asked): boolean {
  return !isSafelistedMethod(asked.method) || askedNames(asked).length > 0
}

export function factsOf(asked: Asked): Facts {
  const names = askedNames(asked)
  return {
    origin: asked.origin,
    url: asked.url,
    method: asked.method,
    header: names.length === 0 ? undefined : names.join(','),
    credentials: asked.credentials,
  }
}

/** `PUT http://… from http://…`, nothing of it secret. */
export function askedText({ method, url, origin }: Asked): string {
  const page = origin === undefined ? '' : ` from ${shown(origin)}`
  return `${shown(method)} ${shownUrl(url)}${page}`
}

export function preflightText(asked: Asked): string {
  const why = isSafelistedMethod(asked.method) ? [] : [asked.method]
  return [...why, ...askedNames(asked)].join(' and ')
}

/** What is wrong with a request, whoever answers it; undefined where that depends on the answer. */
export function causeWithoutAnswer(asked: Asked): Cause | undefined {
  const { url, origin, mode } = asked
  const { protocol, hostname, origin: target } = new URL(url)
  const facts = factsOf(asked)
  const seen = [askedText(asked)]
  if (!/^(?:https?|wss?):$/.test(protocol)) return cause('not-http', 'certain', facts, seen)
  if (
    origin?.startsWith('https:') &&
    /^(?:http|ws):$/.test(protocol) &&
    !isLoopbackHost(hostname)
  ) {
    return cause('mixed-content', 'certain', facts, seen)
  }
  if (mode === 'no-cors') return cause('opaque-answer', 'certain', facts, seen)
  const isSame = origin === target || asked.headers.get('sec-fetch-site') === 'same-origin'
  if (isSame)
    return cause('no-cors-problem', 'likely', facts, [
      ...seen,
      'Page and API have the same origin.',
    ])
  return undefined
}

/** What may be wrong, where only the request is known: nothing of it is sure. */
export function guesses(asked: Asked): readonly Cause[] {
  const known = causeWithoutAnswer(asked)
  if (known !== undefined) return [known]
  const facts = factsOf(asked)
  const isAsked = needsPreflight(asked)
  const seen = [
    askedText(asked),
    isAsked
      ? `A browser asks first, because of ${preflightText(asked)}. Nothing is known of the answers.`
      : 'Nothing is known of the answer.',
  ]
  const possible: Certainty = 'possible'
  const guess = (code: Parameters<typeof cause>[0], given = facts) =>
    cause(code, possible, given, seen, true)
  return [
    ...(asked.origin === 'null' ? [cause('not-http', 'likely', facts, seen)] : []),
    ...(isAsked ? [guess('preflight-allow-origin'), guess('preflight-not-ok')] : []),
    ...(isAsked && !isSafelistedMethod(asked.method) ? [guess('method-not-allowed')] : []),
    ...(facts.header === undefined ? [] : [guess('header-not-allowed')]),
    guess('allow-origin-missing'),
    ...(asked.credentials
      ? [guess('star-with-credentials'), guess('allow-credentials-not-true')]
      : []),
    guess('no-answer'),
  ]
}
