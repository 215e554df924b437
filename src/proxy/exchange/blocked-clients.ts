import { fstatSync } from 'node:fs'
import type { Socket } from 'node:net'
import { carrierOf } from '../message/http2-request.js'
import { readUnacknowledged } from '../tuning/unacknowledged.js'
import type { Flight } from './flight.js'

/** How far a client has got with what was written to it. Times are monotonic. */
export interface ClientProgress {
  /** Bytes of its connection that it had taken when that was last looked at. */
  taken: number
  /** When it was last seen to have taken some. */
  takenAt: number
  /** How long it had taken none when that was last looked at, in milliseconds. */
  idleMs: number
}

/** A client that is not ready for more for this long is looked after, in milliseconds. */
const BLOCKED_MS = 200
/** Between two looks at them, in milliseconds: what the limit may come late by, twice. */
const LOOK_MS = 500
/** Where looking takes long, the next one waits for so many times as long. */
const PAUSE_PER_LOOK = 2

/**
 * Finds out which clients read nothing. Whether the kernel takes bytes says little about that: it
 * holds megabytes for one client. A steady reader of little makes room in that only now and then,
 * and for one that reads nothing the kernel may make more room by itself, long after.
 * See docs/decisions/0018-reading-is-what-the-client-acknowledges.md.
 */
export class BlockedClients {
  private blocked: Flight[] = []
  private isLooking = false
  private nextLookAt = 0
  private readonly onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.onError = onError
  }

  /** Called on each tick for each exchange; `now` is that of the tick. */
  watch(flight: Flight, now: number): void {
    const { clientBlockedSince } = flight
    if (clientBlockedSince === 0 || this.isLooking || now < this.nextLookAt) return
    // Most are blocked for an instant only. Those that have been looked at go on being so, for
    // the kernel may have made room for more without the client's doing.
    if (flight.clientProgress === undefined && now - clientBlockedSince < BLOCKED_MS) return
    this.blocked.push(flight)
    if (this.blocked.length === 1) setImmediate(() => this.look(now).catch(this.onError))
  }

  private async look(now: number): Promise<void> {
    const flights = this.blocked
    this.blocked = []
    this.isLooking = true
    try {
      const began = performance.now()
      const before = flights.map(handedOver)
      const unacknowledged = await readUnacknowledged()
      for (const [at, flight] of flights.entries()) {
        // Had the kernel taken more meanwhile, the two would not belong together.
        const handed = handedOver(flight)
        if (handed === -1 || handed !== before[at]) continue
        record(flight, handed - (unacknowledged.get(inodeOf(flight)) ?? 0), now)
      }
      const ended = performance.now()
      this.nextLookAt = ended + Math.max(LOOK_MS, (ended - began) * PAUSE_PER_LOOK)
    } finally {
      this.isLooking = false
    }
  }
}

function record(flight: Flight, taken: number, now: number): void {
  const { clientProgress } = flight
  // A response without its socket waits for the one before it on the connection, not for the client.
  if (clientProgress === undefined || flight.res.socket === null) {
    flight.clientProgress = { taken, takenAt: now, idleMs: 0 }
    return
  }
  if (taken > clientProgress.taken) clientProgress.takenAt = now
  // Within TLS it is known but roughly, and may seem to be less than it was.
  clientProgress.taken = taken
  clientProgress.idleMs = now - clientProgress.takenAt
}

interface StreamHandle {
  readonly fd?: number
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
}

/** Node tells these of nothing but the handle: how much of a write is left, and the descriptor. */
function handleOf(socket: Socket): StreamHandle | null | undefined {
  return (socket as unknown as { _handle?: StreamHandle | null })._handle
}

/** Bytes that the kernel has taken of what was written to the client; -1 when that has gone. */
function handedOver({ req }: Flight): number {
  const handle = carrierOf(req).destroyed ? undefined : handleOf(req.socket)
  return handle ? (handle.bytesWritten ?? 0) - (handle.writeQueueSize ?? 0) : -1
}

function inodeOf({ req }: Flight): number {
  const fd = handleOf(req.socket)?.fd ?? -1
  return fd < 0 ? 0 : fstatSync(fd).ino
}
