// From what the network gave to the name of a failure.
import { codeOf } from '../../terms/error-code.js'
import { isLoopbackHost } from '../../terms/loopback.js'
import type { FailureReport, UpstreamFailure } from '../../terms/upstream-failure.js'
import type { Detour, UpstreamAddress } from '../message/address.js'

/** Why a proxy on the way led nowhere. */
export class ProxyError extends Error {
  readonly failure: UpstreamFailure

  constructor(failure: UpstreamFailure, detail: string) {
    super(detail)
    this.failure = failure
  }
}

/** How far a connection had got, and where to. */
export interface Attempt {
  readonly wasConnected: boolean
  readonly address: UpstreamAddress
  readonly detour?: Detour | undefined
  /** Whether this process has a `localhost` that no other program shares. */
  readonly isContainer: boolean
}

/** Reads the error that `net`, `tls` or a resolver gave. */
export function failureOf(error: Error, attempt: Attempt): FailureReport {
  if (error instanceof ProxyError) return { failure: error.failure, detail: error.message }
  const { detour, wasConnected } = attempt
  const first = firstError(error)
  const detail = detailOf(error)
  // Within a tunnel, what fails at the proxy says so itself.
  if (detour?.isTunnel === false && !wasConnected) {
    return { failure: 'proxy-unreachable', detail }
  }
  return { failure: classify(codeOf(first) ?? first.name, first, attempt), detail }
}

/** Code and words of an error, fit for a log. */
export function detailOf(error: Error): string {
  const first = firstError(error)
  return `${codeOf(first) ?? first.name}: ${wordsOf(first)}`
}

/** Of the addresses that were tried together, the first one's. */
function firstError(error: Error): Error {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return codeOf(error) === undefined && first instanceof Error ? firstError(first) : error
}

/** OpenSSL's own text has addresses in memory and lines of its source around the few words that matter. */
function wordsOf(error: Error): string {
  return /:error:[\dA-F]+:[^:]*:[^:]*:([^:]+):/.exec(error.message)?.[1] ?? error.message
}

function classify(code: string, error: Error, attempt: Attempt): UpstreamFailure {
  const { wasConnected, address, isContainer } = attempt
  const tls = tlsFailures.find(([pattern]) => pattern.test(code) || pattern.test(wordsOf(error)))
  if (tls !== undefined) return tls[1]
  if (code === 'ECONNREFUSED') {
    const isItself = isContainer && isLoopbackHost(address.hostname)
    return isItself ? 'refused-in-container' : 'connect-refused'
  }
  if (code === 'ENOTFOUND' || code === 'ENODATA') return 'name-unknown'
  if (code.startsWith('EAI_')) return 'dns'
  if (wasConnected) return 'reset'
  if (address.socketPath !== undefined) {
    if (code === 'ENOENT') return 'socket-missing'
    if (code === 'EACCES' || code === 'EPERM') return 'socket-forbidden'
  }
  if (code === 'ETIMEDOUT') return 'connect-timeout'
  // A server that expects no TLS may hang up on what it can't read.
  return code === 'ECONNRESET' && address.protocol === 'https:' ? 'tls' : 'connect-failed'
}

/** Codes of Node and OpenSSL, and OpenSSL's words where the code is EPROTO; the first that fits counts. */
const tlsFailures: readonly (readonly [RegExp, UpstreamFailure])[] = [
  [/^ERR_TLS_CERT_ALTNAME/, 'certificate-name'],
  [/^HOSTNAME_MISMATCH$/, 'certificate-name'],
  [/^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/, 'certificate-expired'],
  [/^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/, 'certificate-untrusted'],
  [/^UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE)/, 'certificate-untrusted'],
  [/^(?:CERT_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|CA_)/, 'certificate-untrusted'],
  [/alert (?:certificate \w+|bad certificate|unknown ca)/, 'certificate-wanted'],
  [/no application protocol/, 'speaks-http2'],
  [/wrong version number|packet length too long|http request|unknown protocol/, 'speaks-no-tls'],
  [/^(?:ERR_SSL_|ERR_TLS_|UNABLE_TO_|EPROTO$)/, 'tls'],
]

/** What the first bytes of an answer show that is none of HTTP/1. */
export function failureOfBytes(text: string): FailureReport {
  const known = speeches.find(([pattern]) => pattern.test(text))
  if (known === undefined) return { failure: 'speaks-no-http', detail: notHttp }
  const [, name, failure = 'speaks-no-http'] = known
  return { failure, detail: `${notHttp}: it looks like ${name}` }
}

const notHttp = 'its status line is not one of HTTP/1'

const speeches: readonly (readonly [RegExp, name: string, failure?: UpstreamFailure])[] = [
  [/^[\x14\x15\x16]\x03[\0-\x04]/, 'TLS', 'speaks-tls'],
  // SETTINGS or GOAWAY of stream 0: https://www.rfc-editor.org/rfc/rfc9113#section-4.1
  [/^\0..[\x04\x07].\0\0\0\0/s, 'HTTP/2', 'speaks-http2'],
  [/^SSH-/, 'SSH'],
  [/^-(?:ERR|NOAUTH|DENIED|LOADING) /, 'Redis'],
  [/^E(?:\0\0|FATAL:)/, 'PostgreSQL'],
  [/^.{3}\0[\n\xff]/s, 'MySQL'],
  [/^220[ -]/, 'SMTP or FTP'],
  [/^\* OK/, 'IMAP'],
  [/^\+OK/, 'POP3'],
  [/^AMQP/, 'AMQP'],
]
