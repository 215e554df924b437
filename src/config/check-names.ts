// Methods and header names that no browser would send or show, and the ones that look like slips.

import {
  forbiddenMethods,
  isForbiddenRequestHeader,
  unexposableHeaders,
} from '../policy/header-names.js'
import { isPrefix } from '../policy/name-list.js'
import { error } from '../terms/finding.js'
import { servedMethods } from '../terms/methods.js'
import { isToken } from '../terms/token.js'
import type { ItemFinding } from './option-finding.js'

export function checkMethod(method: string): ItemFinding | undefined {
  if (method === '*') return undefined
  const upper = method.toUpperCase()
  if (!isToken(method)) return error('method-invalid', 'is not a method name')
  if (forbiddenMethods.has(upper)) {
    return error('method-forbidden', 'is a method that no browser sends from a page')
  }
  if (!servedMethods.has(upper)) {
    return error('method-unknown', 'is a method that this server cannot read: it would answer 501')
  }
  if (upper === method) return undefined
  return error(
    'method-case',
    `is not ${upper}: methods are compared with their case, and a page sends ${upper}`,
    { correction: upper },
  )
}

export function checkRequestHeader(header: string): ItemFinding | undefined {
  if (header === '*') return undefined
  const name = namePart(header)
  if (!isToken(name)) return error('request-header-invalid', 'is not a header name')
  if (name.includes('*')) return error('request-header-invalid', starInside)
  if (responseHeaders.has(name) || (isPrefix(header) && name.startsWith('access-control-'))) {
    return error('request-header-is-response-header', 'is a response header, not a request header')
  }
  if (isForbiddenRequestHeader(name)) {
    return error(
      'request-header-forbidden',
      'is set by the browser alone; a page cannot send it, so it needs no permission',
    )
  }
  return undefined
}

export function checkExposedHeader(header: string): ItemFinding | undefined {
  if (header === '*') return undefined
  const name = namePart(header)
  if (!isToken(name)) return error('expose-invalid', 'is not a header name')
  if (name.includes('*')) return error('expose-invalid', starInside)
  if (unexposableHeaders.has(name)) {
    return error('expose-forbidden', 'is hidden from every page by the browser')
  }
  if (name === 'origin' || name.startsWith('access-control-request-')) {
    return error('expose-is-request-header', 'is a request header, not a response header')
  }
  if (preflightHeaders.has(name)) {
    return error('expose-is-preflight-header', 'is read by the browser from a preflight only')
  }
  if (!requestOnlyHeaders.has(name)) return undefined
  return {
    severity: 'warning',
    code: 'expose-request-header-name',
    reason: 'is a request header: did you mean to allow it instead of exposing it?',
  }
}

/** The name, or what a prefix such as `x-amz-*` begins with; lower case. */
function namePart(item: string): string {
  return (isPrefix(item) ? item.slice(0, -1) : item).toLowerCase()
}

const starInside = 'has a * that is not at its end: x-amz-* stands for all that begin like it'

const responseHeaders: ReadonlySet<string> = new Set([
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-allow-private-network',
  'access-control-expose-headers',
  'access-control-max-age',
])

const preflightHeaders: ReadonlySet<string> = new Set([
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-allow-private-network',
  'access-control-max-age',
])

const requestOnlyHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'cookie',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'range',
  'referer',
  'user-agent',
  'x-requested-with',
])
