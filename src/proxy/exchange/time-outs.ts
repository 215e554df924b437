import type { UpstreamFailure } from '../../observe/exchange.js'
import type { Flight, Phase } from './flight.js'

/** The gaps that a client may leave. Milliseconds; 0 for no limit. */
export interface TimeRules {
  /** Between two pieces of a request body. */
  readonly requestIdleTimeout: number
  /** Without taking any of what was written to it; as exactly as the system tells. */
  readonly responseIdleTimeout: number
}

/** What an exchange has waited too long for. */
export type Overdue = UpstreamFailure | 'request-idle' | 'client-blocked'

const overdueIn: Readonly<Record<Phase, UpstreamFailure>> = {
  queued: 'overloaded',
  connecting: 'connect-timeout',
  waiting: 'head-timeout',
  streaming: 'idle-timeout',
  done: 'closed',
}

/** What, if anything, this exchange has waited too long for; `now` is monotonic. */
export function isOverdue(flight: Flight, now: number, rules: TimeRules): Overdue | undefined {
  if (
    flight.clientBlockedSince !== 0 &&
    rules.responseIdleTimeout !== 0 &&
    flight.clientProgress !== undefined &&
    flight.clientProgress.idleMs > rules.responseIdleTimeout
  ) {
    return 'client-blocked'
  }
  if (
    flight.requestWaitsSince !== 0 &&
    rules.requestIdleTimeout !== 0 &&
    now - flight.requestWaitsSince > rules.requestIdleTimeout
  ) {
    return 'request-idle'
  }
  if (flight.deadline !== 0 && now > flight.deadline) return overdueIn[flight.phase]
  return undefined
}
