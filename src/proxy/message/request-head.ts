import type { PolicyRequest } from '../../policy/decision.js'
import * as kind from './field-kinds.js'
import { http1Fields } from './http2-fields.js'
import { type Reply, replies } from './replies.js'
import { isValidHost, MAX_TARGET_LENGTH, readTarget } from './request-target.js'

/** A request as its connection brought it, before anything of it has been judged. */
export interface ReceivedHead {
  readonly method: string
  /** The target as received; `:path` in HTTP/2. */
  readonly target: string
  /** Flat name/value pairs; in HTTP/2 with its pseudo-fields. */
  readonly rawHeaders: readonly string[]
  /** 10, 11 or 20; 0 for a version that nobody serves. */
  readonly version: 0 | 10 | 11 | 20
  /** Address of the peer; undefined on a unix socket. */
  readonly peerAddress: string | undefined
  readonly isEncrypted: boolean
  /** Whether a body follows that no field announces, as HTTP/2 has it. */
  readonly hasUnsizedBody: boolean
}

/** What reading a request head needs to know of the settings. */
export interface HeadRules {
  readonly kindOf: kind.KindOf
  /** Header lines accepted before 431. */
  readonly maxHeaderLines: number
  /** Bytes of a head before 431: of HTTP/2, whose parser has no such limit. */
  readonly maxHeaderSize: number
  /** Request body bytes accepted before 413; undefined for no cap. */
  readonly maxBodySize: number | undefined
  /** Our name in `Via`, or undefined when we add none. */
  readonly via: string | undefined
  readonly isTrustedPeer: (address: string) => boolean
}

/**
 * One request head, read in a single pass over the raw field lines: what the policy judges and
 * what forwarding needs. Repeated lines are joined as RFC 9110, 5.3 says, so that a doubled
 * `Origin` can match nothing.
 */
export class RequestHead implements PolicyRequest {
  readonly method: string
  target: string
  readonly rawHeaders: readonly string[]
  readonly isHttp10: boolean
  /** Address of the peer, or `unix` where it has none. */
  readonly peer: string
  readonly isPeerTrusted: boolean
  /** Address of the client: the peer, or the first one behind it that is no trusted proxy. */
  readonly client: string
  scheme: 'http' | 'https'
  isUpgrade = false
  /** Why it is answered here; nothing of it reaches the upstream. */
  fault: Reply | undefined = undefined

  host: string | undefined = undefined
  origin: string | undefined = undefined
  requestMethod: string | undefined = undefined
  requestHeaders: string | undefined = undefined
  requestPrivateNetwork: string | undefined = undefined
  secFetchSite: string | undefined = undefined
  connection: string | undefined = undefined
  transferEncoding: string | undefined = undefined
  contentLength: string | undefined = undefined
  upgrade: string | undefined = undefined
  expect: string | undefined = undefined
  via: string | undefined = undefined
  maxForwards: string | undefined = undefined
  forwarded: string | undefined = undefined
  forwardedFor: string | undefined = undefined
  forwardedProto: string | undefined = undefined
  forwardedHost: string | undefined = undefined
  forwardedPort: string | undefined = undefined
  forwardedPrefix: string | undefined = undefined
  requestId: string | undefined = undefined
  hostLines = 0

  constructor(received: ReceivedHead, rules: HeadRules) {
    this.method = received.method
    this.target = received.target
    const isHttp2 = received.version === 20
    const isTooLarge = isHttp2 && sizeOf(received.rawHeaders) > rules.maxHeaderSize
    if (!isHttp2) this.rawHeaders = received.rawHeaders
    else this.rawHeaders = isTooLarge ? [] : http1Fields(received.rawHeaders)
    this.isHttp10 = received.version === 10
    this.peer = plainAddress(received.peerAddress)
    this.isPeerTrusted = rules.isTrustedPeer(this.peer)
    this.scheme = received.isEncrypted ? 'https' : 'http'
    this.readFields(rules.kindOf)
    if (this.isPeerTrusted) this.adoptForwardedScheme()
    this.client = this.isPeerTrusted
      ? clientBehind(this.peer, this.forwardedFor, rules.isTrustedPeer)
      : this.peer
    this.fault = isTooLarge ? replies.headSize : this.findFault(received.version, rules)
    // HTTP/2 frames a body without a length; towards the upstream that is a chunked one.
    if (received.hasUnsizedBody && this.contentLength === undefined) {
      this.transferEncoding ??= 'chunked'
    }
    this.isUpgrade =
      this.fault === undefined &&
      this.upgrade !== undefined &&
      this.method === 'GET' &&
      !this.isHttp10 &&
      !this.hasBody &&
      kind.hasToken(this.upgrade, 'websocket') &&
      kind.hasToken(this.connection, 'upgrade')
  }

  /** Whether a body follows, by the framing that the parser understood. */
  get hasBody(): boolean {
    return (
      this.transferEncoding !== undefined ||
      (this.contentLength !== undefined && this.contentLength !== '0')
    )
  }

  private readFields(kindOf: kind.KindOf): void {
    const raw = this.rawHeaders
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const which = kindOf(raw[at] as string)
      if (which === kind.PLAIN) continue
      const value = raw[at + 1] as string
      switch (which) {
        case kind.HOST:
          this.hostLines++
          this.host = value
          break
        case kind.ORIGIN:
          this.origin = joined(this.origin, value, ', ')
          break
        case kind.REQUEST_METHOD:
          this.requestMethod = joined(this.requestMethod, value, ', ')
          break
        case kind.REQUEST_HEADERS:
          this.requestHeaders = joined(this.requestHeaders, value, ',')
          break
        case kind.REQUEST_PRIVATE_NETWORK:
          this.requestPrivateNetwork = joined(this.requestPrivateNetwork, value, ', ')
          break
        case kind.SEC_FETCH_SITE:
          this.secFetchSite = joined(this.secFetchSite, value, ', ')
          break
        case kind.CONNECTION:
          this.connection = joined(this.connection, value, ', ')
          break
        case kind.TRANSFER_ENCODING:
          this.transferEncoding = joined(this.transferEncoding, value, ', ')
          break
        case kind.CONTENT_LENGTH:
          this.contentLength = joined(this.contentLength, value, ', ')
          break
        case kind.UPGRADE:
          this.upgrade = joined(this.upgrade, value, ', ')
          break
        case kind.EXPECT:
          this.expect = joined(this.expect, value, ', ')
          break
        case kind.VIA:
          this.via = joined(this.via, value, ', ')
          break
        case kind.MAX_FORWARDS:
          this.maxForwards = joined(this.maxForwards, value, ', ')
          break
        case kind.FORWARDED:
          this.forwarded = joined(this.forwarded, value, ', ')
          break
        case kind.X_FORWARDED_FOR:
          this.forwardedFor = joined(this.forwardedFor, value, ', ')
          break
        case kind.X_FORWARDED_PROTO:
          this.forwardedProto = joined(this.forwardedProto, value, ', ')
          break
        case kind.X_FORWARDED_HOST:
          this.forwardedHost = joined(this.forwardedHost, value, ', ')
          break
        case kind.X_FORWARDED_PORT:
          this.forwardedPort = joined(this.forwardedPort, value, ', ')
          break
        case kind.X_FORWARDED_PREFIX:
          this.forwardedPrefix = joined(this.forwardedPrefix, value, ', ')
          break
        case kind.REQUEST_ID:
          this.requestId = joined(this.requestId, value, ', ')
          break
      }
    }
  }

  private adoptForwardedScheme(): void {
    if (this.forwardedProto === 'https' || this.forwardedProto === 'http') {
      this.scheme = this.forwardedProto
    }
  }

  private findFault(version: ReceivedHead['version'], rules: HeadRules): Reply | undefined {
    if (version === 0) return replies.version
    if (this.rawHeaders.length > rules.maxHeaderLines * 2) return replies.headerLines
    if (this.target.length > MAX_TARGET_LENGTH) return replies.targetLength
    if (this.hostLines > 1 || (this.hostLines === 0 && !this.isHttp10)) return replies.hostLines
    if (this.host !== undefined && !isValidHost(this.host)) return replies.host
    const framing = this.findFramingFault(rules)
    if (framing !== undefined) return framing
    if (this.method === 'TRACE' || this.method === 'CONNECT') return replies.method
    const target = readTarget(this.target, this.method, this.host)
    if (target === undefined) return replies.target
    this.target = target
    if (this.expect !== undefined && this.expect.toLowerCase() !== '100-continue') {
      return replies.expect
    }
    if (rules.via !== undefined && this.via !== undefined && hasPassed(this.via, rules.via)) {
      return replies.loop
    }
    return undefined
  }

  private findFramingFault(rules: HeadRules): Reply | undefined {
    if (this.transferEncoding !== undefined) {
      // HTTP/1.0 knows no chunked framing; with a length beside it, two readings are possible.
      if (this.isHttp10 || this.contentLength !== undefined) return replies.framing
      if (this.transferEncoding.toLowerCase() !== 'chunked') return replies.coding
    } else if (this.contentLength !== undefined) {
      const length = canonicalLength(this.contentLength)
      if (length === undefined) return replies.framing
      this.contentLength = length
      if (rules.maxBodySize !== undefined && Number(length) > rules.maxBodySize) {
        return replies.bodySize
      }
    }
    return undefined
  }
}

/** Read from the right: each trusted proxy appended the peer that it saw. */
function clientBehind(
  peer: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean,
): string {
  let client = peer
  for (const address of (forwardedFor ?? '').split(',').reverse()) {
    const seen = address.trim()
    if (seen === '') break
    client = seen
    if (!isTrusted(seen)) break
  }
  return client
}

function joined(before: string | undefined, value: string, separator: string): string {
  return before === undefined ? value : before + separator + value
}

/** One spelling for one peer: without a zone, and IPv4 as such also on an IPv6 socket. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unix'
  if (!address.includes(':')) return address
  const zone = address.indexOf('%')
  if (zone !== -1) return address.slice(0, zone)
  const isMapped = address.startsWith('::ffff:') && address.includes('.')
  return isMapped ? address.slice('::ffff:'.length) : address
}

/** The size of a head as HTTP/2 counts it (RFC 9113, 6.5.2): each field with 32 bytes of its own. */
function sizeOf(rawHeaders: readonly string[]): number {
  let size = rawHeaders.length * 16
  for (const part of rawHeaders) size += part.length
  return size
}

/** The length as plain decimal digits without leading zeros, or undefined when it is none. */
function canonicalLength(value: string): string | undefined {
  if (value.length === 0 || value.length > 15) return undefined
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return undefined
  }
  return value.charCodeAt(0) === 0x30 ? String(Number(value)) : value
}

/** Whether a `Via` value names us as a hop that this request has already passed. */
function hasPassed(via: string, name: string): boolean {
  for (const hop of via.split(',')) {
    const words = hop.trim().split(' ')
    if (words[1]?.toLowerCase() === name) return true
  }
  return false
}

/**
 * Whether a GET with these fields asks for a WebSocket (RFC 6455, 4.1). One with a body
 * does not: versions of Node differ in where the body ends and the new protocol begins.
 */
export function asksForWebSocket(raw: readonly string[]): boolean {
  let asks = false
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    if (name.length === 7) {
      if (name.toLowerCase() === 'upgrade') asks ||= kind.hasToken(raw[at + 1], 'websocket')
    } else if (name.length === 14) {
      if (name.toLowerCase() === 'content-length' && raw[at + 1] !== '0') return false
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return false
  }
  return asks
}
