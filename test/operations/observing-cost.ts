// What counting and logging add to a request, found in two ways: the time that one exchange takes in
// them, beside the CPU time that the program takes for one request in all; and the share of src/observe
// in a profile of the program under load.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLoad } from '../../bench/load.js'
import { cpuMicros } from '../../bench/processes.js'
import { median } from '../../bench/rounds.js'
import { createLog } from '../../src/observe/log.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { sampleExchange } from '../observe/sample-exchange.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { startStoppableUpstream } from '../support/stoppable-upstream.js'

export interface ObservingPlan {
  readonly rounds: number
  readonly exchanges: number
  readonly seconds: number
}

export interface ObservingReport {
  /** Medians over the rounds, in microseconds. */
  readonly observingMicros: number
  readonly requestMicros: number
  /** The largest of the rounds. */
  readonly worstShare: number
  /** Of the samples of a profile that were taken at work, those in src/observe. */
  readonly profileShare: number
}

const origin = 'https://app.example.com'

/** With `logRequests=errors`, for requests that are served well. */
export async function observingCost(plan: ObservingPlan): Promise<ObservingReport> {
  const scratch = mkdtempSync(join(tmpdir(), 'cors-sidecar-observing-'))
  const upstream = await startStoppableUpstream()
  const start = (nodeFlags: readonly string[]) =>
    startSidecar({
      upstream: upstream.url,
      flags: ['--allow-origin', origin, '--log-requests', 'errors'],
      nodeFlags,
    })
  const load = async ({ port }: SidecarProcess) => {
    const { requests, errors } = await runLoad(
      { port, path: '/', headers: { Origin: origin }, connections: 32, seconds: plan.seconds },
      scratch,
    )
    if (errors > 0) throw new Error(`${errors} errors`)
    return requests
  }

  const sidecar = await start([])
  const observe = await createObserver()
  await load(sidecar)
  observe(plan.exchanges)
  const rounds: { readonly observing: number; readonly request: number }[] = []
  for (let round = 0; round < plan.rounds; round++) {
    const before = cpuMicros(sidecar.pid)
    const requests = await load(sidecar)
    const request = (cpuMicros(sidecar.pid) - before) / requests
    rounds.push({ request, observing: observe(plan.exchanges) / plan.exchanges })
  }
  await sidecar.stop()

  const profiled = await start(['--cpu-prof', '--cpu-prof-dir', scratch])
  await load(profiled)
  await profiled.stop()
  const profileShare = shareOfObserving(scratch)
  await upstream.close()
  rmSync(scratch, { recursive: true })
  return {
    observingMicros: median(rounds.map(({ observing }) => observing)),
    requestMicros: median(rounds.map(({ request }) => request)),
    worstShare: Math.max(...rounds.map(({ observing, request }) => observing / request)),
    profileShare,
  }
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
}

function shareOfObserving(folder: string): number {
  const file = readdirSync(folder).find(name => name.endsWith('.cpuprofile')) as string
  const { nodes, samples }: Profile = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const atWork = samples.filter(id => !isIdle.has(frames.get(id)?.functionName ?? ''))
  const observing = atWork.filter(id => frames.get(id)?.url.includes('/src/observe/'))
  return observing.length / atWork.length
}

const isIdle = new Set(['(idle)', '(root)'])

/** Counts and logs so many exchanges, as the proxy does; the CPU time that took, in microseconds. */
async function createObserver(): Promise<(exchanges: number) => number> {
  const metrics = createMetrics({ version: '0' })
  const log = await createLog({
    ...{ level: 'info', format: 'json', requests: 'errors', isTerminal: false },
    destination: { write: () => undefined, flush: async () => undefined },
    onDropped: () => undefined,
  })
  // The same shapes in turn, as a server sees them, so that the compiler can't take them for one.
  const seen = [1, 2, 3, 4].map(durationMs => sampleExchange({ durationMs }))
  return exchanges => {
    const before = process.cpuUsage()
    for (let n = 0; n < exchanges; n++) {
      const exchange = seen[n % seen.length] as (typeof seen)[number]
      metrics.requestStarted()
      metrics.requestEnded()
      metrics.record(exchange)
      log.record(exchange)
    }
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
}
