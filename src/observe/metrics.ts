import type { UpstreamRepair } from '../terms/upstream-repair.js'
import { type Counts, countExchange, createCounts, increase } from './counts.js'
import type { Exchange } from './exchange.js'
import type { MetricsSnapshot } from './metrics-registry.js'

export interface Metrics {
  /** Counts an exchange that has ended. Costs well under a microsecond. */
  record(exchange: Exchange): void
  requestStarted(): void
  requestEnded(): void
  upgradeOpened(): void
  upgradeClosed(): void
  /** A response of the upstream that had to be repaired in this. */
  upstreamRepaired(what: UpstreamRepair): void
  /** A connection that was closed without a request having been answered on it. */
  connectionDropped(reason: string): void
  logLinesDropped(lines: number): void
  configReloaded(result: 'success' | 'failure'): void
  /** A worker process that ended unasked. */
  workerEnded(): void
  setUpstreamUp(isUp: boolean): void
  setDraining(isDraining: boolean): void
  /** The text for Prometheus. */
  render(): Promise<string>
  snapshot(): Promise<MetricsSnapshot>
}

export interface MetricsOptions {
  readonly version: string
  /** In a worker, the time of the last reload is left to the primary process. */
  readonly isWorker?: boolean
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Counts in plain numbers. prom-client, which takes longer to load than the sidecar takes to
 * start, comes in at the first scrape and reads them.
 */
export function createMetrics({
  version,
  isWorker = false,
  now = Date.now,
}: MetricsOptions): Metrics {
  const counts = createCounts()
  if (!isWorker) counts.lastReloadSuccess = now() / 1000
  let registry: ReturnType<typeof loadRegistry> | undefined
  const registered = () => {
    registry ??= loadRegistry(counts, version)
    return registry
  }

  return {
    record: exchange => countExchange(counts, exchange),
    requestStarted: () => {
      counts.requestsInFlight++
    },
    requestEnded: () => {
      counts.requestsInFlight--
    },
    upgradeOpened: () => {
      counts.upgradesActive++
    },
    upgradeClosed: () => {
      counts.upgradesActive--
    },
    upstreamRepaired: what => increase(counts.upstreamRepairs, what),
    connectionDropped: reason => increase(counts.connectionsDropped, reason),
    logLinesDropped: lines => {
      counts.logLinesDropped += lines
    },
    configReloaded: result => {
      increase(counts.configReloads, result)
      if (result === 'success') counts.lastReloadSuccess = now() / 1000
    },
    workerEnded: () => {
      counts.workersEnded++
    },
    setUpstreamUp: isUp => {
      counts.isUpstreamUp = isUp
    },
    setDraining: isDraining => {
      counts.isDraining = isDraining
    },
    render: async () => (await registered()).metrics(),
    snapshot: async () => (await registered()).getMetricsAsJSON(),
  }
}

/** The text for Prometheus of several processes, as if they were one. */
export async function renderSum(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  const { sumRegistry } = await import('./metrics-registry.js')
  return sumRegistry(snapshots).metrics()
}

async function loadRegistry(counts: Counts, version: string) {
  const { createRegistry } = await import('./metrics-registry.js')
  return createRegistry(counts, version)
}
