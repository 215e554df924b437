import type { Socket } from 'node:net'

/** Bytes that are no part of a head or a body may be so many times those that are, … */
const RATIO = 8
/** … and so many besides, at once and in a second: an honest client needs a hundredth of that. */
const FREE = 65_536
const FREE_A_SECOND = 16_384
/** A piece of a body of so few bytes is not worth its frame. */
const TINY = 2

/**
 * What one connection of HTTP/2 carries. Pings, settings, windows, resets, padding and bodies in single
 * bytes cost time and bring next to nothing: too much of it is a flood (RFC 9113, 10.5).
 */
export class Http2Traffic {
  private readonly socket: Socket
  private readonly began = performance.now()
  private carried = 0

  constructor(socket: Socket) {
    this.socket = socket
  }

  countHead(rawHeaders: readonly string[]): void {
    for (const part of rawHeaders) this.carried += part.length
  }

  /** A piece of a body, in either direction. */
  countPiece(bytes: number): void {
    if (bytes > TINY) this.carried += bytes
  }

  get isFlood(): boolean {
    const free = FREE + ((performance.now() - this.began) / 1_000) * FREE_A_SECOND
    return this.socket.bytesRead > RATIO * this.carried + free
  }
}
