import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client'
import { bucketSeconds, type Counts, type CountsBy, type DurationCounts } from './counts.js'

/** What one process counted, in prom-client's JSON; several are added up by `sumRegistry`. */
export type MetricsSnapshot = readonly object[]

type Labels = Record<string, string>
type Sample = readonly [labels: Labels, value: number]

/** The metrics of the interface, read from `counts` at each scrape, and those of the process. */
export function createRegistry(counts: Counts, version: string): Registry {
  const registry = new Registry()
  const registers = [registry]

  const counter = (name: string, help: string, labelNames: string[], read: () => Sample[]) =>
    new Counter({
      name: `cors_sidecar_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const [labels, value] of read()) this.inc(labels, value)
      },
    })
  const gauge = (
    name: string,
    help: string,
    aggregator: 'sum' | 'max' | 'min',
    read: () => number | boolean | undefined,
  ) =>
    new Gauge({
      name: `cors_sidecar_${name}`,
      help,
      aggregator,
      registers,
      collect() {
        const value = read()
        if (value === undefined) this.remove()
        else this.set(Number(value))
      },
    })
  const histogram = (
    name: string,
    help: string,
    labelNames: string[],
    read: () => (readonly [Labels, DurationCounts])[],
  ) =>
    new CountedHistogram(
      {
        name: `cors_sidecar_${name}`,
        help,
        labelNames,
        buckets: [...bucketSeconds],
        registers,
      },
      read,
    )

  new Gauge({
    name: 'cors_sidecar_build_info',
    help: 'Always 1; the labels say which build runs.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers,
  }).set({ version, node: process.version }, 1)

  counter(
    'requests_total',
    'Requests that have ended, by method, status sent and kind.',
    ['method', 'code', 'kind'],
    () =>
      counts.outcomes.map(({ method, status, kind, count }) => [
        { method, code: String(status), kind },
        count,
      ]),
  )
  histogram(
    'request_duration_seconds',
    'From the request head to the end of the response, without upgrades.',
    ['kind'],
    () => by(counts.durations, (kind, durations) => [[{ kind }, durations]]),
  )
  gauge('requests_in_flight', 'Requests in progress.', 'sum', () => counts.requestsInFlight)
  counter(
    'decisions_total',
    'Decisions of the policy, by kind of request, verdict and reason.',
    ['kind', 'decision', 'reason'],
    () =>
      counts.outcomes.map(({ kind, verdict, reason, count }) => [
        { kind, decision: verdict, reason },
        count,
      ]),
  )
  counter(
    'cross_site_reports_total',
    'Requests that isolation only reported, by each mode that would refuse them.',
    ['isolate'],
    () => by(counts.crossSiteReports, (isolate, value) => [[{ isolate }, value]]),
  )
  counter(
    'upstream_errors_total',
    'Requests that the upstream failed to answer, by reason.',
    ['reason'],
    () => by(counts.upstreamErrors, (reason, value) => [[{ reason }, value]]),
  )
  counter(
    'upstream_repairs_total',
    'Responses of the upstream that were repaired, by what was wrong with them.',
    ['what'],
    () => by(counts.upstreamRepairs, (what, value) => [[{ what }, value]]),
  )
  histogram(
    'upstream_first_byte_seconds',
    'From forwarding a request to the head of its response.',
    [],
    () => [[{}, counts.firstByte]],
  )
  gauge(
    'upgrades_active',
    'WebSocket connections that are open.',
    'sum',
    () => counts.upgradesActive,
  )
  gauge(
    'upstream_up',
    'Whether the upstream was reachable last time; absent before the first request.',
    'min',
    () => counts.isUpstreamUp,
  )
  counter('config_reloads_total', 'Reloads of the configuration, by result.', ['result'], () =>
    by(counts.configReloads, (result, value) => [[{ result }, value]]),
  )
  gauge(
    'config_last_reload_success_timestamp_seconds',
    'When the running configuration was loaded.',
    'min',
    () => counts.lastReloadSuccess,
  )
  gauge('draining', 'Whether it is shutting down.', 'max', () => counts.isDraining)
  counter(
    'connections_dropped_total',
    'Connections closed without a response, by reason.',
    ['reason'],
    () => by(counts.connectionsDropped, (reason, value) => [[{ reason }, value]]),
  )
  counter(
    'log_lines_dropped_total',
    'Log lines dropped because the destination was slow, full or closed.',
    [],
    () => [[{}, counts.logLinesDropped]],
  )

  counter(
    'workers_ended_total',
    'Worker processes that ended unexpectedly and were replaced.',
    [],
    () => [[{}, counts.workersEnded]],
  )

  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  return registry
}

export function sumRegistry(snapshots: readonly MetricsSnapshot[]): Registry {
  return AggregatorRegistry.aggregate([...snapshots])
}

/** A histogram whose buckets were counted elsewhere; prom-client offers no way to set them. */
class CountedHistogram extends Histogram {
  readonly #describe: { name: string; help: string }
  readonly #read: () => (readonly [Labels, DurationCounts])[]

  constructor(
    options: ConstructorParameters<typeof Histogram>[0],
    read: () => (readonly [Labels, DurationCounts])[],
  ) {
    super(options)
    this.#describe = options
    this.#read = read
  }

  /** What prom-client's own `get` and its text are made from; absent from its types. */
  async getForPromString() {
    const { name, help } = this.#describe
    const values = this.#read().flatMap(([sharedLabels, durations]) => [
      ...cumulative(durations).map(([le, value]) => ({
        metricName: `${name}_bucket`,
        labels: { le },
        sharedLabels,
        value,
      })),
      { metricName: `${name}_sum`, labels: {}, sharedLabels, value: durations.sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels, value: durations.count },
    ])
    return { name, help, type: 'histogram', values, aggregator: 'sum' }
  }
}

function cumulative(durations: DurationCounts): [le: string | number, value: number][] {
  let total = 0
  const below = bucketSeconds.map((bound, bucket): [number, number] => {
    total += durations.buckets[bucket] ?? 0
    return [bound, total]
  })
  return [...below, ['+Inf', durations.count]]
}

function by<Key, Value, Result>(
  counts: CountsBy<Key, Value>,
  samples: (key: Key, value: Value) => Result[],
): Result[] {
  return [...counts].flatMap(([key, value]) => samples(key, value))
}
