import type { Exchange } from './exchange.js'

const size = 64
const maxWaitMs = 10

/**
 * Exchanges whose lines are written together. Between one system call and the next, the code that
 * writes a line has left the processor's caches: one by one, lines cost about twice as much.
 */
export class LineBatch {
  private exchanges: Exchange[] = []
  private isScheduled = false
  private readonly writeLine: (exchange: Exchange) => void

  constructor(writeLine: (exchange: Exchange) => void) {
    this.writeLine = writeLine
  }

  /** Its line is written within some milliseconds. */
  add(exchange: Exchange): void {
    if (this.exchanges.push(exchange) === size) {
      this.writeOut()
    } else if (!this.isScheduled) {
      this.isScheduled = true
      setTimeout(() => {
        this.isScheduled = false
        this.writeOut()
      }, maxWaitMs).unref()
    }
  }

  /** Writes the lines of all that have been added. */
  writeOut(): void {
    const { exchanges } = this
    this.exchanges = []
    for (const exchange of exchanges) this.writeLine(exchange)
  }
}
