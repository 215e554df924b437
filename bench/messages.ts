// WebSocket messages as a tunnel sees them: one frame of 64 bytes out, its echo back, on many
// upgraded connections at once.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Candidate, pageOrigin } from './candidates.js'
import { after, cpuMicros, type Running } from './processes.js'
import type { Rounds, Series } from './rounds.js'

const sockets = 32
const frame = Buffer.alloc(64, 0x61)

/** CPU time of each candidate per message and its echo, in microseconds. */
export async function cpuPerMessage(
  candidates: readonly Candidate[],
  upstream: string,
  { rounds, seconds, warmUpSeconds }: Rounds,
): Promise<Series[]> {
  const running: { process: Running; open: Opened; series: Series }[] = []
  try {
    for (const candidate of candidates) {
      const process = await candidate.start(upstream)
      const open = await openAll(process.port)
      const { name, version, isNode } = candidate
      running.push({ process, open, series: { name, version, isNode, samples: [], ratios: [] } })
    }
    for (const { open } of running) await open.echo(warmUpSeconds * 1_000)
    for (let round = 0; round < rounds; round++) {
      for (const { process, open, series } of running) {
        const before = cpuMicros(process.pid)
        const messages = await open.echo(seconds * 1_000)
        series.samples.push((cpuMicros(process.pid) - before) / messages)
      }
      const yardstick = running[0]?.series.samples[round] as number
      for (const { series } of running) {
        series.ratios.push((series.samples[round] as number) / yardstick)
      }
    }
  } finally {
    for (const { process, open } of running) {
      open.close()
      await process.stop()
    }
  }
  return running.map(({ series }) => series)
}

interface Opened {
  /** Sends and receives for that long; resolves with the number of messages echoed. */
  echo(ms: number): Promise<number>
  close(): void
}

async function openAll(port: number): Promise<Opened> {
  const all = await Promise.all(Array.from({ length: sockets }, () => upgrade(port)))
  let echoed = 0
  let isRunning = false
  for (const socket of all) {
    let left = frame.length
    socket.on('data', chunk => {
      left -= chunk.length
      if (left > 0) return
      left = frame.length
      echoed++
      if (isRunning) socket.write(frame)
    })
  }
  return {
    async echo(ms) {
      echoed = 0
      isRunning = true
      for (const socket of all) socket.write(frame)
      await after(ms)
      isRunning = false
      // What is under way comes back, so that the next round starts from silence.
      await after(50)
      return echoed
    },
    close() {
      for (const socket of all) socket.destroy()
    },
  }
}

async function upgrade(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${pageOrigin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  const [head] = await once(socket, 'data')
  if (!String(head).startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${head}`)
  return socket
}
