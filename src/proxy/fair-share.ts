/** Bytes of one body that are relayed in a row. */
const SHARE = 262_144

/**
 * One body's share of a turn of the event loop. A peer that is fast enough would keep it for itself:
 * Node reads a socket up to 32 times before it looks at the next.
 */
export class FairShare {
  private left = SHARE

  use(bytes: number): void {
    this.left -= bytes
  }

  get isUsedUp(): boolean {
    return this.left <= 0
  }

  /** Calls `resume` at once, or, with the share used up, when the others have had their turn. */
  goOn(resume: () => void): void {
    if (this.left > 0) {
      resume()
      return
    }
    setImmediate(() => {
      this.left = SHARE
      resume()
    })
  }
}
