// A bad network between the sidecar and its upstream: bytes are late, few, cut up, lost or reset.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What is wrong with the way back from the upstream; nothing is wrong with what is left out. */
export interface Toxics {
  /** Every piece comes this late. */
  readonly latencyMs?: number
  /** At most so many bytes a second. */
  readonly bytesPerSecond?: number
  /** The end of the connection comes this late. */
  readonly slowCloseMs?: number
  /** After so many bytes: an end, a reset, or nothing more at all. */
  readonly limit?: { readonly bytes: number; readonly ending: 'fin' | 'reset' | 'silence' }
  /** Pieces of at most so many bytes, each sent by itself. */
  readonly sliceBytes?: number
}

export interface FaultProxy {
  readonly url: string
  /** From now on, on open connections too. */
  poison(toxics: Toxics): void
  close(): Promise<void>
}

/** Starts a proxy to this port; what the sidecar sends passes unharmed. */
export async function startFaultProxy(upstreamPort: number): Promise<FaultProxy> {
  const open = new Set<Socket>()
  let current: Toxics = {}
  const server = createServer({ noDelay: true }, client => {
    const upstream = connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true })
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
    }
    client.on('error', () => upstream.destroy())
    client.on('close', () => upstream.destroy())
    client.pipe(upstream)
    relay(upstream, client, () => current).catch(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    poison(toxics) {
      current = toxics
    },
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function relay(from: Socket, to: Socket, current: () => Toxics): Promise<void> {
  let toxics: Toxics = {}
  let left = Number.POSITIVE_INFINITY
  for await (const chunk of from) {
    if (toxics !== current()) {
      toxics = current()
      left = toxics.limit?.bytes ?? Number.POSITIVE_INFINITY
    }
    const { latencyMs = 0, bytesPerSecond, limit, sliceBytes } = toxics
    if (latencyMs > 0) await after(latencyMs)
    for (const piece of slices(chunk, sliceBytes ?? chunk.length)) {
      const kept = piece.subarray(0, left)
      left -= kept.length
      if (kept.length > 0 && !to.write(kept)) await once(to, 'drain')
      if (bytesPerSecond !== undefined) await after((kept.length / bytesPerSecond) * 1_000)
      else if (sliceBytes !== undefined) await new Promise(resolve => setImmediate(resolve))
      if (left === 0) return end(to, limit?.ending ?? 'fin')
    }
  }
  const { slowCloseMs = 0 } = current()
  if (slowCloseMs > 0) await after(slowCloseMs)
  to.end()
}

async function end(to: Socket, how: 'fin' | 'reset' | 'silence'): Promise<void> {
  if (how === 'fin') to.end()
  // A reset overtakes what has not been read yet: what was let through must be read first.
  if (how === 'reset') {
    await after(20)
    to.resetAndDestroy()
  }
  if (how === 'silence') await once(to, 'close')
}

function* slices(chunk: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size)
}

function after(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
