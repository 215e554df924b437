// The least that a server has to allow for a request to succeed. Pure.

import { isSafelistedMethod } from '../policy/header-names.js'
import { isPlainName, isPlainOrigin } from '../terms/paste.js'
import { isToken } from '../terms/token.js'
import type { Cause } from './causes.js'
import type { Code, Facts } from './codes.js'

export interface Grant {
  readonly origin: string
  /** Beyond GET, HEAD and POST; empty where no preflight is asked. */
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly credentials: boolean
  readonly exposed: readonly string[]
  readonly answersPreflight: boolean
}

/** Stands for an origin that the input does not tell. */
export const standardOrigin = 'https://app.example.com'

/** Most pages need these sooner or later, and a list that lacks them breaks what worked. */
const usualMethods = ['PUT', 'PATCH', 'DELETE']
const usualHeaders = ['authorization', 'content-type']

/** Undefined where no header would help, or a name is none to paste. */
export function grantFor({ code, facts }: Cause): Grant | undefined {
  if (!granted.has(code) || facts.origin === 'null') return undefined
  const { origin = standardOrigin, method = 'GET', credentials } = facts
  const answersPreflight = asking.has(code)
  const names = namesOf(facts)
  if (!isPlainOrigin(origin) || !names.every(isPlainName) || !isToken(method)) return undefined
  const isExposed = code === 'header-not-exposed'
  const unsafe = isSafelistedMethod(method) ? [] : [method]
  return {
    origin,
    methods: answersPreflight ? [...new Set([...usualMethods, ...unsafe])] : [],
    headers: answersPreflight ? [...new Set([...usualHeaders, ...names])] : [],
    credentials: credentials === true || code.includes('credentials'),
    exposed: isExposed ? names : [],
    answersPreflight,
  }
}

/** The headers that a cause is about. */
export function namesOf({ header }: Facts): readonly string[] {
  return (header ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
}

const asking: ReadonlySet<Code> = new Set([
  'preflight-allow-origin',
  'preflight-not-ok',
  'preflight-needs-auth',
  'preflight-redirects',
  'preflight-unreachable',
  'method-not-allowed',
  'header-not-allowed',
  'authorization-not-covered',
  'list-unreadable',
])

const granted: ReadonlySet<Code> = new Set([
  ...asking,
  'allow-origin-missing',
  'allow-origin-other',
  'allow-origin-doubled',
  'star-with-credentials',
  'allow-credentials-not-true',
  'allow-credentials-doubled',
  'header-not-exposed',
  'opaque-answer',
  'error-without-cors',
])
