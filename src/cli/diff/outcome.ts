// What a browser makes of an answer, with cookies and without: all that two answers can differ in
// and a page could tell.
import { isWorthExposing } from '../../policy/expose-headers.js'
import { isToken } from '../../terms/token.js'
import { type Answer, combined, lines, tokens } from '../../why/answer.js'
import { corsFault, preflightFaults } from '../../why/cors-check.js'

/** A request with an origin, as far as a browser checks the answer against it. */
export interface Asked {
  readonly origin: string
  /** The method and the header names that a preflight asks for; undefined for any other request. */
  readonly preflight: { readonly method: string; readonly names: readonly string[] } | undefined
}

export interface Outcome {
  /** The page may read the answer, or send the request that was asked for: also with cookies. */
  readonly allows: 'all' | 'without-cookies' | 'nothing'
  /** For how long a browser remembers the preflight, in its own words. */
  readonly maxAge: string
  /** Names of header fields that the page may read, beyond those that it always may; sorted. */
  readonly exposed: readonly string[]
  /** Whether the page may read timings. */
  readonly timing: boolean
}

export function outcomeOf(answer: Answer, asked: Asked): Outcome {
  const allowed = [true, false].filter(withCookies => isAllowed(answer, asked, withCookies))
  const allows = allowed[0] === true ? 'all' : allowed.length > 0 ? 'without-cookies' : 'nothing'
  if (allows === 'nothing') return { allows, maxAge: '', exposed: [], timing: false }
  if (asked.preflight !== undefined) {
    const maxAge = combined(answer, 'access-control-max-age') ?? ''
    return { allows, maxAge, exposed: [], timing: false }
  }
  const timing = lines(answer, 'timing-allow-origin').some(
    line => line === '*' || line === asked.origin,
  )
  return { allows, maxAge: '', exposed: exposedNames(answer, allows === 'all'), timing }
}

/** The names in which two outcomes differ. */
export const differences = (one: Outcome, other: Outcome): (keyof Outcome)[] =>
  (['allows', 'maxAge', 'exposed', 'timing'] as const).filter(
    name => String(one[name]) !== String(other[name]),
  )

function isAllowed(answer: Answer, { origin, preflight }: Asked, withCookies: boolean): boolean {
  if (preflight === undefined) return corsFault(answer, { origin, withCookies }) === undefined
  const { method, names } = preflight
  if (!names.every(isToken)) return false
  return preflightFaults(answer, { origin, method, unsafeNames: names, withCookies }).length === 0
}

/** https://fetch.spec.whatwg.org/#ref-for-http-access-control-expose-headers */
function exposedNames(answer: Answer, withCookies: boolean): readonly string[] {
  if ('failure' in answer) return []
  const listed = (tokens(answer, 'access-control-expose-headers') ?? []).map(name =>
    name.toLowerCase(),
  )
  const isStar = listed.includes('*') && !withCookies
  const names = isStar ? [...answer.headers.keys()] : listed
  return [...new Set(names)]
    .filter(name => answer.headers.has(name) && isWorthExposing(name))
    .sort()
}
