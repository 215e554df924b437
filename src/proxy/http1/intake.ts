import { firstBytes, joinForBody, type ReadBuffer, type ReadBuffers } from './buffers.js'
import type { KeptBytes } from './upstream-events.js'

/** Where a connection puts what it reads: the `onread` of `net.connect` and `tls.connect`. */
export interface ReadInto {
  readonly buffer: () => Uint8Array
  readonly callback: (size: number, bytes: Uint8Array) => boolean
}

/** The connection that reads. */
interface Reader {
  /** What it carries: the body of one is read into buffers of its own, one after another. */
  readonly exchange: object | undefined
  readonly isPaused: boolean
  /** Takes the bytes, which may be overwritten once it returns; false when it wants no more now. */
  take(bytes: Buffer): boolean
}

/** A smaller piece is copied rather than lent. */
const MIN_LENT_SIZE = 8_192

/** What one connection reads into: memory that is used again, which is far cheaper than fresh one. */
export class Intake {
  readonly readInto: ReadInto
  private readonly reader: Reader
  private bodyOf: object | undefined
  private buffers: ReadBuffers | undefined
  private buffer: ReadBuffer | undefined
  private isFull = false

  constructor(reader: Reader) {
    this.reader = reader
    this.readInto = {
      buffer: () => this.next(),
      callback: (size, into) => this.take(size, into),
    }
  }

  /** The bytes of a piece for longer than its reading lasts. */
  keep(piece: Buffer): KeptBytes {
    const { buffer } = this
    if (buffer === undefined || piece.length < MIN_LENT_SIZE) {
      return { bytes: Buffer.from(piece), letGo: ignore }
    }
    buffer.lend()
    return { bytes: piece, letGo: () => buffer.letGo() }
  }

  /** Called only when nothing more will be read into the one it has. */
  leave(): void {
    this.buffers?.leave()
    this.buffer?.letGo()
    this.bodyOf = undefined
    this.buffers = undefined
    this.buffer = undefined
  }

  private take(size: number, into: Uint8Array): boolean {
    this.isFull = size === into.length
    if (this.buffers?.landing === into) {
      this.buffer = this.buffers.take()
      this.buffers.landing.copy(this.buffer.bytes, 0, 0, size)
    }
    return this.reader.take((this.buffer?.bytes ?? firstBytes).subarray(0, size))
  }

  /** Asked for after each read: where the next one goes. */
  private next(): Buffer {
    const { exchange } = this.reader
    if (this.buffers !== undefined && this.bodyOf !== exchange) this.leave()
    if (this.buffers === undefined) {
      if (!this.isFull || exchange === undefined) return firstBytes
      this.bodyOf = exchange
      this.buffers = joinForBody()
    }
    if (this.buffer?.isLent) {
      this.buffer.letGo()
      this.buffer = undefined
    }
    // It may be paused for long: it is given one of its own when there is something to put into it.
    if (this.buffer === undefined && this.reader.isPaused) return this.buffers.landing
    this.buffer ??= this.buffers.take()
    return this.buffer.bytes
  }
}

function ignore(): void {
  // Memory of its own needs no letting go.
}
