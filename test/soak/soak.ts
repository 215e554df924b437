// Everything at once for a long time: what must not grow is measured while it runs.

import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { startLoad } from './load.js'
import { startSoakUpstream } from './upstream.js'

export interface SoakReport {
  /** Requests that went as they should have. */
  readonly requests: number
  readonly requestsPerSecond: number
  readonly byKind: Readonly<Record<string, number>>
  /** Connections that the clients opened. */
  readonly connections: number
  readonly reloads: number
  /** What did not go as it should have; the first few. */
  readonly failures: readonly string[]
  /** Heap in use after a collection, over the second half of the run. */
  readonly heapMibPerTenMinutes: number
  readonly heapMib: { readonly first: number; readonly last: number }
  readonly descriptors: { readonly before: number; readonly peak: number; readonly after: number }
  readonly eventLoopDelayMs: { readonly median: number; readonly worst: number }
}

const origin = 'https://app.example.com'
/** Idle upstream connections are dropped after 4 s, looked at once a second. */
const settleMs = 6_000

/** Runs the mixed load for that long, then lets everything go and looks at what is left. */
export async function soak(forMs: number): Promise<SoakReport> {
  const upstream = await startSoakUpstream()
  const sidecar = await startSidecar({
    upstream: upstream.url,
    config: { allowOrigins: [origin], keepAliveTimeout: '1s' },
    nodeFlags: [
      '--expose-gc',
      ...['--import', 'data:text/javascript,process.on("SIGUSR2", () => globalThis.gc())'],
    ],
    admin: true,
    forgetsRequests: true,
  })
  const samples: Sample[] = []
  const sample = async () => samples.push(await measure(sidecar))
  await sample()
  const until = performance.now() + forMs
  let reloads = 0
  const load = startLoad(sidecar.port, () => performance.now() >= until)
  const reloading = setInterval(() => {
    reloads++
    sidecar.signal('SIGHUP')
  }, 2_000)
  const between = setInterval(sample, Math.max(1_000, forMs / 120))
  await load.over
  clearInterval(reloading)
  clearInterval(between)
  await new Promise(resolve => setTimeout(resolve, settleMs))
  await sample()
  const failures = [...load.failures, ...(sidecar.alive ? [] : ['the process is gone'])]
  await sidecar.stop()
  await upstream.close()

  const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample]
  const delays = samples.slice(1).map(({ delayMs }) => delayMs)
  const requests = Object.values(load.counts).reduce((sum, one) => sum + one, 0)
  return {
    requests,
    requestsPerSecond: Math.round((requests / forMs) * 1_000),
    byKind: load.counts,
    connections: load.connections,
    reloads,
    failures,
    heapMibPerTenMinutes: slope(samples.slice(samples.length >> 1, -1)) * 600,
    heapMib: { first: first.heapMib, last: last.heapMib },
    descriptors: {
      before: first.descriptors,
      peak: Math.max(...samples.map(({ descriptors }) => descriptors)),
      after: last.descriptors,
    },
    eventLoopDelayMs: {
      median: delays.sort((a, b) => a - b)[delays.length >> 1] ?? 0,
      worst: Math.max(...delays),
    },
  }
}

interface Sample {
  readonly atSeconds: number
  readonly heapMib: number
  readonly descriptors: number
  readonly delayMs: number
}

async function measure(sidecar: SidecarProcess): Promise<Sample> {
  sidecar.signal('SIGUSR2')
  const text = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    atSeconds: performance.now() / 1_000,
    heapMib: value('nodejs_heap_size_used_bytes') / 2 ** 20,
    descriptors: value('process_open_fds'),
    delayMs: value('nodejs_eventloop_lag_p99_seconds') * 1_000,
  }
}

/** MiB per second, by least squares. */
function slope(samples: readonly Sample[]): number {
  if (samples.length < 2) return 0
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const atMean = mean(({ atSeconds }) => atSeconds)
  const heapMean = mean(({ heapMib }) => heapMib)
  const covariance = mean(one => (one.atSeconds - atMean) * (one.heapMib - heapMean))
  return covariance / mean(one => (one.atSeconds - atMean) ** 2)
}
