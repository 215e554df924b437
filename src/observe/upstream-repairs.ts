import { type UpstreamRepair, upstreamRepairs } from '../terms/upstream-repair.js'
import type { Exchange } from './exchange.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'

const QUIET_MS = 60_000

/**
 * Counts what was repaired in upstream responses, and logs each kind once a minute: a server that needs
 * it needs it in every response. `now` is monotonic, in milliseconds.
 */
export function reportRepairs(
  log: Pick<Log, 'event'>,
  metrics: Pick<Metrics, 'upstreamRepaired'>,
  now: () => number = () => performance.now(),
): (what: UpstreamRepair, exchange: Pick<Exchange, 'id'>) => void {
  const loggedAt = new Map<UpstreamRepair, number>()
  return (what, { id }) => {
    metrics.upstreamRepaired(what)
    const last = loggedAt.get(what)
    if (last !== undefined && now() - last < QUIET_MS) return
    loggedAt.set(what, now())
    log.event('warn', 'upstream-repaired', { id, what, seen: upstreamRepairs[what] })
  }
}
