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
  // An array, and not a Set: a Set that lives long leaves a chain of its outgrown tables behind,
  // which keeps every flight it ever held alive until the next full garbage collection.
  private readonly flights: Flight[] = []
  private readonly onDue: (flight: Flight, now: number) => void
  private timer: NodeJS.Timeout | undefined
  private expectedAt = 0

  /** `onDue` is called on each tick for each exchange; it may end the exchange. */
  constructor(onDue: (flight: Flight, now: number) => void) {
    this.onDue = onDue
  }

  watch(flight: Flight): void {
    flight.watchedAt = this.flights.push(flight) - 1
    if (this.timer !== undefined) return
    this.expectedAt = performance.now() + TICK_MS
    this.timer = setInterval(() => this.tick(), TICK_MS).unref()
  }

  forget(flight: Flight): void {
    const at = flight.watchedAt
    if (this.flights[at] !== flight) return
    const last = this.flights.pop() as Flight
    if (last === flight) return
    this.flights[at] = last
    last.watchedAt = at
  }

  /** Calls `visit` for each exchange under way; it may end the exchange. */
  each(visit: (flight: Flight) => void): void {
    // Backwards: forgetting one puts the last, which has been visited, in its place.
    for (let at = this.flights.length - 1; at >= 0; at--) {
      const flight = this.flights[at]
      if (flight !== undefined) visit(flight)
    }
  }

  get size(): number {
    return this.flights.length
  }

  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }

  private tick(): void {
    const now = performance.now()
    const late = now - this.expectedAt
    this.expectedAt = now + TICK_MS
    if (this.flights.length === 0) this.stop()
    else if (late > STALL_MS) this.each(flight => shift(flight, late))
    else this.each(flight => this.onDue(flight, now))
  }
}

function shift(flight: Flight, by: number): void {
  if (flight.deadline !== 0) flight.deadline += by
  if (flight.requestWaitsSince !== 0) flight.requestWaitsSince += by
  if (flight.clientBlockedSince !== 0) flight.clientBlockedSince += by
  if (flight.clientProgress !== undefined) flight.clientProgress.takenAt += by
}
