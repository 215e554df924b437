// Answers as the CORS protocol judges them, as causes.

import {
  type Answer,
  allowCredentials,
  allowOrigin,
  combined,
  isRedirect,
  lines,
} from './answer.js'
import { type Asked, askedNames, askedText, causeWithoutAnswer, factsOf } from './asked.js'
import { type Cause, cause } from './causes.js'
import type { Facts } from './codes.js'
import { corsFault, type Fault, preflightFaults } from './cors-check.js'
import type { Head } from './heads.js'
import { shownUrl } from './shown.js'

type Answered = Extract<Answer, { status: number }>

/** What a head that a person has copied says. */
export function causesOfHead({ answer, asked }: Head, given: Asked | undefined): readonly Cause[] {
  const request = given ?? asked
  if (request?.origin === undefined) return causesForAnybody(answer, request)
  const requested = asked?.headers.get('access-control-request-method')
  if (asked?.method === 'OPTIONS' && requested !== undefined) {
    const names = asked.headers.get('access-control-request-headers') ?? ''
    return causesOfPreflight({ ...asked, method: requested }, answer, listOf(names))
  }
  return causesOfAnswer(request, answer)
}

const listOf = (names: string): readonly string[] =>
  names
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '')

/** Why the page may not read this answer; that it may, when nothing is wrong. */
export function causesOfAnswer(asked: Asked, answer: Answered): readonly Cause[] {
  const stopped = causeWithoutAnswer(asked)
  if (stopped !== undefined) return [stopped]
  const { origin = '', credentials } = asked
  const fault = corsFault(answer, { origin, withCookies: credentials })
  const facts = { ...factsOf(asked), header: undefined, status: answer.status }
  const seen = [`${askedText(asked)} was answered with ${answer.status}.`]
  if (fault === undefined) {
    return [cause('no-cors-problem', 'certain', facts, [...seen, grantText(answer)])]
  }
  const location = combined(answer, 'location')
  if (isRedirect(answer) && location !== undefined) {
    seen.push(
      `It redirects to ${shownUrl(location)}, and browsers want the grant on that answer too.`,
    )
  }
  return [
    cause(fault.code, 'certain', withValue(facts, fault, answer), [...seen, grantText(answer)]),
  ]
}

/** Why the preflight stops the request. */
export function causesOfPreflight(
  asked: Asked,
  answer: Answered,
  names: readonly string[] = askedNames(asked),
): readonly Cause[] {
  const { origin = '', method, credentials } = asked
  const faults = preflightFaults(answer, {
    origin,
    method,
    unsafeNames: names,
    withCookies: credentials,
  })
  const facts: Facts = {
    ...factsOf(asked),
    status: answer.status,
    header: names.join(',') || undefined,
  }
  return faults.map(fault =>
    cause(fault.code, 'certain', withValue(facts, fault, answer), [
      `The preflight for ${askedText(asked)} was answered with ${answer.status}.`,
      fault.message,
    ]),
  )
}

function withValue(facts: Facts, { code }: Fault, answer: Answered): Facts {
  const name =
    code.includes('credentials') && code !== 'star-with-credentials'
      ? allowCredentials
      : allowOrigin
  return { ...facts, value: combined(answer, name) }
}

function grantText(answer: Answered): string {
  const value = combined(answer, allowOrigin)
  return value === undefined
    ? 'Its head has no Access-Control-Allow-Origin.'
    : `Its head has Access-Control-Allow-Origin: ${value}`
}

/** Where nobody says for which page it was asked. */
function causesForAnybody(answer: Answered, asked: Asked | undefined): readonly Cause[] {
  const facts: Facts = {
    ...(asked === undefined ? {} : { url: asked.url, method: asked.method }),
    status: answer.status,
    value: combined(answer, allowOrigin),
  }
  const seen = [`The head of an answer (${answer.status}). ${grantText(answer)}`]
  const values = lines(answer, allowOrigin)
  const [value] = values
  if (value === undefined) {
    const without =
      'It was asked without an Origin: some servers then leave the header out. Ask with -H "Origin: …".'
    return [cause('allow-origin-missing', 'likely', facts, [...seen, without])]
  }
  if (values.length > 1 || value.includes(','))
    return [cause('allow-origin-doubled', 'certain', facts, seen)]
  const credentials = lines(answer, allowCredentials)
  if (value === '*' && credentials[0] === 'true')
    return [cause('star-with-credentials', 'likely', facts, seen)]
  if (
    value !== '*' &&
    value !== 'null' &&
    !(URL.canParse(value) && new URL(value).origin === value)
  ) {
    return [
      cause('allow-origin-other', 'certain', facts, [...seen, 'No origin is spelt like that.']),
    ]
  }
  if (credentials.length > 0 && credentials[0] !== 'true') {
    return [
      cause('allow-credentials-not-true', 'likely', { ...facts, value: credentials[0] }, seen),
    ]
  }
  const whom =
    value === '*' ? 'Any page may read it, without credentials.' : `Pages of ${value} may read it.`
  return [
    cause('no-cors-problem', 'likely', facts, [...seen, whom]),
    ...(value === '*' ? [] : [cause('allow-origin-other', 'possible', facts, seen)]),
  ]
}
