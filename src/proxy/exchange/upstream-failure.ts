import type { UpstreamFailure } from '../../observe/exchange.js'
import { codeOf } from '../../terms/error-code.js'

/** What went wrong at the upstream, told apart for log, metric and status. */
export interface FailureReport {
  readonly failure: UpstreamFailure
  /** For the operator's log only. */
  readonly detail: string
}

/** Reads the error that `node:http`, `net` or `tls` gave for a failed upstream request. */
export function reportFailure(error: Error, wasConnected: boolean): FailureReport {
  const code = firstCodeOf(error)
  return { failure: classify(code, wasConnected), detail: `${code}: ${error.message}` }
}

/** Of the addresses that were tried together, the first one's. */
function firstCodeOf(error: Error): string {
  const code = codeOf(error)
  if (code !== undefined) return code
  if (error instanceof AggregateError && error.errors[0] instanceof Error) {
    return firstCodeOf(error.errors[0])
  }
  return error.name
}

function classify(code: string, wasConnected: boolean): UpstreamFailure {
  if (code === 'ECONNREFUSED') return 'connect-refused'
  if (code === 'ENOTFOUND' || code.startsWith('EAI_') || code === 'ENODATA') return 'dns'
  if (code.startsWith('HPE_')) return 'invalid-response'
  if (isTlsCode(code)) return 'tls'
  if (!wasConnected) return code === 'ETIMEDOUT' ? 'connect-timeout' : 'connect-failed'
  return 'reset'
}

function isTlsCode(code: string): boolean {
  return (
    code.startsWith('ERR_TLS_') ||
    code.startsWith('ERR_SSL_') ||
    code.startsWith('CERT_') ||
    code.startsWith('UNABLE_TO_') ||
    code === 'DEPTH_ZERO_SELF_SIGNED_CERT' ||
    code === 'SELF_SIGNED_CERT_IN_CHAIN' ||
    code === 'EPROTO'
  )
}

/** The status that tells a client of this failure: 504 when time ran out, else 502. */
export function statusOf(failure: UpstreamFailure): 502 | 503 | 504 {
  if (failure === 'connect-timeout' || failure === 'head-timeout') return 504
  return failure === 'overloaded' ? 503 : 502
}

/** What a client may know of a failure: no address, no error code. */
export function messageOf(failure: UpstreamFailure, id: string): string {
  return `${sentences[failure]} Quote ${id} to the operator; the log has the details.`
}

const sentences: Readonly<Record<UpstreamFailure, string>> = {
  'connect-refused': 'The upstream refuses connections: it may not be running yet.',
  'connect-timeout': 'The upstream could not be reached in time.',
  'connect-failed': 'The upstream could not be reached.',
  dns: "The upstream's name could not be resolved.",
  tls: 'No trusted TLS connection to the upstream could be made.',
  'head-timeout': 'The upstream did not answer in time.',
  'idle-timeout': 'The upstream stopped sending.',
  reset: 'The upstream broke the connection.',
  closed: 'The upstream closed the connection without an answer.',
  'invalid-response': 'The upstream sent something that is no valid HTTP response.',
  truncated: 'The upstream ended its response too early.',
  overloaded: 'Too many requests are waiting for the upstream.',
}
