// Two instances behind a balancer that learns late, replaced one after the other under a fixed load.

import { Agent } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import {
  askForWhole,
  balancerConnections,
  percentile,
  startOpenLoop,
} from '../support/open-loop.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { startStoppableUpstream } from '../support/stoppable-upstream.js'

export interface RestartPlan {
  readonly perSecond: number
  readonly restarts: number
  /** How old the balancer's knowledge is; the delay of the shutdown must be longer. */
  readonly lateMs: number
  readonly shutdownDelayMs: number
}

export interface RestartReport {
  readonly restarts: number
  readonly requests: number
  /** How often each answer came; `lost: …` is a request that got none. */
  readonly answers: Readonly<Record<string, number>>
  readonly exitCodes: readonly (number | null)[]
  readonly p99Ms: number
  readonly worstMs: number
  readonly slowestStopMs: number
}

interface Instance {
  readonly sidecar: SidecarProcess
  readonly agent: Agent
  isInRotation: boolean
}

const askReadyMs = 50

export async function rollingRestart(plan: RestartPlan): Promise<RestartReport> {
  const upstream = await startStoppableUpstream()
  const instances = new Set<Instance>()
  let isOver = false

  const launch = async (): Promise<Instance> => {
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: ['--shutdown-delay', `${plan.shutdownDelayMs}ms`, '--log-requests', 'errors'],
      admin: true,
    })
    const agent = new Agent({ keepAlive: true, maxSockets: balancerConnections })
    const instance = { sidecar, agent, isInRotation: false }
    instances.add(instance)
    follow(instance)
    return instance
  }

  /** Asks for readiness all the time, and acts on the answers late. */
  const follow = async (instance: Instance) => {
    while (!isOver && instance.sidecar.alive) {
      const isReady = await fetch(`${instance.sidecar.adminUrl}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
      setTimeout(() => {
        instance.isInRotation = isReady
      }, plan.lateMs)
      await after(askReadyMs)
    }
  }

  const inRotation = async (instance: Instance) => {
    while (!instance.isInRotation) await after(20)
  }

  let old: readonly [Instance, Instance] = await Promise.all([launch(), launch()])
  await Promise.all(old.map(inRotation))
  const load = startOpenLoop(plan.perSecond, async nth => {
    const rotation = [...instances].filter(({ isInRotation }) => isInRotation)
    const instance = rotation[nth % rotation.length]
    if (instance === undefined) return 'lost: nobody to ask'
    const { agent, sidecar } = instance
    return askForWhole({ agent, port: sidecar.port }, ({ statusCode }) => String(statusCode))
  })
  const exitCodes: (number | null)[] = []
  let slowestStopMs = 0
  for (let round = 0; round < plan.restarts; round++) {
    const fresh = await launch()
    await inRotation(fresh)
    const [leaving, staying] = old
    const begun = performance.now()
    leaving.sidecar.signal('SIGTERM')
    exitCodes.push((await leaving.sidecar.exited()).code)
    slowestStopMs = Math.max(slowestStopMs, performance.now() - begun)
    instances.delete(leaving)
    leaving.agent.destroy()
    old = [staying, fresh]
  }
  await load.stop()
  isOver = true
  for (const { sidecar, agent } of instances) {
    agent.destroy()
    await sidecar.stop()
  }
  await upstream.close()
  return {
    restarts: plan.restarts,
    requests: load.timesMs.length,
    answers: Object.fromEntries(load.outcomes),
    exitCodes: [...new Set(exitCodes)],
    p99Ms: percentile(load.timesMs, 0.99),
    worstMs: percentile(load.timesMs, 1),
    slowestStopMs,
  }
}
