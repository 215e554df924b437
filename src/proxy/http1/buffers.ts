/** Buffers of one size that are kept for the next body. */
const MAX_SPARE = 16
/**
 * Connections that may read in large pieces at a time. Clients that read nothing hold one for as
 * long as their limit is: hundreds of them shall not take as many times the memory.
 */
const MAX_LARGE = 32

/**
 * Memory that one connection reads into and that others may still be writing from. It is used again
 * once nobody needs it: fresh memory for each piece would have the garbage collector at work all
 * the time.
 */
export class ReadBuffer {
  readonly bytes: Buffer
  private readonly pool: ReadBuffers
  private readers = 1

  constructor(pool: ReadBuffers) {
    this.bytes = Buffer.allocUnsafeSlow(pool.size)
    this.pool = pool
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
    if (this.readers === 0) this.pool.keep(this)
  }

  /** It goes to another connection. */
  renew(): this {
    this.readers = 1
    return this
  }
}

/** Buffers of one size, in bytes. */
export class ReadBuffers {
  readonly size: number
  /** Shared by all connections that are paused; what comes is moved out of it at once. */
  readonly landing: Buffer
  private readonly spare: ReadBuffer[] = []
  private joined = 0

  constructor(size: number) {
    this.size = size
    this.landing = Buffer.allocUnsafeSlow(size)
  }

  /** How many connections read into them. */
  get users(): number {
    return this.joined
  }

  join(): this {
    this.joined++
    return this
  }

  leave(): void {
    this.joined--
  }

  /** Takes one for a connection to read into, which lets go of it in the end. */
  take(): ReadBuffer {
    return this.spare.pop()?.renew() ?? new ReadBuffer(this)
  }

  keep(buffer: ReadBuffer): void {
    if (this.spare.length < MAX_SPARE) this.spare.push(buffer)
  }
}

const large = new ReadBuffers(98_304)
const small = new ReadBuffers(32_768)

/**
 * What all connections read into first: enough for most answers. They can share it, for a read is
 * over before the next begins, and what is needed for longer is copied.
 */
export const firstBytes = small.landing

/** What a connection reads the rest of a body into; it leaves them when that is over. */
export function joinForBody(): ReadBuffers {
  return (large.users < MAX_LARGE ? large : small).join()
}
