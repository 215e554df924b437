// How soon a started program answers its first request, and what it takes while it does nothing.

import { Agent } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import { askForWhole, percentile } from '../support/open-loop.js'
import { memoryOf } from '../support/process-memory.js'
import { startSidecar } from '../support/sidecar-process.js'
import { startStoppableUpstream } from '../support/stoppable-upstream.js'

export interface StartReport {
  /** From the start of the process to the first answer from the upstream. */
  readonly firstAnswerMs: { readonly median: number; readonly worst: number }
  /** Two seconds later. */
  readonly idleMib: { readonly median: number; readonly worst: number }
}

const idleMs = 2_000

export async function startUp(starts: number): Promise<StartReport> {
  const upstream = await startStoppableUpstream()
  const times: number[] = []
  const memory: number[] = []
  for (let n = 0; n < starts; n++) {
    const begun = performance.now()
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: ['--allow-origin', 'https://app.example.com'],
      admin: true,
    })
    const agent = new Agent()
    const answered = await askForWhole({ agent, port: sidecar.port }, ({ statusCode }) =>
      String(statusCode),
    )
    if (answered !== '200') throw new Error(answered)
    times.push(performance.now() - begun)
    await after(idleMs)
    memory.push(memoryOf(sidecar.pid).nowMib)
    await sidecar.stop()
  }
  await upstream.close()
  const summed = (values: readonly number[]) => ({
    median: percentile(values, 0.5),
    worst: percentile(values, 1),
  })
  return { firstAnswerMs: summed(times), idleMib: summed(memory) }
}
