// What a candidate costs while it does nothing, and how soon it works.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Candidate } from './candidates.js'
import { requestText } from './load.js'
import { after, memoryBytes } from './processes.js'
import { median } from './rounds.js'

export interface Footprint {
  readonly name: string
  readonly version: string
  /** From the start of the process to the first answer, in milliseconds. */
  readonly startMs: number
  readonly idleBytes: number
  /** What each of these idle connections adds. */
  readonly perConnectionBytes: number
}

/** Starts each candidate anew for each round; medians. */
export async function footprints(
  candidates: readonly Candidate[],
  upstream: string,
  path: string,
  plan: { readonly rounds: number; readonly connections: number },
): Promise<Footprint[]> {
  const found = candidates.map(candidate => ({
    candidate,
    starts: [] as number[],
    idle: [] as number[],
    perConnection: [] as number[],
  }))
  for (let round = 0; round < plan.rounds; round++) {
    for (const { candidate, starts, idle, perConnection } of found) {
      const running = await candidate.start(upstream)
      try {
        const asked = performance.now()
        const own = candidate.pathOf(path, upstream)
        const first = await answered(running.port, own)
        starts.push(running.readyMs + performance.now() - asked)
        first.destroy()
        await after(300)
        const before = memoryBytes(running.pid)
        idle.push(before)
        const open: Socket[] = []
        for (let n = 0; n < plan.connections; n++) open.push(await answered(running.port, own))
        await after(300)
        perConnection.push((memoryBytes(running.pid) - before) / plan.connections)
        for (const socket of open) socket.destroy()
      } finally {
        await running.stop()
      }
    }
  }
  return found.map(({ candidate: { name, version }, starts, idle, perConnection }) => ({
    name,
    version,
    startMs: median(starts),
    idleBytes: median(idle),
    perConnectionBytes: median(perConnection),
  }))
}

/** A connection that has had one answer and stays open. */
async function answered(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.write(requestText({ port, path, headers: { Origin: 'https://app.example.com' } }))
  await once(socket, 'data')
  return socket
}
