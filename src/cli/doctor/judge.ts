// What a browser, and whoever owns the data, would complain of. Pure: answers in, findings out.
import { allowCredentials, allowOrigin, grants, isRedirect, lines, one } from './answer.js'
import { type Finding, finding, type Gravity } from './finding.js'
import { preflightFindings } from './preflight.js'
import type { Observations } from './probe.js'
import { cacheFindings, strangerFindings } from './strangers.js'

/** What a browser would let the page do. */
export interface Prognosis {
  readonly canRead: boolean
  readonly canReadWithCookies: boolean
  readonly passesPreflight: boolean
}

/** What a browser would let the page of this origin do. */
export function prognosisOf(seen: Observations): Prognosis {
  const { actual, origin } = seen
  const readable = grants(actual, origin)
  return {
    canRead: readable,
    canReadWithCookies:
      readable && one(actual, allowOrigin) === origin && one(actual, allowCredentials) === 'true',
    passesPreflight: preflightFindings(seen).every(({ gravity }) => gravity !== 'broken'),
  }
}

/** Everything found, gravest first. */
export function findingsOf(seen: Observations): readonly Finding[] {
  if ('failure' in seen.actual) {
    return [finding('unreachable', 'broken', `No answer: ${seen.actual.failure}.`)]
  }
  const all = [
    ...actualFindings(seen),
    ...preflightFindings(seen),
    ...strangerFindings(seen),
    ...cacheFindings(seen),
    ...cookieFindings(seen),
    ...errorFindings(seen),
  ]
  const order: readonly Gravity[] = ['broken', 'danger', 'risk', 'note']
  return all.sort((a, b) => order.indexOf(a.gravity) - order.indexOf(b.gravity))
}

function actualFindings({ actual, origin }: Observations): Finding[] {
  const found: Finding[] = []
  const origins = lines(actual, allowOrigin)
  const credentials = lines(actual, allowCredentials)
  const [value] = origins
  if (value === undefined) {
    found.push(
      finding(
        'allow-origin-missing',
        'broken',
        `The answer to ${origin} has no Access-Control-Allow-Origin.`,
      ),
    )
  } else if (origins.length > 1 || value.includes(',')) {
    found.push(
      finding(
        'allow-origin-doubled',
        'broken',
        `Access-Control-Allow-Origin comes ${origins.length > 1 ? 'twice' : 'as a list'} (${origins.join(' and ')}): browsers accept exactly one value.`,
      ),
    )
  } else if (value !== '*' && value !== origin) {
    found.push(
      finding(
        'allow-origin-other',
        'broken',
        `Access-Control-Allow-Origin says ${value || 'nothing'}, not ${origin}.`,
      ),
    )
  }
  if (credentials.length > 1) {
    found.push(
      finding(
        'allow-credentials-doubled',
        'broken',
        'Access-Control-Allow-Credentials comes twice.',
      ),
    )
  } else if (credentials.length === 1 && credentials[0] !== 'true') {
    found.push(
      finding(
        'allow-credentials-not-true',
        'risk',
        `Access-Control-Allow-Credentials says ${credentials[0]}; browsers know only true, in lower case.`,
      ),
    )
  }
  if (value === '*' && credentials.length === 0) {
    found.push(
      finding(
        'open-to-everyone',
        'note',
        '* lets every page read this, and none send its cookies along.',
      ),
    )
  }
  if (value === '*' && credentials[0] === 'true') {
    found.push(
      finding(
        'star-with-credentials',
        'broken',
        '* together with Allow-Credentials: browsers refuse every request with cookies.',
      ),
    )
  }
  if (credentials[0] === 'true' && one(actual, 'access-control-expose-headers') === '*') {
    found.push(
      finding(
        'expose-star',
        'risk',
        'Access-Control-Expose-Headers: * exposes nothing to requests with cookies.',
      ),
    )
  }
  const location = one(actual, 'location')
  if (isRedirect(actual) && location !== undefined) {
    found.push(
      finding(
        'redirects-elsewhere',
        'risk',
        `It redirects to ${location}: across origins a browser then sends Origin: null.`,
      ),
    )
  }
  return found
}

function cookieFindings({ actual, plain, url, origin }: Observations): Finding[] {
  if (isSameSite(url.hostname, origin)) return []
  const cookies = [...lines(actual, 'set-cookie'), ...lines(plain, 'set-cookie')]
  const lost = cookies.filter(
    cookie => !/;\s*samesite=none/iu.test(cookie) || !/;\s*secure/iu.test(cookie),
  )
  const names = new Set(lost.map(cookie => cookie.split('=')[0] ?? ''))
  return [...names].map(name =>
    finding(
      'cookie-not-cross-site',
      'risk',
      `The cookie ${name} lacks SameSite=None; Secure, so requests from ${origin} come without it.`,
    ),
  )
}

/** Near enough without the public suffix list: only a risk is reported from it. */
function isSameSite(host: string, origin: string): boolean {
  const page = /^[a-z][a-z0-9+.-]*:\/\/(\[[^\]]*\]|[^/:]*)/u.exec(origin)?.[1] ?? ''
  const site = (name: string) => (/[a-z]$/u.test(name) ? name.split('.').slice(-2).join('.') : name)
  return site(page) === site(host)
}

function errorFindings({ error, actual, origin }: Observations): Finding[] {
  if ('failure' in error || error.status < 400) return []
  if (!grants(actual, origin) || grants(error, origin)) return []
  return [
    finding(
      'error-without-cors',
      'risk',
      `An error (${error.status}) comes without Access-Control-Allow-Origin: the page sees a network failure, not the reason.`,
    ),
  ]
}
