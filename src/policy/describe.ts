// Decisions in words: for the operator with the entry that matched, for a client without.

import { printable } from '../terms/printable.js'
import { withoutUser } from '../terms/secrets.js'
import type { Decision, NearMiss } from './decision.js'
import { nearMiss } from './near-miss.js'
import type { Reason } from './reasons.js'

export { nearMiss } from './near-miss.js'

/** One sentence for the operator: what was decided, why, and by which entry. */
export function describe(decision: Decision): string {
  const sentence = describeForClient(decision)
  if (decision.rule !== undefined) {
    return `${sentence.slice(0, -1)}, by the entry ${decision.rule}.`
  }
  const near = nearMiss(decision)
  return near === undefined ? sentence : `${sentence.slice(0, -1)}: ${describeNearMiss(near)}.`
}

/** The same for whoever sent the request. Holds nothing that is configured, only what was sent. */
export function describeForClient(decision: Decision): string {
  const sentence = sentences[decision.reason]
  return sentence(shown(decision.subject ?? decision.origin ?? ''))
}

/** The difference as the end of a sentence. */
export function describeNearMiss({ differs, entry }: NearMiss): string {
  return `${differences[differs]} ${entry}`
}

const allowed = (origin: string): string => `The origin ${origin} is allowed.`

const sentences: Readonly<Record<Reason, (value: string) => string>> = {
  'origin-exact': allowed,
  'origin-wildcard': allowed,
  'origin-pattern': allowed,
  'origin-regex': allowed,
  'origin-loopback': allowed,
  'any-origin': () => 'Every origin may read this, without credentials.',
  'origin-fallback': origin => `The request has no Origin, so ${origin} is used instead.`,
  'public-fallback': origin =>
    `The origin ${origin} is not listed and may read this without credentials.`,
  'no-origin': () => 'The request has no Origin, so it is no CORS request.',
  'same-origin': () => 'The page was served from this very host, so it needs no permission.',
  'host-not-allowed': host => `The host ${host} is not served here.`,
  'cross-site': request => `Another site caused this request (${request}), and no grant covers it.`,
  'origin-not-allowed': origin => `The origin ${origin} is not allowed.`,
  'origin-null': () =>
    'The origin is null: the page has none, because it is sandboxed, opened from a file, or was redirected across sites.',
  'malformed-origin': origin => `"${origin}" is not an origin as browsers send it.`,
  'method-not-allowed': method => `The method ${method} is not allowed.`,
  'method-forbidden': method => `No browser may send the method ${method} from a page.`,
  'malformed-request-method': method =>
    `"${method}" in Access-Control-Request-Method is not one method.`,
  'header-not-allowed': name => `The request header ${name} is not allowed.`,
  'header-authorization-not-covered-by-wildcard': () =>
    'The request header authorization must be allowed by name: * does not cover it.',
  'malformed-request-headers': name =>
    `"${name}" in Access-Control-Request-Headers is not a header name.`,
  'too-many-request-headers': () =>
    'Access-Control-Request-Headers is longer than 4096 bytes, or lists more than 128 names or 16 empty ones.',
}

const differences: Readonly<Record<NearMiss['differs'], string>> = {
  scheme: 'it differs only in its scheme from',
  port: 'it differs only in its port from',
  case: 'it differs only in upper and lower case from',
  'trailing-slash': 'it has a trailing slash or path, unlike',
  'trailing-dot': 'it ends in a dot, unlike',
  'default-port': 'it names its default port, unlike',
  apex: 'a wildcard does not cover the domain itself:',
  subdomain: 'it is a subdomain of',
  www: 'it differs only in www. from',
  typo: 'it looks like a misspelling of',
}

/** Values come from strangers: cut, and without anything that a terminal or a log would act on. */
function shown(value: string): string {
  const text = withoutUser(value)
  return printable(text.length > maxShown ? `${text.slice(0, maxShown)}…` : text)
}

const maxShown = 256
