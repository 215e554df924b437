/**
 * The header fields that forwarding treats specially (RFC 9110, 7.6.1; RFC 9112, 6). Every other
 * field passes with its case, order and repeats kept.
 */

import { sameName } from '../../terms/field-names.js'

export const PLAIN = 0
/** For one connection only: never relayed, in either direction. */
export const HOP = 1
export const CONNECTION = 2
export const TRANSFER_ENCODING = 3
export const CONTENT_LENGTH = 4
export const TRAILER = 5
export const UPGRADE = 6
export const HOST = 7
export const ORIGIN = 8
export const EXPECT = 9
export const VIA = 10
export const MAX_FORWARDS = 11
export const FORWARDED = 12
export const X_FORWARDED_FOR = 13
export const X_FORWARDED_PROTO = 14
export const X_FORWARDED_HOST = 15
export const X_FORWARDED_PORT = 16
export const REQUEST_METHOD = 17
export const REQUEST_HEADERS = 18
export const REQUEST_PRIVATE_NETWORK = 19
export const SEC_FETCH_SITE = 20
export const REQUEST_ID = 21
export const LOCATION = 22
export const SET_COOKIE = 23
/** A name that differs from a guarded one only by `_` for `-`: some servers fold the two. */
export const UNDERSCORE_TWIN = 24

const hopByHop: readonly (readonly [string, number])[] = [
  ['connection', CONNECTION],
  ['keep-alive', HOP],
  ['proxy-connection', HOP],
  ['proxy-authorization', HOP],
  ['proxy-authenticate', HOP],
  ['te', HOP],
  ['http2-settings', HOP],
  ['trailer', TRAILER],
  ['transfer-encoding', TRANSFER_ENCODING],
  ['upgrade', UPGRADE],
  ['content-length', CONTENT_LENGTH],
  ['via', VIA],
]

const requestOnly: readonly (readonly [string, number])[] = [
  ['host', HOST],
  ['origin', ORIGIN],
  ['expect', EXPECT],
  ['max-forwards', MAX_FORWARDS],
  ['forwarded', FORWARDED],
  ['x-forwarded-for', X_FORWARDED_FOR],
  ['x-forwarded-proto', X_FORWARDED_PROTO],
  ['x-forwarded-host', X_FORWARDED_HOST],
  ['x-forwarded-port', X_FORWARDED_PORT],
  ['access-control-request-method', REQUEST_METHOD],
  ['access-control-request-headers', REQUEST_HEADERS],
  ['access-control-request-private-network', REQUEST_PRIVATE_NETWORK],
  ['sec-fetch-site', SEC_FETCH_SITE],
  ['transfer_encoding', UNDERSCORE_TWIN],
  ['content_length', UNDERSCORE_TWIN],
  ['x_forwarded_for', UNDERSCORE_TWIN],
  ['x_forwarded_proto', UNDERSCORE_TWIN],
  ['x_forwarded_host', UNDERSCORE_TWIN],
  ['x_forwarded_port', UNDERSCORE_TWIN],
]

const responseOnly: readonly (readonly [string, number])[] = [
  ['location', LOCATION],
  ['set-cookie', SET_COOKIE],
]

/** Answers the kind of a field by its name in any case. */
export type KindOf = (name: string) => number

function compileKinds(entries: readonly (readonly [string, number])[]): KindOf {
  // By length: most names have one that no special field has, and few share one. Comparing in
  // place costs less than a lower-case copy and its hash.
  const byLength: KnownField[][] = []
  for (const [name, kind] of entries) {
    for (let shorter = byLength.length; shorter <= name.length; shorter++) byLength.push([])
    const alike = byLength[name.length]
    if (alike?.every(known => known.name !== name))
      alike.push({ name, usual: capitalised(name), kind })
  }
  return name => {
    const alike = byLength[name.length]
    if (alike === undefined) return PLAIN
    for (let at = 0; at < alike.length; at++) {
      const known = alike[at] as KnownField
      if (name === known.usual || sameName(name, 0, known.name)) return known.kind
    }
    return PLAIN
  }
}

interface KnownField {
  /** In lower case. */
  readonly name: string
  /** As browsers write it over HTTP/1.1: equal texts are found out faster than like ones. */
  readonly usual: string
  readonly kind: number
}

function capitalised(name: string): string {
  return name.replace(/(?<![^-])[a-z]/g, letter => letter.toUpperCase())
}

/** Kinds of request fields; `requestIdHeader` is the lower-case name that carries request ids. */
export function compileRequestKinds(requestIdHeader: string): KindOf {
  return compileKinds([...hopByHop, [requestIdHeader, REQUEST_ID], ...requestOnly])
}

/** Kinds of response fields. */
export const responseKind: KindOf = compileKinds([...hopByHop, ...responseOnly])

/**
 * Fields that a `Connection` line cannot take away: without them the message would be framed,
 * routed or judged differently from what the client sent.
 */
const protectedFromNomination = new Set([
  'host',
  'origin',
  'content-length',
  'transfer-encoding',
  'authorization',
  'cookie',
])

/**
 * The lower-case names that a `Connection` value declares to be for this hop only, or undefined
 * when there are none beside the usual `keep-alive`, `close` and `upgrade`.
 */
export function nominatedFields(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') {
    return undefined
  }
  let nominated: Set<string> | undefined
  for (const part of connection.split(',')) {
    const name = part.trim().toLowerCase()
    if (name === '' || name === 'keep-alive' || name === 'close' || name === 'upgrade') continue
    if (protectedFromNomination.has(name)) continue
    nominated ??= new Set()
    nominated.add(name)
  }
  return nominated
}

/** Whether a comma-separated value holds this lower-case token. */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false
  if (value === token) return true
  return value.split(',').some(part => part.trim().toLowerCase() === token)
}
