import type { Socket } from 'node:net'
import type { UpstreamFailure } from '../observe/exchange.js'
import type { Flight, Phase } from './flight.js'

/** The gaps that a client may leave. Milliseconds; 0 for no limit. */
export interface TimeRules {
  /** Between two pieces of a request body. */
  readonly requestIdleTimeout: number
  /** Without taking any of what was written to it. */
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
  if (flight.clientBlockedSince !== 0 && isClientStuck(flight, now, rules.responseIdleTimeout)) {
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

/**
 * Stuck means that not a byte of what waits for the client has been taken for that long. A response
 * without its socket waits for the one before it on the connection, not for the client.
 */
function isClientStuck(flight: Flight, now: number, limit: number): boolean {
  const unsent = unsentTo(flight.req.socket)
  if (unsent !== flight.unsentBefore || flight.res.socket === null) {
    flight.unsentBefore = unsent
    flight.clientBlockedSince = now
    return false
  }
  return limit !== 0 && now - flight.clientBlockedSince > limit
}

/**
 * Bytes handed to the socket that the kernel has not taken. Node counts a write as one whole; only
 * its handle knows how much of it is left, which tells a slow reader from one that does not read.
 */
function unsentTo(socket: Socket): number {
  const handle = (socket as unknown as { _handle?: { writeQueueSize?: number } | null })._handle
  return socket.writableLength + (handle?.writeQueueSize ?? 0)
}
