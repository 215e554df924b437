// Requests at a fixed rate, due by the clock, whatever became of those before: a client that waits
// for its answer before it asks again would not notice a server that stands still.

import { type Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'

export interface OpenLoop {
  /** How many had which outcome. */
  readonly outcomes: ReadonlyMap<string, number>
  /** From the moment each was due to its outcome, in milliseconds. */
  readonly timesMs: readonly number[]
  /** Asks no more; resolves when every request has had its outcome. */
  stop(): Promise<void>
}

/** Begins at once; `ask` resolves with the outcome of one request, and never rejects. */
export function startOpenLoop(perSecond: number, ask: (nth: number) => Promise<string>): OpenLoop {
  const outcomes = new Map<string, number>()
  const timesMs: number[] = []
  const underway = new Set<Promise<void>>()
  const begun = performance.now()
  let sent = 0
  const send = async (nth: number) => {
    const outcome = await ask(nth)
    timesMs.push(performance.now() - begun - (nth * 1_000) / perSecond)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1_000) * perSecond
    while (sent < due) {
      const one = send(sent++).finally(() => underway.delete(one))
      underway.add(one)
    }
  }, 2)
  return {
    outcomes,
    timesMs,
    async stop() {
      clearInterval(timer)
      while (underway.size > 0) await Promise.all(underway)
    },
  }
}

/**
 * Connections of a client that is one of the proxy's balancers: when all are busy, requests wait for
 * one here. Without a limit, a machine that stands still for a moment is flooded with connections.
 */
export const balancerConnections = 128

export interface Asked extends RequestOptions {
  readonly agent: Agent
  readonly port: number
}

/** No request may be without an outcome for longer; it is lost then. */
const patienceMs = 30_000

/** What `read` makes of the whole answer; `lost: …` when there is none, or it is not whole. */
export function askForWhole(
  asked: Asked,
  read: (response: IncomingMessage) => string,
): Promise<string> {
  return new Promise(resolve => {
    const lost = (error: NodeJS.ErrnoException) => resolve(`lost: ${error.code ?? error.message}`)
    const signal = AbortSignal.timeout(patienceMs)
    const sent = request({ host: '127.0.0.1', signal, ...asked }, response => {
      response.on('error', lost)
      response.on('end', () => resolve(read(response)))
      response.resume()
    })
    sent.on('error', lost)
    sent.end()
  })
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
}
