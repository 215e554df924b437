import type { Decision } from '../policy/decision.js'
import type { Exchange, UpstreamFailure } from './exchange.js'

/** Upper bounds in seconds: from a preflight answered at once to an upstream at its time limit. */
export const bucketSeconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const

/** `unjudged`: refused before the policy was asked, such as a malformed request. */
export type CountedKind = Decision['kind'] | 'unjudged'

const methods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT'.split(' '),
)
const otherMethod = 'other'

/** Failures that say the upstream is not there, rather than that it failed at one request. */
const unreachable: ReadonlySet<UpstreamFailure> = new Set([
  'connect-refused',
  'connect-timeout',
  'connect-failed',
  'dns',
  'tls',
] as const)

/** How often each duration was seen, by bucket; not cumulative. */
export interface DurationCounts {
  readonly buckets: Float64Array
  sum: number
  count: number
}

/** Nested by label, in the order of the labels. */
export type CountsBy<Key, Value> = Map<Key, Value>

/**
 * Everything that is counted, as plain numbers. A request costs a few map look-ups here; the
 * names, labels and text of Prometheus are made from it when somebody asks.
 */
export interface Counts {
  /** kind → method → status */
  readonly requests: CountsBy<CountedKind, CountsBy<string, CountsBy<number, number>>>
  /** kind */
  readonly durations: CountsBy<CountedKind, DurationCounts>
  /** kind → verdict → reason */
  readonly decisions: CountsBy<string, CountsBy<string, CountsBy<string, number>>>
  readonly firstByte: DurationCounts
  readonly upstreamErrors: CountsBy<UpstreamFailure, number>
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
    requests: new Map(),
    durations: new Map(),
    decisions: new Map(),
    firstByte: createDurations(),
    upstreamErrors: new Map(),
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
  const decision = exchange.decision
  const kind = decision?.kind ?? 'unjudged'
  const method = methods.has(exchange.method) ? exchange.method : otherMethod
  increase(mapIn(mapIn(counts.requests, kind), method), exchange.status)
  if (decision !== undefined) {
    increase(mapIn(mapIn(counts.decisions, kind), decision.verdict), decision.reason)
  }
  // How long a socket stayed open says nothing about how fast requests are answered.
  if (exchange.status !== 101) addDuration(durationsOf(counts, kind), exchange.durationMs)
  if (exchange.upstreamMs !== undefined) addDuration(counts.firstByte, exchange.upstreamMs)
  if (exchange.upstreamStatus !== undefined) counts.isUpstreamUp = true
  if (exchange.failure !== undefined) {
    increase(counts.upstreamErrors, exchange.failure)
    if (unreachable.has(exchange.failure)) counts.isUpstreamUp = false
  }
}

export function increase<Key>(counts: CountsBy<Key, number>, key: Key, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

function mapIn<Key, Inner, Value>(outer: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  let inner = outer.get(key)
  if (inner === undefined) {
    inner = new Map()
    outer.set(key, inner)
  }
  return inner
}

function durationsOf(counts: Counts, kind: CountedKind): DurationCounts {
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
  for (let bucket = 0; bucket < bucketSeconds.length; bucket++) {
    if (seconds <= (bucketSeconds[bucket] as number)) {
      durations.buckets[bucket] = (durations.buckets[bucket] ?? 0) + 1
      return
    }
  }
}
