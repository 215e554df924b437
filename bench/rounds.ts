// Interleaved rounds: A B C, A B C. A disturbance of the machine then hits all candidates alike, and
// each figure is compared only with those of its own round.
import type { Candidate } from './candidates.js'
import { type Load, runLoad } from './load.js'
import { cpuMicros, type Running } from './processes.js'

/** One candidate's figures: a sample per round, and each round's ratio to the yardstick. */
export interface Series {
  readonly name: string
  readonly version: string
  readonly isNode: boolean
  readonly samples: number[]
  readonly ratios: number[]
}

export interface Rounds {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly scratch: string
}

/** The CPU time of each candidate per unit of work, in microseconds; the first is the yardstick. */
export async function cpuPerRequest(
  candidates: readonly Candidate[],
  upstream: string,
  load: Omit<Load, 'port' | 'seconds'>,
  { rounds, seconds, warmUpSeconds, scratch }: Rounds,
): Promise<Series[]> {
  const running: { candidate: Candidate; process: Running; series: Series }[] = []
  try {
    for (const candidate of candidates) {
      const process = await candidate.start(upstream)
      const { name, version, isNode } = candidate
      running.push({
        candidate,
        process,
        series: { name, version, isNode, samples: [], ratios: [] },
      })
    }
    const run = (one: (typeof running)[number], time: number) =>
      runLoad(
        {
          ...load,
          port: one.process.port,
          path: one.candidate.pathOf(load.path, upstream),
          seconds: time,
        },
        scratch,
      )
    for (const one of running)
      await warmUp(one.process.pid, () => run(one, warmUpSeconds), warmUpSeconds)
    for (let round = 0; round < rounds; round++) {
      for (const one of running) {
        const before = cpuMicros(one.process.pid)
        const { requests, errors } = await run(one, seconds)
        if (errors > 0 || requests === 0) {
          throw new Error(`${one.candidate.name}: ${errors} errors in ${requests} requests`)
        }
        one.series.samples.push((cpuMicros(one.process.pid) - before) / requests)
      }
      const yardstick = running[0]?.series.samples[round] as number
      for (const { series } of running)
        series.ratios.push((series.samples[round] as number) / yardstick)
    }
  } finally {
    for (const { process } of running) await process.stop()
  }
  return running.map(({ series }) => series)
}

/**
 * Compiled code is fast only after enough of it has run: on a machine that others use, a second on
 * the clock may be a tenth of one for the candidate. Its own CPU time decides, within bounds.
 */
async function warmUp(pid: number, run: () => Promise<unknown>, cpuSeconds: number): Promise<void> {
  for (let n = 0; n < 6 && cpuMicros(pid) < cpuSeconds * 1e6; n++) await run()
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
