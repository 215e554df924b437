import type { Decision } from '../policy/decision.js'
import type { UpstreamFailure } from '../terms/upstream-failure.js'

/** One request and its outcome, as data. Feeds log line, metrics and inspector; never a body. */
export interface Exchange {
  readonly id: string
  readonly method: string
  /** Target as received, query included; consumers that must not show a query cut it. */
  readonly target: string
  /** Address of the peer, or of the client a trusted peer names. */
  readonly client: string
  /** Milliseconds since the epoch, for display only. */
  readonly startedAt: number
  readonly decision: Decision
  /** Status sent; 499 when the client left before one was; 101 for an upgrade that was opened. */
  readonly status: number
  /** Status of the upstream's own answer, where there was one. */
  readonly upstreamStatus: number | undefined
  readonly failure: UpstreamFailure | undefined
  /** Detail for the operator's log (address, error code); never sent to a client. */
  readonly failureDetail: string | undefined
  /** True when the client left before the answer was complete. */
  readonly clientLeft: boolean
  readonly durationMs: number
  /** Time spent waiting for a free slot. */
  readonly queuedMs: number
  /** Time until connected; 0 on a reused connection; undefined when nothing was dialled. */
  readonly connectMs: number | undefined
  /** Time from forwarding to the upstream's response head. */
  readonly upstreamMs: number | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  /** Flat name/value pairs as received from the client. */
  readonly requestHeaders: readonly string[]
  /** Flat name/value pairs as received from the upstream. */
  readonly upstreamHeaders: readonly string[] | undefined
  /** Flat name/value pairs as sent to the client. */
  readonly sentHeaders: readonly string[] | undefined
}
