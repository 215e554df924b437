// Reads an origin as browsers serialise it. Deliberately not WHATWG `URL`: its `.origin` is "null"
// for app schemes, and it repairs what must be refused (upper case, `https:/host`, `127.1`).
// https://fetch.spec.whatwg.org/#origin-header

import { isLoopbackHost } from '../terms/loopback.js'
import { endsInNumber, isCanonicalIpv4, isCanonicalIpv6 } from './ip-address.js'

/** An origin taken apart. */
export interface ParsedOrigin {
  readonly scheme: string
  /** Lower case, but byte for byte where it is opaque; an IPv6 address keeps its brackets. */
  readonly host: string
  /** 0 stands for the scheme's default port. */
  readonly port: number
  /** `opaque` is what app shells have for a host and no name is: `app://.`, `file://`. */
  readonly hostKind: 'name' | 'ipv4' | 'ipv6' | 'opaque'
}

/** 64 for the scheme, `://`, 253 for the host, `:` and 5 for the port. */
export const maxOriginLength = 326
export const maxSchemeLength = 64
export const maxHostLength = 253

/**
 * The port that a serialised origin never shows; 0 for schemes that have none.
 * https://url.spec.whatwg.org/#default-port
 */
export function defaultPort(scheme: string): number {
  switch (scheme) {
    case 'https':
    case 'wss':
      return 443
    case 'http':
    case 'ws':
      return 80
    case 'ftp':
      return 21
    default:
      return 0
  }
}

/**
 * The parts of a serialised origin, or undefined for anything a browser would not send: upper case,
 * paths, user names, default or padded ports, empty labels, stray bytes, two values in one.
 * https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
 */
export function parseOrigin(text: string): ParsedOrigin | undefined {
  const length = text.length
  if (length > maxOriginLength) return undefined
  const schemeEnd = scanScheme(text)
  if (schemeEnd === -1) return undefined
  const scheme = text.slice(0, schemeEnd)
  const hostStart = schemeEnd + 3
  if (isFileOrigin(text))
    return { scheme, host: text.slice(hostStart), port: 0, hostKind: 'opaque' }
  const isIpv6 = text.charCodeAt(hostStart) === OPEN_BRACKET
  const nameEnd = isIpv6 ? text.indexOf(']', hostStart) + 1 : scanName(text, hostStart)
  const isOpaque = nameEnd <= hostStart && !isSpecial(scheme)
  const hostEnd = isOpaque ? scanOpaque(text, hostStart) : nameEnd
  if (hostEnd <= hostStart) return undefined
  const port = hostEnd === length ? 0 : scanPort(text, hostEnd)
  if (port === -1 || (port !== 0 && port === defaultPort(scheme))) return undefined
  const host = text.slice(hostStart, hostEnd)
  if (isIpv6) {
    if (!isCanonicalIpv6(host.slice(1, -1))) return undefined
    return { scheme, host, port, hostKind: 'ipv6' }
  }
  if (isOpaque) return { scheme, host, port, hostKind: 'opaque' }
  if (isSpecial(scheme) && endsInNumber(host)) {
    return isCanonicalIpv4(host) ? { scheme, host, port, hostKind: 'ipv4' } : undefined
  }
  return { scheme, host, port, hostKind: 'name' }
}

/**
 * Whether the URL Standard reads the host of this scheme as a domain or an address. Of all others it
 * takes the bytes as they are: https://url.spec.whatwg.org/#is-special
 */
export function isSpecial(scheme: string): boolean {
  return defaultPort(scheme) !== 0
}

/** What app shells send for pages opened from files; browsers send `null`. */
export function isFileOrigin(text: string): boolean {
  return text === 'file://' || text === 'file:///'
}

/** Index behind a host that need be no name, or -1: letters, digits and a few signs. */
export function scanOpaque(text: string, start: number): number {
  const length = /^[\w.~%+=-]*/u.exec(text.slice(start))?.[0].length ?? 0
  return length > maxHostLength ? -1 : start + length
}

/**
 * Whether only the visitor's own machine can serve it.
 * https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
 */
export function isLoopback({ scheme, host }: ParsedOrigin): boolean {
  return (scheme === 'http' || scheme === 'https') && isLoopbackHost(host)
}

/**
 * Index of `://` behind a valid scheme, or -1.
 * https://www.rfc-editor.org/rfc/rfc3986#section-3.1
 */
function scanScheme(text: string): number {
  for (let i = 0; i <= maxSchemeLength; i++) {
    const code = text.charCodeAt(i)
    if (code >= LOWER_A && code <= LOWER_Z) continue
    if (i === 0) return -1
    if ((code >= ZERO && code <= NINE) || code === PLUS || code === DOT || code === HYPHEN) continue
    if (code !== COLON) return -1
    return text.charCodeAt(i + 1) === SLASH && text.charCodeAt(i + 2) === SLASH ? i : -1
  }
  return -1
}

/** Index behind a host name of non-empty labels, one trailing dot allowed, or -1. */
function scanName(text: string, start: number): number {
  let labelStart = start
  let i = start
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= LOWER_A && code <= LOWER_Z) continue
    if ((code >= ZERO && code <= NINE) || code === HYPHEN || code === UNDERSCORE) continue
    if (code === DOT) {
      if (i === labelStart) return -1
      labelStart = i + 1
    } else if (code === COLON) {
      break
    } else {
      return -1
    }
  }
  const nameLength = labelStart === i ? i - start - 1 : i - start
  return nameLength > maxHostLength ? -1 : i
}

/** The number behind the colon at `colon`, or -1 unless it is 1 to 65535 without padding. */
function scanPort(text: string, colon: number): number {
  const length = text.length
  if (text.charCodeAt(colon) !== COLON || length - colon < 2 || length - colon > 6) return -1
  if (text.charCodeAt(colon + 1) === ZERO) return -1
  let port = 0
  for (let i = colon + 1; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < ZERO || code > NINE) return -1
    port = port * 10 + code - ZERO
  }
  return port > 65535 ? -1 : port
}

const PLUS = 0x2b
const HYPHEN = 0x2d
const DOT = 0x2e
const SLASH = 0x2f
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const UNDERSCORE = 0x5f
const LOWER_A = 0x61
const LOWER_Z = 0x7a
