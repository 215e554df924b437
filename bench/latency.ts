// Latency at a fixed rate, open loop: requests are due by the clock, whether or not the answers to
// earlier ones are in, and waiting for a late answer counts.
import { connect, type Socket } from 'node:net'
import { type Candidate, pageOrigin } from './candidates.js'
import { AnswerReader, requestText } from './load.js'
import type { Running } from './processes.js'
import { quantile } from './rounds.js'

export interface Latency {
  readonly name: string
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly count: number
}

/** The latency of each candidate at this rate, in milliseconds, rounds interleaved. */
export async function latencies(
  candidates: readonly Candidate[],
  upstream: string,
  path: string,
  plan: { readonly perSecond: number; readonly seconds: number; readonly rounds: number },
): Promise<Latency[]> {
  const running: { name: string; path: string; process: Running; times: number[] }[] = []
  try {
    for (const candidate of candidates) {
      const process = await candidate.start(upstream)
      const own = { name: candidate.name, path: candidate.pathOf(path, upstream), process }
      running.push({ ...own, times: [] })
      await openLoop(process.port, own.path, { ...plan, seconds: 1 })
    }
    for (let round = 0; round < plan.rounds; round++) {
      for (const { process, path: own, times } of running) {
        times.push(...(await openLoop(process.port, own, plan)))
      }
    }
  } finally {
    for (const { process } of running) await process.stop()
  }
  return running.map(({ name, times }) => ({
    name,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    p999: quantile(times, 0.999),
    count: times.length,
  }))
}

/** Resolves with the time from due to answered of each request, in milliseconds. */
export async function openLoop(
  port: number,
  path: string,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<number[]> {
  const total = perSecond * seconds
  const times: number[] = []
  const bytes = Buffer.from(requestText({ port, path, headers: { Origin: pageOrigin } }))
  const idle: Connection[] = []
  const all = new Set<Connection>()
  const begun = performance.now()
  let sent = 0
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - begun) / 1_000) * perSecond))
      for (; sent < due; sent++) send(begun + (sent * 1_000) / perSecond)
    }, 1)
    function send(dueAt: number): void {
      const connection = idle.pop() ?? open()
      connection.dueAt = dueAt
      connection.isAsked = true
      connection.socket.write(bytes)
    }
    function open(): Connection {
      const connection: Connection = {
        socket: connect({ port, host: '127.0.0.1', noDelay: true }),
        dueAt: 0,
        isAsked: false,
        hasServed: false,
      }
      const answers = new AnswerReader(() => {
        times.push(performance.now() - connection.dueAt)
        connection.isAsked = false
        connection.hasServed = true
        idle.push(connection)
        if (times.length === total) finish(() => resolve(times))
      })
      connection.socket.on('data', chunk => answers.read(chunk))
      connection.socket.on('error', error => {
        // One that has served may end by a reset.
        if (!connection.hasServed) finish(() => reject(error))
      })
      connection.socket.on('close', () => leave(connection))
      all.add(connection)
      return connection
    }
    /** Every connection ends with some answer; a request that it did not take goes onto another. */
    function leave(connection: Connection): void {
      if (!all.delete(connection)) return
      if (!connection.isAsked) idle.splice(idle.indexOf(connection), 1)
      else if (connection.hasServed) send(connection.dueAt)
      else finish(() => reject(new Error(`no answer from port ${port}`)))
    }
    function finish(settle: () => void): void {
      clearInterval(timer)
      const left = [...all]
      all.clear()
      for (const { socket } of left) socket.destroy()
      settle()
    }
  })
}

interface Connection {
  readonly socket: Socket
  dueAt: number
  /** A request is under way on it. */
  isAsked: boolean
  hasServed: boolean
}
