// Judges `Access-Control-Request-Headers` in one pass. Its length is the client's choice, so the
// scan is bounded and splits nothing: floods of commas have stopped other implementations.

import { isSpace } from '../terms/field-names.js'
import { isTokenCode } from '../terms/token.js'
import {
  authorization,
  beginsAsListed,
  isAuthorization,
  listsNameIn,
  type NameList,
} from './name-list.js'
import type { Reason } from './reasons.js'

/** Why a preflight fails, and the one value that caused it. */
export interface Refusal {
  readonly reason: Reason
  readonly subject: string
}

export const maxRequestHeadersLength = 4096
export const maxRequestHeaderNames = 128
export const maxEmptyElements = 16

/**
 * Undefined when every name asked for is allowed.
 * https://fetch.spec.whatwg.org/#http-access-control-request-headers
 */
export function judgeRequestHeaders(
  value: string,
  list: NameList,
  credentials: boolean,
): Refusal | undefined {
  if (value.length > maxRequestHeadersLength) return tooMany(value)
  let refused: Refusal | undefined
  let names = 0
  let empty = 0
  for (let at = 0; at <= value.length; at++) {
    const from = skipSpace(value, at, value.length)
    const to = tokenEnd(value, from)
    at = skipSpace(value, to, value.length)
    const isWhole = at === value.length || value.charCodeAt(at) === COMMA
    if (isWhole && from === to) {
      if (++empty > maxEmptyElements) return tooMany(value)
      continue
    }
    if (++names > maxRequestHeaderNames) return tooMany(value)
    if (!isWhole) {
      const end = trimSpace(value, from, elementEnd(value, from))
      return { reason: 'malformed-request-headers', subject: value.slice(from, end) }
    }
    // The scan goes on after a refusal: a value that is no list at all is told apart from it.
    refused ??= judgeName(value, from, to, list, credentials)
  }
  return refused
}

/**
 * `Access-Control-Allow-Headers` where it depends on what was asked: for `*` each name asked for,
 * for prefixes the listed names and those asked for that begin like one. Lower case, each name once.
 * https://fetch.spec.whatwg.org/#http-access-control-allow-headers
 */
export function echoRequestHeaders(value: string, list: NameList): string {
  if (list.isAny && isPlainList.test(value)) return value
  const names = list.isAny ? [] : [...list.names]
  for (let start = 0; start <= value.length; ) {
    const end = elementEnd(value, start)
    const from = skipSpace(value, start, end)
    const to = trimSpace(value, from, end)
    start = end + 1
    if (from === to || !(list.isAny || beginsAsListed(list, value, from, to))) continue
    const name = value.slice(from, to).toLowerCase()
    if (!names.includes(name)) names.push(name)
  }
  return names.join(',')
}

/** One name, as most preflights ask for: nothing to fold, and nothing that could repeat. */
const isPlainList = /^[a-z\d-]*$/u

function judgeName(
  value: string,
  from: number,
  to: number,
  list: NameList,
  credentials: boolean,
): Refusal | undefined {
  if (list.isAny && (credentials || !isAuthorization(value, from, to))) return undefined
  if (listsNameIn(list, value, from, to)) return undefined
  if (list.isAny) {
    return { reason: 'header-authorization-not-covered-by-wildcard', subject: authorization }
  }
  return { reason: 'header-not-allowed', subject: value.slice(from, to).toLowerCase() }
}

function tooMany(value: string): Refusal {
  return { reason: 'too-many-request-headers', subject: value.slice(0, 64) }
}

function elementEnd(value: string, start: number): number {
  const comma = value.indexOf(',', start)
  return comma === -1 ? value.length : comma
}

function tokenEnd(value: string, start: number): number {
  let to = start
  while (to < value.length && isTokenCode(value.charCodeAt(to))) to++
  return to
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

const COMMA = 0x2c
