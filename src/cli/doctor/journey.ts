// From the first request to the answer that a page gets, redirects included, as Fetch has it.
// https://fetch.spec.whatwg.org/#http-redirect-fetch

import { maskedTarget } from '../../observe/masking.js'
import { isLoopbackHost } from '../../terms/loopback.js'
import { type Answer, combined, isRedirect } from '../../why/answer.js'
import { corsFault, type Fault, preflightFaults } from '../../why/cors-check.js'
import { needsPreflight, unsafeNames } from '../../why/preflight.js'
import type { SymptomCode } from './finding.js'
import { changesNothing, type Question } from './question.js'

/** Sends one request and returns its answer. */
export type Ask = (request: Sent) => Promise<Answer>

export interface Sent {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

/** One station: what was asked there, and what was answered. */
export interface Hop {
  readonly url: URL
  /** As it was sent; undefined where the page and the server have one origin. */
  readonly origin: string | undefined
  readonly preflight: Answer | undefined
  /** Undefined where the preflight stopped it. */
  readonly answer: Answer | undefined
}

export interface Journey {
  readonly hops: readonly Hop[]
  /** Why the page gets nothing, all of it about the last hop; empty when it may read the answer. */
  readonly faults: readonly Fault<SymptomCode>[]
}

interface State {
  readonly url: URL
  readonly method: string
  readonly headers: Question['headers']
  readonly body: string | undefined
  /** Undefined as long as page and server have one origin. */
  readonly origin: string | undefined
}

const mostRedirects = 20

/** Goes the way that a browser goes, with or without the visitor's cookies. */
export async function travel(ask: Ask, question: Question, withCookies: boolean): Promise<Journey> {
  const hops: Hop[] = []
  let state = begin(question)
  for (;;) {
    const hop = await visit(ask, question, state, withCookies)
    hops.push(hop)
    const faults = faultsOf(hop, question, state, withCookies)
    if (faults.length > 0) return { hops, faults }
    const next = nextState(hop, question, state, hops.length)
    if (next === undefined) return { hops, faults: [] }
    if ('code' in next) return { hops, faults: [next] }
    state = next
  }
}

function begin({ url, method, headers, body, origin }: Question): State {
  return { url, method, headers, body, origin: url.origin === origin ? undefined : origin }
}

/** Asks first where a browser would, and goes on where it would; both modes read the same answers. */
async function visit(
  ask: Ask,
  question: Question,
  { url, method, headers, body, origin }: State,
  withCookies: boolean,
): Promise<Hop> {
  const names = unsafeNames(headers)
  if (isBlocked(url, question)) return { url, origin, preflight: undefined, answer: undefined }
  let preflight: Answer | undefined
  if (origin !== undefined && needsPreflight(method, headers)) {
    preflight = await ask(preflightOf(url, origin, method, names))
    if (
      preflightFaults(preflight, { origin, method, unsafeNames: names, withCookies }).length > 0
    ) {
      return { url, origin, preflight, answer: undefined }
    }
  }
  const cookie = withCookies && url.hostname === question.url.hostname ? question.cookie : undefined
  const sent = {
    url,
    headers: {
      ...valuesOf(headers),
      ...(origin !== undefined && { origin }),
      ...(cookie !== undefined && { cookie }),
    },
  }
  const isSent = changesNothing(method) || question.body !== undefined
  const answer = isSent ? await ask({ ...sent, method, body }) : await askSafely(ask, sent)
  return { url, origin, preflight, answer }
}

/** A method that may change something is stood in for by one that does not. */
async function askSafely(ask: Ask, sent: Omit<Sent, 'method'>): Promise<Answer> {
  const head = await ask({ ...sent, method: 'HEAD' })
  if (!('failure' in head) && ![404, 405, 501].includes(head.status)) return head
  const options = await ask({ ...sent, method: 'OPTIONS' })
  return 'failure' in options || options.status > 299 ? head : options
}

export function preflightOf(
  url: URL,
  origin: string,
  method: string,
  names: readonly string[],
): Sent {
  return {
    url,
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(names.length > 0 && { 'access-control-request-headers': names.join(',') }),
    },
  }
}

function valuesOf(headers: Question['headers']): Record<string, string> {
  return Object.fromEntries(
    [...headers].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** A page on HTTPS may not call plain HTTP, this machine's own excepted. */
function isBlocked(url: URL, { origin, isOriginGiven }: Question): boolean {
  return (
    isOriginGiven &&
    origin.startsWith('https:') &&
    url.protocol === 'http:' &&
    !isLoopbackHost(url.hostname)
  )
}

function faultsOf(
  { preflight, answer }: Hop,
  question: Question,
  { url, method, headers, origin }: State,
  withCookies: boolean,
): readonly Fault<SymptomCode>[] {
  if (isBlocked(url, question)) {
    return [
      {
        code: 'mixed-content',
        message: `A page of ${question.origin} may not call ${url.origin}, which is not encrypted.`,
      },
    ]
  }
  if (origin === undefined) return answer === undefined ? [] : unreachable(answer)
  const request = { origin, method, unsafeNames: unsafeNames(headers), withCookies }
  const asked = preflight === undefined ? [] : preflightFaults(preflight, request)
  if (answer === undefined || asked.length > 0) return asked
  if ('failure' in answer) return unreachable(answer)
  const fault = corsFault(answer, request)
  return fault === undefined ? [] : [fault]
}

function unreachable(answer: Answer): readonly Fault<SymptomCode>[] {
  return 'failure' in answer
    ? [{ code: 'unreachable', message: `No response: ${answer.failure}.` }]
    : []
}

/** Where it goes on; undefined at the end, a fault where a browser gives up. */
function nextState(
  { answer }: Hop,
  question: Question,
  state: State,
  count: number,
): State | Fault<SymptomCode> | undefined {
  if (answer === undefined || !isRedirect(answer) || 'failure' in answer) return undefined
  const location = combined(answer, 'location')
  if (location === undefined) return undefined
  const target = URL.canParse(location, state.url.href)
    ? new URL(location, state.url.href)
    : undefined
  if (target === undefined || !/^https?:$/.test(target.protocol)) {
    return {
      code: 'redirect-not-followed',
      message: `It redirects to ${maskedTarget(location)}, which no browser follows.`,
    }
  }
  if (count > mostRedirects) {
    return {
      code: 'redirect-not-followed',
      message: `It redirects more than ${mostRedirects} times.`,
    }
  }
  const isForeign = target.origin !== question.origin
  if (
    (target.username !== '' || target.password !== '') &&
    (isForeign || state.origin !== undefined)
  ) {
    return {
      code: 'redirect-with-password',
      message: 'It redirects to an address with a user name, which pages may not follow.',
    }
  }
  const leaves = target.origin !== state.url.origin
  const isReset =
    (/^30[12]$/.test(String(answer.status)) && state.method === 'POST') ||
    (answer.status === 303 && state.method !== 'GET' && state.method !== 'HEAD')
  const headers = new Map(
    [...state.headers].filter(
      ([name]) => !(leaves && name === 'authorization') && !(isReset && bodyNames.has(name)),
    ),
  )
  return {
    url: target,
    method: isReset ? 'GET' : state.method,
    body: isReset ? undefined : state.body,
    headers,
    origin: originBehind(question.origin, state, target),
  }
}

/** https://fetch.spec.whatwg.org/#concept-request-tainted-origin */
function originBehind(page: string, { url, origin }: State, target: URL): string | undefined {
  if (origin === undefined) return target.origin === page ? undefined : page
  return target.origin !== url.origin && url.origin !== page ? 'null' : origin
}

const bodyNames = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
])
