import type { Decision } from '../policy/decision.js'
import type { IsolationMode } from '../policy/isolation-modes.js'
import { failureRow, type UpstreamFailure } from '../terms/upstream-failure.js'
import type { UpstreamRepair } from '../terms/upstream-repair.js'
import type { Exchange } from './exchange.js'

/** Upper bounds in seconds: from a preflight answered at once to an upstream at its time limit. */
export const bucketSeconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const

const methods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT'.split(' '),
)
const otherMethod = 'other'

/** How often each duration was seen, by bucket; not cumulative. */
export interface DurationCounts {
  readonly buckets: Float64Array
  sum: number
  count: number
}

/** By label. */
export type CountsBy<Key, Value> = Map<Key, Value>

/** How often requests ended in one way. */
export interface Outcome {
  readonly kind: Decision['kind']
  readonly method: string
  readonly status: number
  readonly verdict: Decision['verdict']
  readonly reason: Decision['reason']
  /** Of all requests of its kind. */
  readonly durations: DurationCounts
  count: number
}

/**
 * Everything that is counted, as plain numbers. A request costs a few comparisons here; the
 * names, labels and text of Prometheus are made from it when somebody asks.
 */
export interface Counts {
  /** Each once. */
  readonly outcomes: Outcome[]
  /** By kind. */
  readonly durations: CountsBy<Decision['kind'], DurationCounts>
  readonly firstByte: DurationCounts
  readonly upstreamErrors: CountsBy<UpstreamFailure, number>
  /** What isolation would have refused, by each mode that would. */
  readonly crossSiteReports: CountsBy<IsolationMode, number>
  readonly upstreamRepairs: CountsBy<UpstreamRepair, number>
  readonly connectionsDropped: CountsBy<string, number>
  readonly configReloads: CountsBy<'success' | 'failure', number>
  requestsInFlight: number
  upgradesActive: number
  /** Whether the upstream answered when last asked, by a probe or a request. */
  isUpstreamUp: boolean | undefined
  isDraining: boolean
  /** Seconds since the epoch of the last configuration that was taken. */
  lastReloadSuccess: number | undefined
  logLinesDropped: number
  workersEnded: number
}

export function createCounts(): Counts {
  return {
    outcomes: [],
    durations: new Map(),
    firstByte: createDurations(),
    upstreamErrors: new Map(),
    crossSiteReports: new Map(),
    upstreamRepairs: new Map(),
    connectionsDropped: new Map(),
    configReloads: new Map([
      ['success', 0],
      ['failure', 0],
    ]),
    requestsInFlight: 0,
    upgradesActive: 0,
    isUpstreamUp: undefined,
    isDraining: false,
    lastReloadSuccess: undefined,
    logLinesDropped: 0,
    workersEnded: 0,
  }
}

export function countExchange(counts: Counts, exchange: Exchange): void {
  const outcome = outcomeOf(counts, exchange)
  outcome.count++
  // How long a socket stayed open says nothing about how fast requests are answered.
  if (exchange.status !== 101) addDuration(outcome.durations, exchange.durationMs)
  if (exchange.upstreamMs !== undefined) addDuration(counts.firstByte, exchange.upstreamMs)
  const { reported } = exchange.decision
  if (reported !== undefined) increase(counts.crossSiteReports, 'api')
  if (reported === 'resources') increase(counts.crossSiteReports, 'resources')
  if (exchange.upstreamStatus !== undefined) counts.isUpstreamUp = true
  if (exchange.failure !== undefined) {
    increase(counts.upstreamErrors, exchange.failure)
    if (failureRow(exchange.failure).isDown === true) counts.isUpstreamUp = false
  }
}

function outcomeOf(counts: Counts, { decision, method, status }: Exchange): Outcome {
  const { outcomes } = counts
  const { kind, verdict, reason } = decision
  const counted = methods.has(method) ? method : otherMethod
  for (const outcome of outcomes) {
    if (
      outcome.status === status &&
      outcome.kind === kind &&
      outcome.reason === reason &&
      outcome.verdict === verdict &&
      outcome.method === counted
    ) {
      return outcome
    }
  }
  const durations = durationsOf(counts, kind)
  const outcome: Outcome = { kind, method: counted, status, verdict, reason, durations, count: 0 }
  outcomes.push(outcome)
  return outcome
}

export function increase<Key>(counts: CountsBy<Key, number>, key: Key, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

function durationsOf(counts: Counts, kind: Decision['kind']): DurationCounts {
  let durations = counts.durations.get(kind)
  if (durations === undefined) {
    durations = createDurations()
    counts.durations.set(kind, durations)
  }
  return durations
}

function createDurations(): DurationCounts {
  return { buckets: new Float64Array(bucketSeconds.length), sum: 0, count: 0 }
}

function addDuration(durations: DurationCounts, ms: number): void {
  const seconds = ms / 1000
  durations.sum += seconds
  durations.count++
  let bucket = 0
  while (seconds > (bucketSeconds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
  const { buckets } = durations
  if (bucket < buckets.length) buckets[bucket] = (buckets[bucket] ?? 0) + 1
}
