// The two checks of the CORS protocol, on answers as they came. Pure.

import { isSafelistedMethod } from '../policy/header-names.js'
import {
  type Answer,
  allowCredentials,
  allowOrigin,
  combined,
  isRedirect,
  lines,
  tokens,
} from './answer.js'

export type FaultCode =
  | 'allow-origin-missing'
  | 'allow-origin-other'
  | 'allow-origin-doubled'
  | 'star-with-credentials'
  | 'allow-credentials-not-true'
  | 'allow-credentials-doubled'
  | 'preflight-unreachable'
  | 'preflight-redirects'
  | 'preflight-needs-auth'
  | 'preflight-not-ok'
  | 'preflight-allow-origin'
  | 'method-not-allowed'
  | 'header-not-allowed'
  | 'authorization-not-covered'
  | 'list-unreadable'

/** Why a browser refuses an answer. */
export interface Fault<Code extends string = FaultCode> {
  readonly code: Code
  readonly message: string
}

/** What a page asks for, as far as the checks look at it. */
export interface CorsRequest {
  /** As it is sent: `null` behind some redirects. */
  readonly origin: string
  readonly method: string
  /** Lower-case names of the headers that need permission. */
  readonly unsafeNames: readonly string[]
  readonly withCookies: boolean
}

/** Why the page may not read it; undefined when it may. https://fetch.spec.whatwg.org/#cors-check */
export function corsFault(
  answer: Answer,
  { origin, withCookies }: Pick<CorsRequest, 'origin' | 'withCookies'>,
  what = 'The response',
): Fault | undefined {
  const value = combined(answer, allowOrigin)
  if (value === undefined) {
    return {
      code: 'allow-origin-missing',
      message: `${what} to ${origin} has no Access-Control-Allow-Origin.`,
    }
  }
  if (value === '*' && !withCookies) return undefined
  if (value === '*') {
    return {
      code: 'star-with-credentials',
      message: `${what} has Access-Control-Allow-Origin: *, which browsers refuse for requests with cookies.`,
    }
  }
  if (value !== origin) return otherOrigin(lines(answer, allowOrigin), origin, what)
  if (!withCookies) return undefined
  const credentials = lines(answer, allowCredentials)
  if (credentials.length > 1) {
    return {
      code: 'allow-credentials-doubled',
      message: `${what} has Access-Control-Allow-Credentials twice.`,
    }
  }
  return credentials[0] === 'true' ? undefined : notTrue(credentials[0], what)
}

function otherOrigin(values: readonly string[], origin: string, what: string): Fault {
  const [value = ''] = values
  if (values.length > 1 || value.includes(',')) {
    return {
      code: 'allow-origin-doubled',
      message: `${what} has Access-Control-Allow-Origin ${values.length > 1 ? 'twice' : 'as a list'} (${values.join(' and ')}): browsers accept exactly one value.`,
    }
  }
  return {
    code: 'allow-origin-other',
    message: `${what} says Access-Control-Allow-Origin: ${value || 'nothing'}, not ${origin}.`,
  }
}

export function notTrue(value: string | undefined, what = 'The response'): Fault {
  return {
    code: 'allow-credentials-not-true',
    message:
      value === undefined
        ? `${what} has no Access-Control-Allow-Credentials: requests with cookies need true.`
        : `${what} says Access-Control-Allow-Credentials: ${value || 'nothing'}; browsers know only true, in lower case.`,
  }
}

/** Why the request is never sent; empty when it is. https://fetch.spec.whatwg.org/#cors-preflight-fetch */
export function preflightFaults(answer: Answer, request: CorsRequest): readonly Fault[] {
  if ('failure' in answer) {
    return [
      {
        code: 'preflight-unreachable',
        message: `The preflight got no response: ${answer.failure}.`,
      },
    ]
  }
  const status = statusFault(answer, answer.status)
  if (status !== undefined) return [status]
  const fault = corsFault(answer, request, preflightAnswer)
  const faults: Fault[] = []
  if (fault !== undefined) {
    const isCookie = fault.code.includes('credentials')
    const code = isCookie ? fault.code : 'preflight-allow-origin'
    faults.push({ code, message: fault.message })
  }
  return [...faults, ...methodFaults(answer, request), ...headerFaults(answer, request)]
}

const preflightAnswer = 'The preflight response'

function statusFault(answer: Answer, status: number): Fault | undefined {
  if (status >= 200 && status <= 299) return undefined
  if (isRedirect(answer)) {
    return {
      code: 'preflight-redirects',
      message: `The preflight is redirected (${status}), which browsers do not follow.`,
    }
  }
  return status === 401 || status === 407
    ? {
        code: 'preflight-needs-auth',
        message: `The preflight gets ${status}, a demand for credentials, which browsers never send with it.`,
      }
    : {
        code: 'preflight-not-ok',
        message: `The preflight gets ${status}; browsers require 200 to 299.`,
      }
}

function methodFaults(answer: Answer, { method, withCookies }: CorsRequest): readonly Fault[] {
  const methods = tokens(answer, 'access-control-allow-methods')
  if (methods === undefined) return [unreadable('Access-Control-Allow-Methods')]
  if (isSafelistedMethod(method) || methods.includes(method)) return []
  if (methods.includes('*') && !withCookies) return []
  return [
    {
      code: 'method-not-allowed',
      message: `The preflight response does not allow ${method}: ${methods.join(', ') || 'it names no method'}.`,
    },
  ]
}

function headerFaults(answer: Answer, { unsafeNames, withCookies }: CorsRequest): readonly Fault[] {
  const listed = tokens(answer, 'access-control-allow-headers')
  if (listed === undefined) return [unreadable('Access-Control-Allow-Headers')]
  const allowed = listed.map(name => name.toLowerCase())
  const isStar = allowed.includes('*') && !withCookies
  const missing = unsafeNames.filter(name => !allowed.includes(name))
  const refused = isStar ? [] : missing
  if (refused.length > 0) {
    return [
      {
        code: 'header-not-allowed',
        message: `The preflight response does not allow the header ${refused.join(', ')}.`,
      },
    ]
  }
  return missing.includes('authorization')
    ? [
        {
          code: 'authorization-not-covered',
          message:
            'The preflight response allows *, which does not cover authorization by the standard; some browsers still let it pass.',
        },
      ]
    : []
}

function unreadable(name: string): Fault {
  return {
    code: 'list-unreadable',
    message: `${name} is not a list of names, so browsers ignore it.`,
  }
}
