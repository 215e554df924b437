// The other clients: a steady small load that goes on while a fault is injected. They must notice
// nothing but, at most, a little waiting.

import { Agent, get } from 'node:http'
import type { Test } from 'tap'

const perSecond = 50

/** FAULTS=full asks for the numbers of a release: many attackers, tight bounds, a quiet machine. */
export const isFullRun = process.env.FAULTS === 'full'

interface Load {
  readonly timesMs: readonly number[]
  readonly errors: readonly string[]
  stop(): Promise<void>
}

/** Requests at a fixed rate, due by the clock. */
function startLoad(port: number, agent: Agent): Load {
  const timesMs: number[] = []
  const errors: string[] = []
  const begun = performance.now()
  let sent = 0
  let settled = 0
  let whenSettled: (() => void) | undefined
  const settle = () => {
    settled++
    if (settled === sent) whenSettled?.()
  }
  const send = (dueAt: number) => {
    sent++
    const request = get({ port, host: '127.0.0.1', path: '/others', agent }, response => {
      response.on('end', () => {
        timesMs.push(performance.now() - dueAt)
        if (response.statusCode !== 200) errors.push(`status ${response.statusCode}`)
        settle()
      })
      response.on('error', error => errors.push(String(error)))
      response.resume()
    })
    request.on('error', error => {
      errors.push(String(error))
      settle()
    })
  }
  // As many at once as there are connections: from then on all of them are open.
  for (let n = 0; n < agent.maxSockets; n++) send(begun)
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * perSecond
    while (sent < due) send(begun + (sent * 1_000) / perSecond)
  }, 5)
  return {
    timesMs,
    errors,
    async stop() {
      clearInterval(timer)
      if (settled < sent) {
        await new Promise<void>(resolve => {
          whenSettled = resolve
        })
      }
    },
  }
}

/**
 * Runs `fault` while the others go on. They have no error, and their 99th percentile stays within
 * twice what it was before plus 5 ms; with a wide margin where the machine is shared with others.
 */
export async function othersUnharmed<T>(
  t: Test,
  port: number,
  fault: () => Promise<T>,
): Promise<T> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  const before = startLoad(port, agent)
  await new Promise(resolve => setTimeout(resolve, isFullRun ? 5_000 : 1_000))
  await before.stop()
  const during = startLoad(port, agent)
  try {
    return await fault()
  } finally {
    await during.stop()
    agent.destroy()
    const [baseline, p99] = [before, during].map(({ timesMs }) => percentile(timesMs, 0.99))
    t.strictSame([...new Set(during.errors)], [], 'the others see no error')
    t.comment(`others: p99 ${baseline?.toFixed(1)} ms before, ${p99?.toFixed(1)} ms during`)
    const limit = isFullRun ? 2 * (baseline ?? 0) + 5 : 5 * (baseline ?? 0) + 500
    t.ok((p99 ?? 0) <= limit, 'and hardly wait longer')
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
}
