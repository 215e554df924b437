import { servedMethods } from '../../terms/methods.js'
import { type Reply, replies, unknownMethod } from './replies.js'
import { isValidHost, MAX_TARGET_LENGTH } from './request-target.js'

/** What finding a fault needs to know of the settings. */
export interface FaultRules {
  /** Header lines accepted before 431. */
  readonly maxHeaderLines: number
  /** Request body bytes accepted before 413; undefined for no cap. */
  readonly maxBodySize: number | undefined
  /** The name in `Via` that is ours, lower case; undefined when we have none. */
  readonly via: string | undefined
  /** What this process adds to `CDN-Loop`, and no other one. */
  readonly loopMark: string
}

/** What of a request head can be at fault. */
interface FaultyHead {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly isHttp10: boolean
  readonly host: string | undefined
  readonly transferEncoding: string | undefined
  readonly contentLength: string | undefined
  readonly expect: string | undefined
  readonly via: string | undefined
  readonly loopMarks: string | undefined
}

/** Why a request head is answered here, if it is; the first fault counts. */
export function faultOf(
  head: FaultyHead,
  { version, isTargetRead }: { readonly version: number; readonly isTargetRead: boolean },
  rules: FaultRules,
): Reply | undefined {
  const { method, host, expect } = head
  if (version === 0) return replies.version
  if (head.rawHeaders.length > rules.maxHeaderLines * 2) return replies.headerLines
  if (head.target.length > MAX_TARGET_LENGTH) return replies.targetLength
  // RFC 9112, 3.2
  if (host === undefined ? !head.isHttp10 : host.includes('\n')) return replies.hostLines
  if (host !== undefined && !isValidHost(host)) return replies.host
  const framing = framingFaultOf(head, rules)
  if (framing !== undefined) return framing
  if (method === 'TRACE' || method === 'CONNECT') return replies.method
  // Only HTTP/2 comes this far with another: Node's HTTP/1.1 parser cannot read it.
  if (!servedMethods.has(method)) return unknownMethod(method)
  if (!isTargetRead) return replies.target
  // RFC 9110, 10.1.1
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return replies.expect
  return hasPassed(head, rules) ? replies.loop : undefined
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
function framingFaultOf(
  { isHttp10, transferEncoding, contentLength }: FaultyHead,
  { maxBodySize }: FaultRules,
): Reply | undefined {
  if (transferEncoding !== undefined) {
    // HTTP/1.0 knows no chunked framing; with a length beside it, two readings are possible.
    if (isHttp10 || contentLength !== undefined) return replies.framing
    return transferEncoding.toLowerCase() === 'chunked' ? undefined : replies.coding
  }
  if (contentLength === undefined) return undefined
  if (canonicalLength(contentLength) === undefined) return replies.framing
  return maxBodySize !== undefined && Number(contentLength) > maxBodySize
    ? replies.bodySize
    : undefined
}

/** The length as plain decimal digits without leading zeros, or undefined when it is none. */
export function canonicalLength(value: string): string | undefined {
  if (value.length === 0 || value.length > 15) return undefined
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return undefined
  }
  return value.charCodeAt(0) === 0x30 ? String(Number(value)) : value
}

/** Whether this request has been here: by `CDN-Loop` (RFC 8586), or by our name in `Via`. */
function hasPassed({ via, loopMarks }: FaultyHead, rules: FaultRules): boolean {
  if (loopMarks?.split(',').some(mark => mark.trim() === rules.loopMark)) return true
  if (via === undefined || rules.via === undefined) return false
  return via.split(',').some(hop => hop.trim().split(' ')[1]?.toLowerCase() === rules.via)
}
