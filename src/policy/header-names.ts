// Header names and methods that the Fetch Standard treats apart.
// https://fetch.spec.whatwg.org/#terminology-headers

import { sameName } from '../terms/field-names.js'

/**
 * Responses show these to any allowed page without being listed.
 * https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
 */
export const safelistedResponseHeaders: ReadonlySet<string> = new Set([
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
])

/**
 * Never visible to a script, so exposing them means nothing.
 * https://fetch.spec.whatwg.org/#forbidden-response-header-name
 */
export const unexposableHeaders: ReadonlySet<string> = new Set(['set-cookie', 'set-cookie2'])

/**
 * No browser sends these from a script, whatever a server allows.
 * https://fetch.spec.whatwg.org/#forbidden-method
 */
export const forbiddenMethods: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

/**
 * Cross-origin requests with these methods need no permission.
 * https://fetch.spec.whatwg.org/#cors-safelisted-method
 */
export function isSafelistedMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'POST'
}

/**
 * Whether only the browser itself may set it; takes a lower-case name.
 * https://fetch.spec.whatwg.org/#forbidden-request-header
 */
export function isForbiddenRequestHeader(name: string): boolean {
  return (
    forbiddenRequestHeaders.has(name) ||
    name.startsWith('proxy-') ||
    name.startsWith('sec-') ||
    name.startsWith('access-control-request-')
  )
}

/** Whether it is a header of the CORS protocol. */
export function isAccessControl(name: string): boolean {
  return name.length > 15 && sameName(name, 0, 'access-control-')
}

const forbiddenRequestHeaders: ReadonlySet<string> = new Set([
  'accept-charset',
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'date',
  'dnt',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
])
