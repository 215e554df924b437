import type { Wait } from './wait.js'

/** How often all of them are looked at, in milliseconds: what a time-out may come late by. */
const TICK_MS = 100
/** A tick this late means that the process itself stood still, not that the peers were slow. */
const STALL_MS = 500

interface Waiting {
  readonly wait: Wait
}

/**
 * Watches every exchange under way with one timer for all, on the monotonic clock. After a stall
 * of the process (suspended, starved) all times move by its length, so that it ends nobody.
 */
export class Waits<One extends Waiting> {
  // An array, and not a Set: a Set that lives long leaves a chain of its outgrown tables behind,
  // which keeps every exchange it ever held alive until the next full garbage collection.
  private readonly all: One[] = []
  private readonly onTick: (one: One, now: number) => void
  private timer: NodeJS.Timeout | undefined
  private expectedAt = 0

  /** `onTick` is called on each tick for each of them; it may end the exchange. */
  constructor(onTick: (one: One, now: number) => void) {
    this.onTick = onTick
  }

  watch(one: One): void {
    one.wait.place = this.all.push(one) - 1
    if (this.timer !== undefined) return
    this.expectedAt = performance.now() + TICK_MS
    this.timer = setInterval(() => this.tick(), TICK_MS).unref()
  }

  forget(one: One): void {
    const at = one.wait.place
    if (this.all[at] !== one) return
    const last = this.all.pop()
    if (last === undefined || last === one) return
    this.all[at] = last
    last.wait.place = at
  }

  /** Calls `visit` for each exchange under way; it may end the exchange. */
  each(visit: (one: One) => void): void {
    // Backwards: forgetting one puts the last, which has been visited, in its place.
    for (let at = this.all.length - 1; at >= 0; at--) {
      const one = this.all[at]
      if (one !== undefined) visit(one)
    }
  }

  get size(): number {
    return this.all.length
  }

  stop(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }

  private tick(): void {
    const now = performance.now()
    const late = now - this.expectedAt
    this.expectedAt = now + TICK_MS
    if (this.all.length === 0) this.stop()
    else if (late > STALL_MS) this.each(one => one.wait.shift(late))
    else this.each(one => this.onTick(one, now))
  }
}
