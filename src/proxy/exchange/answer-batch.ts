import type { Flight } from './flight.js'

/** Waiting for more of them costs a look for events; from this many on, it is worth it. */
const WORTH = 4
/** So many go out together at most: what the first of them waits is bounded by it. */
const MOST = 64
/** After a turn of the event loop that was not worth it, so many answers go out at once. */
const PAUSE = 64

/**
 * Ends answers whose heads are written. Those to requests that arrived together go out together,
 * when all of them have been read: one by one, each would wake the client's side, and each time the
 * code that reads requests has left the processor's caches. Where requests come one at a time,
 * one answer in 65 waits, to see whether they still do.
 */
export class AnswerBatch {
  private readonly waiting: Flight[] = []
  /** Answers of this turn of the event loop, those that are out included. */
  private inTurn = 0
  private atOnce = 0

  /** Ends the answer, at the latest when this turn of the event loop ends. */
  end(flight: Flight): void {
    if (this.atOnce > 0) {
      this.atOnce--
      endAnswer(flight)
      return
    }
    this.waiting.push(flight)
    if (++this.inTurn === 1) setImmediate(() => this.endTurn())
    if (this.waiting.length === MOST) this.endAll()
  }

  private endTurn(): void {
    if (this.inTurn < WORTH) this.atOnce = PAUSE
    this.inTurn = 0
    this.endAll()
  }

  private endAll(): void {
    const { waiting } = this
    for (let at = 0; at < waiting.length; at++) endAnswer(waiting[at] as Flight)
    waiting.length = 0
  }
}

function endAnswer(flight: Flight): void {
  // Its client may have left meanwhile.
  if (flight.phase === 'done') return
  try {
    flight.res.end()
  } catch (error) {
    flight.state.forwarder.failInternally(flight, error)
  }
}
