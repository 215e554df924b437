/** What a connection reads into while a large body comes: fewer and larger pieces, in bytes. */
export const LARGE_READ_SIZE = 98_304
/** Large buffers that are kept for the next body. */
const MAX_SPARE = 16

const spare: LargeBuffer[] = []

/**
 * Memory that one connection reads into and that others may still be writing from. It is used again
 * once nobody needs it: fresh memory for each piece would have the garbage collector at work all
 * the time.
 */
export class LargeBuffer {
  readonly bytes = Buffer.allocUnsafeSlow(LARGE_READ_SIZE)
  private readers = 1

  /** Takes one for a connection to read into, which lets go of it in the end. */
  static take(): LargeBuffer {
    const again = spare.pop()
    if (again === undefined) return new LargeBuffer()
    again.readers = 1
    return again
  }

  /** Whether anybody but the connection needs what is in it. */
  get isLent(): boolean {
    return this.readers > 1
  }

  /** Somebody else needs what is in it, until they let go too. */
  lend(): void {
    this.readers++
  }

  letGo(): void {
    this.readers--
    if (this.readers === 0 && spare.length < MAX_SPARE) spare.push(this)
  }
}
