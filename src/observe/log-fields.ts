import type { Fix, NearMiss } from '../policy/decision.js'
import { fixFor, nearMiss } from '../policy/describe.js'
import type { Exchange } from './exchange.js'

/** Longest text that a peer may put into a log line. */
const textLimit = 256
const pathLimit = 1024

/** The fields of an exchange's log line. Undefined ones are left out of the line. */
export interface ExchangeFields {
  readonly event: 'request' | 'upstream-error' | 'upgrade-closed'
  readonly id: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly upstreamMs: number | undefined
  readonly bytesOut: number
  readonly origin: string | undefined
  readonly kind: string | undefined
  readonly decision: string | undefined
  readonly reason: string | undefined
  readonly rule: string | undefined
  readonly subject: string | undefined
  /** Which entry a refused value nearly matched, and what would allow it. */
  readonly nearMiss: NearMiss | undefined
  readonly fix: Fix | undefined
  readonly client: string
  readonly clientLeft: true | undefined
  readonly failure: string | undefined
  readonly detail: string | undefined
}

/** What a log line says of an exchange: no header but the origin, no query, nothing endless. */
export function exchangeFields(exchange: Exchange): ExchangeFields {
  const decision = exchange.decision
  const refused = decision?.verdict === 'refused' ? decision : undefined
  return {
    event: eventOf(exchange),
    id: exchange.id,
    method: cut(exchange.method, textLimit),
    path: pathOf(exchange.target),
    status: exchange.status,
    durationMs: roundMs(exchange.durationMs),
    upstreamMs: exchange.upstreamMs === undefined ? undefined : roundMs(exchange.upstreamMs),
    bytesOut: exchange.bytesOut,
    origin: decision?.origin === undefined ? undefined : cut(decision.origin, textLimit),
    kind: decision?.kind,
    decision: decision?.verdict,
    reason: decision?.reason,
    rule: decision?.rule,
    subject: decision?.subject === undefined ? undefined : cut(decision.subject, textLimit),
    nearMiss: refused && nearMiss(refused),
    fix: refused && fixFor(refused),
    client: exchange.client,
    clientLeft: exchange.clientLeft || undefined,
    failure: exchange.failure,
    detail: exchange.failureDetail,
  }
}

function eventOf(exchange: Exchange): ExchangeFields['event'] {
  if (exchange.failure !== undefined) return 'upstream-error'
  return exchange.status === 101 ? 'upgrade-closed' : 'request'
}

function pathOf(target: string): string {
  const query = target.indexOf('?')
  return cut(query < 0 ? target : target.slice(0, query), pathLimit)
}

function cut(text: string, limit: number): string {
  return text.length > limit ? text.slice(0, limit) : text
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100
}
