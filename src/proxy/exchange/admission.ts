import type { Flight } from './flight.js'

/** How many wait for a slot at most, and how long, before they are turned away. */
const QUEUE_LENGTH = 256
export const QUEUE_MS = 1_000

/**
 * Bounds the requests that are at the upstream at one time, so that an upstream that hangs can't
 * take all memory. The next few wait a moment in order of arrival; the rest are turned away.
 */
export class Admission {
  private readonly limit: number
  private readonly queue: Flight[] = []
  private readonly begin: (flight: Flight) => void
  private taken = 0

  constructor(limit: number, begin: (flight: Flight) => void) {
    this.limit = limit
    this.begin = begin
  }

  get inFlight(): number {
    return this.taken
  }

  /** Begins now, or puts in the queue; false when the queue is full. */
  enter(flight: Flight): boolean {
    if (this.taken < this.limit) {
      this.admit(flight)
      return true
    }
    if (this.queue.length >= QUEUE_LENGTH) return false
    flight.deadline = performance.now() + QUEUE_MS
    this.queue.push(flight)
    return true
  }

  /** Gives back a slot, or a place in the queue. Safe to call more than once. */
  leave(flight: Flight): void {
    if (!flight.holdsSlot) {
      if (flight.phase === 'queued') {
        const at = this.queue.indexOf(flight)
        if (at !== -1) this.queue.splice(at, 1)
      }
      return
    }
    flight.holdsSlot = false
    this.taken--
    const next = this.queue.shift()
    if (next === undefined) return
    next.queuedMs = performance.now() - next.began
    this.admit(next)
  }

  private admit(flight: Flight): void {
    this.taken++
    flight.holdsSlot = true
    this.begin(flight)
  }
}
