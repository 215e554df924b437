// The other clients: a steady small load that goes on while a fault is injected. They must notice
// nothing but, at most, a little waiting.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Test } from 'tap'
import { percentile } from './open-loop.js'

/** FAULTS=full asks for the numbers of a release: many attackers, tight bounds, a quiet machine. */
export const isFullRun = process.env.FAULTS === 'full'

export const othersPath = '/others'

export type ToOthers =
  | { readonly kind: 'start'; readonly port: number }
  | { readonly kind: 'stop' | 'close' }

interface Result {
  readonly timesMs: readonly number[]
  readonly outcomes: readonly string[]
}

export type FromOthers = { readonly port: number } | 'started' | Result

export interface Others {
  /** What leads their requests to an API of their own, that no fault concerns. */
  readonly flags: readonly string[]
  /**
   * Runs `fault` while the others go on, which they do for a while at least. They have no error, and
   * their 99th percentile stays within twice what it was before plus 5 ms; with a wide margin where
   * the machine is shared with others.
   */
  unharmed<T>(port: number, fault: () => Promise<T>): Promise<T>
}

const aWhile = () => new Promise(resolve => setTimeout(resolve, isFullRun ? 10_000 : 1_000))

export async function startOthers(t: Test): Promise<Others> {
  const worker = new Worker(new URL('./others-worker.js', import.meta.url), { execArgv: [] })
  t.teardown(() => tell({ kind: 'close' }))
  const tell = (order: ToOthers) => worker.postMessage(order)
  const heard = async () => (await once(worker, 'message'))[0]
  const api: { readonly port: number } = await heard()

  const start = async (port: number) => {
    tell({ kind: 'start', port })
    await heard()
  }
  const stop = (): Promise<Result> => {
    tell({ kind: 'stop' })
    return heard()
  }

  return {
    flags: ['--route', `${othersPath}=http://127.0.0.1:${api.port}`],
    async unharmed(port, fault) {
      await start(port)
      await aWhile()
      const before = await stop()
      await start(port)
      const enough = aWhile()
      try {
        return await fault()
      } finally {
        await enough
        const during = await stop()
        t.strictSame(during.outcomes, ['200'], 'the others see no error')
        const [baseline, p99] = [before, during].map(({ timesMs }) => percentile(timesMs, 0.99))
        const counted = `${during.timesMs.length} requests`
        t.comment(
          `others: p99 ${baseline?.toFixed(1)} ms before, ${p99?.toFixed(1)} ms during (${counted})`,
        )
        const limit = isFullRun ? 2 * (baseline ?? 0) + 5 : 5 * (baseline ?? 0) + 1_500
        t.ok((p99 ?? 0) <= limit, 'and hardly wait longer')
      }
    },
  }
}
