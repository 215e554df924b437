// Reloads at a fixed pace while requests come in at a fixed rate, and what became of each request.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  askForWhole,
  balancerConnections,
  percentile,
  startOpenLoop,
} from '../support/open-loop.js'
import { type LogLine, startSidecar } from '../support/sidecar-process.js'
import { startStoppableUpstream } from '../support/stoppable-upstream.js'

export interface ReloadPlan {
  readonly perSecond: number
  readonly reloads: number
  readonly seconds: number
  readonly workers?: number
}

export interface ReloadReport {
  readonly requests: number
  /** Sent, and not answered whole. */
  readonly lost: number
  /** Answers that obey neither the policy before nor the one after, each with how often it came. */
  readonly wrong: readonly (readonly [answer: string, times: number])[]
  readonly taken: number
  readonly rejected: number
  readonly policiesSeen: readonly string[]
  readonly p99Ms: number
  readonly worstMs: number
  readonly exitCode: number | null
  /** As the metrics count them. */
  readonly counted: { readonly success: number; readonly failure: number }
}

const origin = 'https://app.example.com'

// Each policy has a mark in every answer that it is judged by.
const policies = {
  a: { allowOrigins: [origin], exposeHeaders: ['x-a'], timingAllowOrigin: true, maxAge: 60 },
  b: { allowOrigins: [origin, 'https://b.example'], exposeHeaders: ['x-b'], maxAge: 120 },
} as const
const broken = { allowOrigins: ['app.example.com'], exposeHeaders: ['x-broken'] }
const inTurn = ['b', 'broken', 'a', 'broken'] as const

type PolicyName = keyof typeof policies

/** Whole answers by every mark that they carry; what is not here was judged by no one policy. */
const wholeAnswers: ReadonlyMap<string, PolicyName> = new Map([
  [JSON.stringify([200, origin, 'x-a', origin]), 'a'],
  [JSON.stringify([200, origin, 'x-b', undefined]), 'b'],
  [JSON.stringify([204, origin, 'preflight', '60']), 'a'],
  [JSON.stringify([204, origin, 'preflight', '120']), 'b'],
])

function marksOf({ statusCode, headers }: IncomingMessage): string {
  const marks =
    statusCode === 204
      ? ['preflight', headers['access-control-max-age']]
      : [headers['access-control-expose-headers'], headers['timing-allow-origin']]
  return JSON.stringify([statusCode, headers['access-control-allow-origin'], ...marks])
}

/** A quarter of the requests are preflights; half of the reloads bring a broken configuration. */
export async function reloadUnderLoad(plan: ReloadPlan): Promise<ReloadReport> {
  const { perSecond, reloads, seconds, workers = 1 } = plan
  const folder = mkdtempSync(join(tmpdir(), 'cors-sidecar-reload-'))
  const path = join(folder, 'config.json')
  const upstream = await startStoppableUpstream()
  const write = (config: object) =>
    writeFileSync(path, JSON.stringify({ upstream: upstream.url, ...config }))
  write(policies.a)
  const sidecar = await startSidecar({
    flags: ['--config', path, '--log-requests', 'errors', '--workers', String(workers)],
    admin: true,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: balancerConnections })

  // What a request may be judged by: what ran when it was sent, and what came before it was answered.
  let running: readonly PolicyName[] = ['a']
  const underway = new Set<Set<PolicyName>>()
  const load = startOpenLoop(perSecond, async nth => {
    const fitting = new Set(running)
    underway.add(fitting)
    const isPreflight = nth % 4 === 3
    const marks = await askForWhole(
      {
        ...{ agent, port: sidecar.port, method: isPreflight ? 'OPTIONS' : 'GET' },
        headers: { origin, ...(isPreflight && { 'access-control-request-method': 'PUT' }) },
      },
      marksOf,
    )
    underway.delete(fitting)
    const policy = wholeAnswers.get(marks)
    if (policy === undefined) return marks
    return fitting.has(policy) ? policy : `policy ${policy}, not ${[...fitting].join(' or ')}`
  })

  const outcomes = (line: LogLine) =>
    line.event === 'config-reloaded' || line.event === 'config-rejected'
  const begun = performance.now()
  let current: PolicyName = 'a'
  for (let round = 0; round < reloads; round++) {
    const name = inTurn[round % inTurn.length] as (typeof inTurn)[number]
    const before = sidecar.logs.filter(outcomes).length
    write(name === 'broken' ? broken : policies[name])
    if (name !== 'broken') {
      running = [current, name]
      for (const fitting of underway) fitting.add(name)
      current = name
    }
    sidecar.signal('SIGHUP')
    await sidecar.log(
      () => sidecar.logs.filter(outcomes).length > before,
      `the outcome of reload ${round}`,
    )
    running = [current]
    const nextAt = begun + ((round + 1) * seconds * 1_000) / reloads
    await new Promise(resolve => setTimeout(resolve, Math.max(0, nextAt - performance.now())))
  }
  // Those that come after the last reload are judged too.
  await new Promise(resolve => setTimeout(resolve, 1_000))
  await load.stop()
  agent.destroy()
  const metrics = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
  const counted = (result: string) =>
    Number(
      new RegExp(`^cors_sidecar_config_reloads_total{result="${result}"} (\\d+)$`, 'm').exec(
        metrics,
      )?.[1],
    )
  const exit = await sidecar.stop()
  await upstream.close()
  rmSync(folder, { recursive: true })

  const answers = [...load.outcomes]
  const isLost = ([answer]: readonly [string, number]) => answer.startsWith('lost')
  const isPolicy = ([answer]: readonly [string, number]) => answer in policies
  return {
    requests: load.timesMs.length,
    lost: answers.filter(isLost).reduce((sum, [, times]) => sum + times, 0),
    wrong: answers.filter(one => !isPolicy(one)),
    taken: sidecar.logs.filter(({ event }) => event === 'config-reloaded').length,
    rejected: sidecar.logs.filter(({ event }) => event === 'config-rejected').length,
    policiesSeen: answers
      .filter(isPolicy)
      .map(([name]) => name)
      .sort(),
    p99Ms: percentile(load.timesMs, 0.99),
    worstMs: percentile(load.timesMs, 1),
    exitCode: exit.code,
    counted: { success: counted('success'), failure: counted('failure') },
  }
}
