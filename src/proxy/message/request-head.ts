import type { PolicyRequest } from '../../policy/decision.js'
import type { ServesHost } from '../../policy/served-hosts.js'
import { fieldValue } from '../../terms/fields.js'
import * as kind from './field-kinds.js'
import { canonicalLength, type FaultRules, faultOf } from './head-faults.js'
import { fieldsByKind } from './head-fields.js'
import { http1Fields } from './http2-fields.js'
import { type Reply, replies } from './replies.js'
import { readTarget } from './request-target.js'

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
export interface HeadRules extends FaultRules {
  readonly kindOf: kind.KindOf
  /** Bytes of a head before 431: of HTTP/2, whose parser has no such limit. */
  readonly maxHeaderSize: number
  readonly isTrustedPeer: (address: string) => boolean
  readonly servesHost: ServesHost
}

/**
 * One request head, read in a single pass over the raw field lines: what the policy judges and
 * what forwarding needs. Repeated lines are joined as RFC 9110, 5.3 says, so that a doubled
 * `Origin` can match nothing.
 */
export class RequestHead implements PolicyRequest {
  readonly method: string
  /** In origin form, where it can be read; else as received. */
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly isHttp10: boolean
  /** Address of the peer, or `unix` where it has none. */
  readonly peer: string
  readonly isPeerTrusted: boolean
  /** Address of the client: the peer, or the first one behind it that is no trusted proxy. */
  readonly client: string
  readonly scheme: 'http' | 'https'
  readonly isUpgrade: boolean
  readonly isForeignHost: boolean
  /** Whether it shows signs of having come through another proxy, which may serve many clients. */
  readonly isForwarded: boolean
  /** Why it is answered here; nothing of it reaches the upstream. */
  readonly fault: Reply | undefined

  readonly host: string | undefined
  readonly origin: string | undefined
  readonly requestMethod: string | undefined
  readonly requestHeaders: string | undefined
  readonly requestPrivateNetwork: string | undefined
  readonly secFetchSite: string | undefined
  readonly connection: string | undefined
  /** `chunked` where HTTP/2 frames a body that has no length (RFC 9113, 8.1). */
  readonly transferEncoding: string | undefined
  /** In plain decimal digits, where it is a length. */
  readonly contentLength: string | undefined
  readonly expect: string | undefined
  readonly via: string | undefined
  readonly loopMarks: string | undefined
  readonly maxForwards: string | undefined
  /** Each line by itself. */
  readonly authorization: string | undefined
  readonly forwarded: string | undefined
  readonly forwardedFor: string | undefined
  readonly forwardedProto: string | undefined
  readonly forwardedHost: string | undefined
  readonly forwardedPort: string | undefined
  readonly forwardedPrefix: string | undefined
  readonly requestId: string | undefined

  constructor(received: ReceivedHead, rules: HeadRules) {
    const { method, version, rawHeaders, peerAddress, isEncrypted, hasUnsizedBody } = received
    const isTooLarge = version === 20 && sizeOf(rawHeaders) > rules.maxHeaderSize
    if (version !== 20) this.rawHeaders = rawHeaders
    else this.rawHeaders = isTooLarge ? [] : http1Fields(rawHeaders)
    const values = fieldsByKind(this.rawHeaders, rules.kindOf)
    this.host = values[kind.HOST]
    this.origin = values[kind.ORIGIN]
    this.requestMethod = values[kind.REQUEST_METHOD]
    this.requestHeaders = values[kind.REQUEST_HEADERS]
    this.requestPrivateNetwork = values[kind.REQUEST_PRIVATE_NETWORK]
    this.secFetchSite = values[kind.SEC_FETCH_SITE]
    this.connection = values[kind.CONNECTION]
    this.expect = values[kind.EXPECT]
    this.via = values[kind.VIA]
    this.loopMarks = values[kind.CDN_LOOP]
    this.maxForwards = values[kind.MAX_FORWARDS]
    this.forwarded = values[kind.FORWARDED]
    this.forwardedFor = values[kind.X_FORWARDED_FOR]
    this.forwardedProto = values[kind.X_FORWARDED_PROTO]
    this.forwardedHost = values[kind.X_FORWARDED_HOST]
    this.forwardedPort = values[kind.X_FORWARDED_PORT]
    this.forwardedPrefix = values[kind.X_FORWARDED_PREFIX]
    this.requestId = values[kind.REQUEST_ID]
    this.authorization = values[kind.AUTHORIZATION]
    const length = values[kind.CONTENT_LENGTH]
    this.contentLength = length === undefined ? undefined : (canonicalLength(length) ?? length)
    const isUnsized = hasUnsizedBody && length === undefined
    this.transferEncoding = values[kind.TRANSFER_ENCODING] ?? (isUnsized ? 'chunked' : undefined)

    this.method = method
    const target = readTarget(received.target, method, this.host)
    this.target = target ?? received.target
    this.isHttp10 = version === 10
    this.peer = plainAddress(peerAddress)
    this.isPeerTrusted = rules.isTrustedPeer(this.peer)
    this.isForwarded = this.isPeerTrusted || hasComeThroughProxy(values)
    this.scheme = schemeOf(isEncrypted, this.isPeerTrusted ? this.forwardedProto : undefined)
    this.client = this.isPeerTrusted
      ? clientBehind(this.peer, this.forwardedFor, rules.isTrustedPeer)
      : this.peer
    this.fault = isTooLarge
      ? replies.headSize
      : faultOf(this, { version, isTargetRead: target !== undefined }, rules)
    // A trusted proxy has chosen who may come; without a Host no browser has sent this.
    this.isForeignHost =
      this.host !== undefined && !this.isPeerTrusted && !rules.servesHost(this.host)
    this.isUpgrade =
      this.fault === undefined &&
      method === 'GET' &&
      !this.isHttp10 &&
      !this.hasBody &&
      kind.hasToken(values[kind.UPGRADE], 'websocket') &&
      kind.hasToken(this.connection, 'upgrade')
  }

  /** Whether a body follows, by the framing that the parser understood. */
  get hasBody(): boolean {
    return (
      this.transferEncoding !== undefined ||
      (this.contentLength !== undefined && this.contentLength !== '0')
    )
  }
}

function hasComeThroughProxy(values: readonly (string | undefined)[]): boolean {
  for (const sign of signsOfProxies) if (values[sign] !== undefined) return true
  return false
}

/** Fields that proxies add, and that clients have no reason to send. */
const signsOfProxies = [
  kind.VIA,
  kind.CDN_LOOP,
  kind.FORWARDED,
  kind.X_FORWARDED_FOR,
  kind.X_FORWARDED_PROTO,
  kind.X_FORWARDED_HOST,
  kind.X_FORWARDED_PORT,
  kind.X_FORWARDED_PREFIX,
  kind.CLAIM,
]

/** What a trusted hop says of the scheme counts, if it is one. */
function schemeOf(isEncrypted: boolean, said: string | undefined): 'http' | 'https' {
  if (said === 'https' || said === 'http') return said
  return isEncrypted ? 'https' : 'http'
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

/** Whether a request asks for a WebSocket: https://www.rfc-editor.org/rfc/rfc6455#section-4.1 */
export function asksForWebSocket(
  method: string | undefined,
  minorVersion: number,
  raw: readonly string[],
): boolean {
  const mayAsk = method === 'GET' && minorVersion >= 1
  return mayAsk && kind.hasToken(fieldValue(raw, 'upgrade'), 'websocket')
}

/** Whether a body follows a head with these fields. */
export function announcesBody(raw: readonly string[]): boolean {
  const length = fieldValue(raw, 'content-length')
  return (
    (length !== undefined && length !== '0') || fieldValue(raw, 'transfer-encoding') !== undefined
  )
}
