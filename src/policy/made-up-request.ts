// A request as a page would make it, and as its browser would send it.

import type { PolicyRequest } from './decision.js'
import { isForbiddenRequestHeader, isSafelistedMethod } from './header-names.js'

const makerNames = ['fetch', 'image', 'script', 'frame', 'link', 'form'] as const

/** What makes a browser send a request. */
type Maker = (typeof makerNames)[number]

/** What `Sec-Fetch-Mode` and `Sec-Fetch-Dest` say then. */
const makers: Readonly<Record<Maker, { readonly mode: string; readonly destination: string }>> = {
  fetch: { mode: 'cors', destination: 'empty' },
  image: { mode: 'no-cors', destination: 'image' },
  script: { mode: 'no-cors', destination: 'script' },
  frame: { mode: 'navigate', destination: 'iframe' },
  link: { mode: 'navigate', destination: 'document' },
  form: { mode: 'navigate', destination: 'document' },
}

export const makersText = makerNames.join(', ')

export const makerNamed = (word: string): Maker | undefined =>
  makerNames.find(name => name === word)

/** A request as a page would make it. */
export interface Question {
  readonly origin?: string | undefined
  readonly method?: string | undefined
  /** Names of request headers that the page sets, separated by commas. */
  readonly headers?: string | undefined
  readonly path?: string | undefined
  readonly isUpgrade?: boolean | undefined
  /** What makes the browser send it. A script, unless said. */
  readonly as?: Maker | undefined
}

/** The question as a browser would put it, with everything filled in. */
export interface AskedQuestion {
  readonly origin: string | undefined
  readonly method: string
  readonly headers: string
  readonly path: string
  readonly isUpgrade: boolean
  readonly as: Maker
}

export function completed({
  origin,
  method,
  headers,
  path,
  isUpgrade,
  as = 'fetch',
}: Question): AskedQuestion {
  const usual = as === 'form' ? 'POST' : 'GET'
  return {
    origin: origin === '' ? undefined : origin,
    method: isUpgrade === true ? 'GET' : normalMethod(method || usual),
    headers: headers ?? '',
    path: path || '/',
    isUpgrade: isUpgrade === true,
    as: isUpgrade === true ? 'fetch' : as,
  }
}

// https://fetch.spec.whatwg.org/#concept-method-normalize: patch is not among them.
export function normalMethod(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/iu.test(method) ? method.toUpperCase() : method
}

export function actualRequest({
  origin,
  method,
  path,
  isUpgrade,
  as,
}: AskedQuestion): PolicyRequest {
  const { mode, destination } = makers[as]
  // https://fetch.spec.whatwg.org/#append-a-request-origin-header
  const sendsOrigin = mode === 'cors' || (method !== 'GET' && method !== 'HEAD')
  const isByPage = origin !== undefined
  return {
    method,
    target: path,
    origin: sendsOrigin ? origin : undefined,
    requestMethod: undefined,
    requestHeaders: undefined,
    requestPrivateNetwork: undefined,
    secFetchSite: isByPage ? 'cross-site' : undefined,
    host: undefined,
    scheme: 'https',
    isUpgrade,
    rawHeaders: isByPage
      ? ['Sec-Fetch-Mode', isUpgrade ? 'websocket' : mode, 'Sec-Fetch-Dest', destination]
      : [],
  }
}

export function preflightRequest(
  { origin, method, isUpgrade, as }: AskedQuestion,
  names: readonly string[],
  actual: PolicyRequest,
): PolicyRequest | undefined {
  if (isUpgrade || as !== 'fetch' || origin === undefined) return undefined
  if (isSafelistedMethod(method) && names.length === 0) return undefined
  const requestHeaders = names.length === 0 ? undefined : names.join(',')
  return { ...actual, method: 'OPTIONS', requestMethod: method, requestHeaders }
}

/** What a browser asks for: lower case, sorted, without what it always or never lets a page send. */
export function unsafeNames(headers: string): string[] {
  const names = headers.split(',').map(name => name.trim().toLowerCase())
  return [...new Set(names)]
    .filter(name => !alwaysAllowed.has(name) && !isForbiddenRequestHeader(name))
    .sort()
}

const alwaysAllowed: ReadonlySet<string> = new Set([
  '',
  'accept',
  'accept-language',
  'content-language',
])
