// What a browser, and whoever owns the data, would complain of. Pure: answers in, symptoms out.

import { maskedTarget } from '../../observe/masking.js'
import { isSafelistedMethod } from '../../policy/header-names.js'
import { allowCredentials, allowOrigin, combined, isRedirect, lines } from '../../why/answer.js'
import { corsFault, type Fault, notTrue, preflightFaults } from '../../why/cors-check.js'
import { needsPreflight } from '../../why/preflight.js'
import { cookieSymptoms } from './cookies.js'
import { type Gravity, type Symptom, type SymptomCode, symptom } from './finding.js'
import type { Journey } from './journey.js'
import { isCompressed, isGood, type Observations } from './observe.js'
import { changesNothing } from './question.js'
import { cacheSymptoms, strangerSymptoms } from './strangers.js'

/** What a browser would let the page do with the request that was asked about. */
export interface Prognosis {
  readonly canRead: boolean
  readonly canReadWithCookies: boolean
  /** The preflight of that request; where it needs none, one for authorization and content-type. */
  readonly passesPreflight: boolean
}

export function prognosisOf(seen: Observations): Prognosis {
  return {
    canRead: seen.withoutCookies.faults.length === 0,
    canReadWithCookies: seen.withCookies.faults.length === 0,
    passesPreflight: faultsOfPreflight(seen, false).length === 0,
  }
}

/**
 * Everything found, gravest first. What stops the request that was asked about is broken; what would
 * stop another one, with cookies or with a preflight, is a note.
 */
export function symptomsOf(seen: Observations): readonly Symptom[] {
  const { plain, actual } = seen
  if ('failure' in plain && 'failure' in actual) {
    return [symptom('unreachable', 'broken', `No response: ${actual.failure}.`)]
  }
  const all = unlike([
    ...journeySymptoms(judgedJourney(seen)),
    ...credentialSymptoms(seen),
    ...preflightSymptoms(seen),
    ...strangerSymptoms(seen),
    ...cacheSymptoms(seen),
    ...cookieSymptoms(seen),
    ...aroundSymptoms(seen),
  ])
  const order: readonly Gravity[] = ['broken', 'danger', 'risk', 'note']
  return all.sort((a, b) => order.indexOf(a.gravity) - order.indexOf(b.gravity))
}

/** With a cookie given, requests with cookies are what the person asks about. */
function judgedJourney({ question, withCookies, withoutCookies }: Observations): Journey {
  return question.cookie === undefined ? withoutCookies : withCookies
}

const as = (gravity: Gravity) => (fault: Fault<SymptomCode>) =>
  symptom(fault.code, gravity, fault.message)

/** Said once, and as gravely as it was said. */
function unlike(symptoms: readonly Symptom[]): Symptom[] {
  const seen = new Set<string>()
  return symptoms.filter(({ code }) => {
    const isNew = !seen.has(code) || repeatable.has(code)
    seen.add(code)
    return isNew
  })
}

const repeatable: ReadonlySet<string> = new Set(['cookie-not-cross-site', 'accepts-lookalike'])

function journeySymptoms({ hops, faults }: Journey): Symptom[] {
  const last = hops.at(-1)
  if (hops.length < 2 || last === undefined) return faults.map(as('broken'))
  const target = maskedTarget(last.url.href)
  const leaves = hops.some(({ url }) => url.origin !== hops[0]?.url.origin)
  const code = leaves ? 'redirects-elsewhere' : 'redirects-within'
  const sentAs = last.origin === 'null' ? ' There the browser sends Origin: null.' : ''
  const behind = faults.map(({ code, message }) =>
    symptom(code, 'broken', `Behind the redirect to ${target}: ${message}`),
  )
  const where = leaves ? `to another origin, ${target}` : `on the same origin, to ${target}`
  if (faults.length === 0) {
    return [
      symptom(
        code,
        'note',
        `It redirects ${where}, where the page may read the response.${sentAs}`,
      ),
    ]
  }
  const logIn = logInPage.test(last.url.href)
    ? ' That looks like a log-in page, which no script can fill in: answer 401 instead.'
    : ''
  return [
    symptom(
      code,
      'broken',
      `It redirects ${where}, and there the page may not read.${sentAs}${logIn}`,
    ),
    ...behind,
  ]
}

const logInPage = /\b(?:log-?in|sign-?in|sso|oauth2?|authorize|saml2?|cas|auth)\b/i

/** What the first answer says of requests with cookies. */
function credentialSymptoms(seen: Observations): Symptom[] {
  const { actual, question } = seen
  const found: Symptom[] = []
  const gravity = question.cookie === undefined ? 'note' : 'broken'
  const origins = combined(actual, allowOrigin)
  const credentials = lines(actual, allowCredentials)
  const asks = credentials.length > 0 || question.cookie !== undefined
  const fault = asks ? corsFault(actual, { origin: question.origin, withCookies: true }) : undefined
  if (fault?.code === 'star-with-credentials' || fault?.code.startsWith('allow-credentials')) {
    found.push(as(gravity)(fault))
  } else if (credentials.length === 1 && credentials[0] !== 'true') {
    found.push(as('note')(notTrue(credentials[0])))
  }
  if (origins === '*' && credentials.length === 0) {
    found.push(
      symptom('open-to-everyone', 'note', '* lets every page read this, but none with cookies.'),
    )
  }
  if (credentials[0] === 'true' && combined(actual, 'access-control-expose-headers') === '*') {
    found.push(
      symptom(
        'expose-star',
        question.cookie === undefined ? 'note' : 'risk',
        'Access-Control-Expose-Headers: * exposes nothing to requests with cookies.',
      ),
    )
  }
  return found
}

function faultsOfPreflight(
  { preflight, preflightNames, question }: Observations,
  withCookies: boolean,
) {
  const { origin, method } = question
  return preflightFaults(preflight, { origin, method, unsafeNames: preflightNames, withCookies })
}

function preflightSymptoms(seen: Observations): Symptom[] {
  const { actual, preflight, preflightNames, question } = seen
  const isAsked = needsPreflight(question.method, question.headers)
  const withCookies = question.cookie !== undefined
  const found = faultsOfPreflight(seen, withCookies).map(({ code, message }) =>
    isAsked
      ? symptom(code, 'broken', message)
      : symptom(
          code,
          'note',
          `A request with ${preflightNames.join(' and ')} would fail. ${message}`,
        ),
  )
  if ('failure' in preflight || preflight.status > 299) return found
  if (lines(preflight, 'access-control-max-age').length === 0) {
    found.push(
      symptom(
        'max-age-missing',
        'note',
        'No Access-Control-Max-Age: browsers send a preflight before most requests.',
      ),
    )
  }
  const inBoth = [preflight, actual].map(answer => combined(answer, allowCredentials) === 'true')
  const areGranted = [preflight, actual].every(
    answer => corsFault(answer, { origin: question.origin, withCookies: false }) === undefined,
  )
  if (areGranted && inBoth[0] !== inBoth[1]) {
    found.push(
      symptom(
        'contradictory',
        isAsked ? 'risk' : 'note',
        'Preflight and response disagree on Access-Control-Allow-Credentials.',
      ),
    )
  }
  return found
}

/** Errors, other hosts, other proxies: what else may surprise. */
function aroundSymptoms(seen: Observations): Symptom[] {
  const { actual, error, plain, question, ownOrigin, otherHost, throughProxy } = seen
  const { origin, url, method, body } = question
  const found: Symptom[] = []
  const isGranted = (answer: typeof actual) =>
    corsFault(answer, { origin, withCookies: false }) === undefined
  if (!('failure' in error) && error.status >= 400 && isGranted(actual) && !isGranted(error)) {
    found.push(
      symptom(
        'error-without-cors',
        'note',
        `An error (${error.status}) comes without Access-Control-Allow-Origin: the page sees a network failure, not the reason.`,
      ),
    )
  }
  if (ownOrigin !== undefined && isGood(ownOrigin) && !('failure' in actual)) {
    found.push(
      symptom(
        'origin-and-host-differ',
        'broken',
        `It answers ${actual.status} to Origin: ${origin}, but not to ${url.origin}, its own origin: it compares Origin with Host.`,
      ),
    )
  }
  if (otherHost !== undefined && isGood(otherHost)) {
    found.push(
      symptom(
        'answers-any-host',
        'note',
        'It answers any Host: by DNS rebinding, any web site that you visit may read it.',
      ),
    )
  }
  if (throughProxy !== undefined && isGood(throughProxy) && !isCompressed(throughProxy)) {
    found.push(
      symptom(
        'not-compressed-through-proxy',
        'note',
        `It compresses (${combined(plain, 'content-encoding')}), but not for a proxy that names itself in Via, like nginx, whose gzip_proxied is off by default.`,
      ),
    )
  }
  if (!changesNothing(method) && body === undefined) {
    found.push(
      symptom(
        'not-sent',
        'note',
        `${method} may change something, so HEAD or OPTIONS was sent in its place${isSafelistedMethod(method) ? '' : ', behind the preflight for it'}.`,
      ),
    )
  }
  if (isRedirect(actual) && combined(actual, 'location') === undefined) {
    found.push(symptom('redirect-not-followed', 'note', 'It redirects without a Location.'))
  }
  return found
}
