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
   * their 99th percentile stays within twice what it was before and after, whichever is more, plus
   * 5 ms; with a wide margin where the machine is shared with others.
   */
  unharmed(port: number, fault: () => Promise<void>): Promise<void>
}

const aWhile = () => new Promise(resolve => setTimeout(resolve, isFullRun ? 10_000 : 1_000))

export async function startOthers(t: Test): Promise<Others> {
  const worker = new Worker(new URL('./others-worker.js', import.meta.url), { execArgv: [] })
  t.teardown(() => tell({ kind: 'close' }))
  const tell = (order: ToOthers) => worker.postMessage(order)
  const heard = async () => (await once(worker, 'message'))[0]
  const api: { readonly port: number } = await heard()

  /** What becomes of the others while `run` goes on. */
  const measure = async (port: number, run: () => Promise<unknown>): Promise<Result> => {
    tell({ kind: 'start', port })
    await heard()
    try {
      await run()
    } finally {
      tell({ kind: 'stop' })
    }
    return heard()
  }

  return {
    flags: ['--route', `${othersPath}=http://127.0.0.1:${api.port}`],
    async unharmed(port, fault) {
      const around = [await measure(port, aWhile)]
      const enough = aWhile()
      const during = await measure(port, async () => {
        await fault()
        await enough
      })
      if (isFullRun) around.push(await measure(port, aWhile))
      t.strictSame(during.outcomes, ['200'], 'the others see no error')
      const baseline = Math.max(...around.map(p99Of))
      const counted = `${during.timesMs.length} requests`
      t.comment(
        `others: p99 ${around.map(p99Of).map(ms => ms.toFixed(1))} ms without, ` +
          `${p99Of(during).toFixed(1)} ms with the fault (${counted})`,
      )
      const limit = isFullRun ? 2 * baseline + 5 : 5 * baseline + 1_500
      t.ok(p99Of(during) <= limit, 'and hardly wait longer')
    },
  }
}

const p99Of = ({ timesMs }: Result) => percentile(timesMs, 0.99)
