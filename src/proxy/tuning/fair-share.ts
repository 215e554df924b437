/** Bytes of one body that are relayed in a row. */
const SHARE = 262_144
/** What a piece costs beside its bytes, however few they are. */
const PIECE = 256

/**
 * One body's share of a turn of the event loop. A peer that is fast enough would keep it for itself:
 * Node reads a socket up to 32 times before it looks at the next.
 */
export class FairShare {
  private left = SHARE
  private isResting = false

  use(bytes: number): void {
    this.left -= bytes + PIECE
  }

  get isUsedUp(): boolean {
    return this.left <= 0
  }

  /**
   * Calls `resume` at once, or, with the share used up, when the others have had their turn. Until
   * then it may be called again, for what had been read already, and waits once.
   */
  goOn(resume: () => void): void {
    if (this.left > 0) {
      resume()
      return
    }
    if (this.isResting) return
    this.isResting = true
    setImmediate(() => {
      this.isResting = false
      this.left = SHARE
      resume()
    })
  }
}
