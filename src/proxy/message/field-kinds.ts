/**
 * The header fields that forwarding treats specially (RFC 9110, 7.6.1; RFC 9112, 6). Every other
 * field passes with its case, order and repeats kept.
 */

import { clientClaims } from './client-claims.js'

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
export const X_FORWARDED_PREFIX = 24
/** Says who the client is, or what it asked for: believed from a trusted peer only. */
export const CLAIM = 25
/** A name that differs from a guarded one only by another mark for `-`: some servers fold them. */
export const UNDERSCORE_TWIN = 26
export const CDN_LOOP = 27
export const AUTHORIZATION = 28
/** How many there are. */
export const KINDS = 29

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
  ['cdn-loop', CDN_LOOP],
  ['authorization', AUTHORIZATION],
  ['forwarded', FORWARDED],
  ['x-forwarded-for', X_FORWARDED_FOR],
  ['x-forwarded-proto', X_FORWARDED_PROTO],
  ['x-forwarded-host', X_FORWARDED_HOST],
  ['x-forwarded-port', X_FORWARDED_PORT],
  ['x-forwarded-prefix', X_FORWARDED_PREFIX],
  ['access-control-request-method', REQUEST_METHOD],
  ['access-control-request-headers', REQUEST_HEADERS],
  ['access-control-request-private-network', REQUEST_PRIVATE_NETWORK],
  ['sec-fetch-site', SEC_FETCH_SITE],
  ...clientClaims.map(name => [name, CLAIM] as const),
]

const responseOnly: readonly (readonly [string, number])[] = [
  ['location', LOCATION],
  ['set-cookie', SET_COOKIE],
]

/** Answers the kind of a field by its name in any case. */
export type KindOf = (name: string) => number

/** `twin` is the kind of a name that is spelt with another mark for `-`, such as `_`. */
function compileKinds(entries: readonly (readonly [string, number])[], twin: number): KindOf {
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
    for (const known of alike) {
      if (name === known.usual) return known.kind
      const likeness = likenessOf(name, known.name)
      if (likeness !== 'none') return likeness === 'same' ? known.kind : twin
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

/**
 * CGI writes `-` as `_` (RFC 3875, 4.1.18), and so do WSGI, Rack and PHP; old Apache and lighttpd write
 * whatever is no letter or digit so: twins are one to them.
 */
function likenessOf(name: string, known: string): 'same' | 'twin' | 'none' {
  let likeness: 'same' | 'twin' = 'same'
  for (let at = 0; at < known.length; at++) {
    const a = name.charCodeAt(at)
    const b = known.charCodeAt(at)
    if (a === b) continue
    if (isMark(a) && isMark(b)) likeness = 'twin'
    else if ((a | 0x20) !== b || b < 0x61 || b > 0x7a) return 'none'
  }
  return likeness
}

/** Any byte of a field name but letters and digits (RFC 9110, 5.6.2). */
function isMark(code: number): boolean {
  const letter = code | 0x20
  return (letter < 0x61 || letter > 0x7a) && (code < 0x30 || code > 0x39)
}

/** Kinds of request fields; `requestIdHeader` is the lower-case name that carries request ids. */
export function compileRequestKinds(requestIdHeader: string): KindOf {
  const entries = [...hopByHop, [requestIdHeader, REQUEST_ID] as const, ...requestOnly]
  const listed = compileKinds(entries, UNDERSCORE_TWIN)
  return name => {
    const kind = listed(name)
    return kind === PLAIN ? kindInFamily(name) : kind
  }
}

const family = 'x-forwarded-'

/** `X-Forwarded-` and any other word: new ones are made up all the time. */
function kindInFamily(name: string): number {
  if (name.length <= family.length || (name.charCodeAt(0) | 0x20) !== LETTER_X) return PLAIN
  const likeness = likenessOf(name, family)
  return likeness === 'none' ? PLAIN : likeness === 'same' ? CLAIM : UNDERSCORE_TWIN
}

/** Kinds of response fields. */
export const responseKind: KindOf = compileKinds([...hopByHop, ...responseOnly], PLAIN)

/** Whether a field of a request is one of these, in any case and with any mark for `-`. */
export function compileRequestNames(names: readonly string[]): (name: string) => boolean {
  const kindOf = compileKinds(named(names), LISTED)
  return name => kindOf(name) !== PLAIN
}

/** Whether a field of a response is one of these, in any case. */
export function compileResponseNames(names: readonly string[]): (name: string) => boolean {
  const kindOf = compileKinds(named(names), PLAIN)
  return name => kindOf(name) !== PLAIN
}

const LISTED = 1

function named(names: readonly string[]): (readonly [string, number])[] {
  return names.map(name => [name.toLowerCase(), LISTED])
}

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

const LETTER_X = 0x78
