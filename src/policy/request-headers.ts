// Judges `Access-Control-Request-Headers` in one pass. Its length is the client's choice, so the
// scan is bounded and splits nothing: floods of commas have stopped other implementations.

import { isTokenCode } from './header-names.js'
import type { Policy } from './policy.js'
import type { Reason } from './reasons.js'

/** Why a preflight fails, and the one value that caused it. */
export interface Refusal {
  readonly reason: Reason
  readonly subject: string
}

export const maxRequestHeadersLength = 4096
export const maxRequestHeaderNames = 128
export const maxEmptyElements = 16

/** Undefined when every name asked for is allowed. */
export function judgeRequestHeaders(
  value: string,
  policy: Policy,
  credentials: boolean,
): Refusal | undefined {
  if (value.length > maxRequestHeadersLength) return tooMany(value)
  let refused: Refusal | undefined
  let names = 0
  let empty = 0
  for (let start = 0; start <= value.length; ) {
    const end = elementEnd(value, start)
    const from = skipSpace(value, start, end)
    const to = trimSpace(value, from, end)
    start = end + 1
    if (from === to) {
      if (++empty > maxEmptyElements) return tooMany(value)
      continue
    }
    if (++names > maxRequestHeaderNames) return tooMany(value)
    let isLowerCase = true
    for (let i = from; i < to; i++) {
      const code = value.charCodeAt(i)
      if (!isTokenCode(code)) {
        return { reason: 'malformed-request-headers', subject: value.slice(from, to) }
      }
      if (code >= 0x41 && code <= 0x5a) isLowerCase = false
    }
    // As every browser writes it; lower-casing anyway would cost more than judging.
    const name = isLowerCase ? value.slice(from, to) : value.slice(from, to).toLowerCase()
    // The scan goes on after a refusal: a value that is no list at all is told apart from it.
    refused ??= judgeName(name, policy, credentials)
  }
  return refused
}

/** The names asked for, lower case, as `Access-Control-Allow-Headers` echoes them. */
export function echoRequestHeaders(value: string): string {
  let echo = ''
  for (let start = 0; start <= value.length; ) {
    const end = elementEnd(value, start)
    const from = skipSpace(value, start, end)
    const to = trimSpace(value, from, end)
    start = end + 1
    if (from === to) continue
    echo += `${echo === '' ? '' : ', '}${value.slice(from, to).toLowerCase()}`
  }
  return echo
}

function judgeName(name: string, policy: Policy, credentials: boolean): Refusal | undefined {
  if (policy.headers !== '*') {
    return policy.headers.has(name) ? undefined : { reason: 'header-not-allowed', subject: name }
  }
  if (name !== 'authorization' || credentials || policy.listsAuthorization) return undefined
  return { reason: 'header-authorization-not-covered-by-wildcard', subject: name }
}

function tooMany(value: string): Refusal {
  return { reason: 'too-many-request-headers', subject: value.slice(0, 64) }
}

function elementEnd(value: string, start: number): number {
  const comma = value.indexOf(',', start)
  return comma === -1 ? value.length : comma
}

function skipSpace(value: string, start: number, end: number): number {
  let from = start
  while (from < end && isSpace(value.charCodeAt(from))) from++
  return from
}

function trimSpace(value: string, start: number, end: number): number {
  let to = end
  while (to > start && isSpace(value.charCodeAt(to - 1))) to--
  return to
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}
