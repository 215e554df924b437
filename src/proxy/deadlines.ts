import type { Flight } from './flight.js'

/** How often deadlines are looked at, in milliseconds: what a time-out may come late by. */
const TICK_MS = 100
/** A tick this late means that the process itself stood still, not that the peers were slow. */
const STALL_MS = 500

/**
 * Watches every exchange under way with one timer for all, on the monotonic clock. After a stall
 * of the process (suspended, starved) all deadlines move by its length, so that it ends nobody.
 */
export class Deadlines {
  private readonly flights = new Set<Flight>()
  private readonly onDue: (flight: Flight, now: number) => void
  private timer: NodeJS.Timeout | undefined
  private expectedAt = 0

  /** `onDue` is called on each tick for each exchange whose deadline or gap may be over. */
  constructor(onDue: (flight: Flight, now: number) => void) {
    this.onDue = onDue
  }

  watch(flight: Flight): void {
    this.flights.add(flight)
    if (this.timer !== undefined) return
    this.expectedAt = performance.now() + TICK_MS
    this.timer = setInterval(() => this.tick(), TICK_MS).unref()
  }

  forget(flight: Flight): void {
    this.flights.delete(flight)
  }

  [Symbol.iterator](): IterableIterator<Flight> {
    return this.flights.values()
  }

  get size(): number {
    return this.flights.size
  }

  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }

  private tick(): void {
    const now = performance.now()
    const late = now - this.expectedAt
    this.expectedAt = now + TICK_MS
    if (this.flights.size === 0) {
      this.stop()
      return
    }
    if (late > STALL_MS) {
      for (const flight of this.flights) shift(flight, late)
      return
    }
    for (const flight of this.flights) this.onDue(flight, now)
  }
}

function shift(flight: Flight, by: number): void {
  if (flight.deadline !== 0) flight.deadline += by
  if (flight.requestWaitsSince !== 0) flight.requestWaitsSince += by
  if (flight.clientBlockedSince !== 0) flight.clientBlockedSince += by
}
