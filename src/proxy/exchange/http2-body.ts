import type { ServerHttp2Stream } from 'node:http2'

/** Bytes that are given to the stream at a time; how far its client has got is seen in such steps. */
const STEP = 32_768
/** Of a client that took longer than this for a step, the steps are small. In milliseconds. */
const SLOW_MS = 1_000
const SLOW_STEP = 4_096
/** More than this many bytes wait for their turn: the upstream should wait, too. */
const HIGH_WATER = 65_536

interface Piece {
  readonly bytes: Buffer
  readonly sent: () => void
}

/** The body of a response over HTTP/2. Its steps go one after another: each tells how far the client has got. */
export class Http2Body {
  /** How many the client has taken. */
  steps = 0
  isStepping = false
  private readonly stream: ServerHttp2Stream
  private readonly onRest: () => void
  private readonly pieces: Piece[] = []
  private waiting = 0
  private isSlow = false

  /** `onRest` is called each time when nothing waits any more. */
  constructor(stream: ServerHttp2Stream, onRest: () => void) {
    this.stream = stream
    this.onRest = onRest
  }

  /** False when the next piece should wait until `onRest`. */
  write(bytes: Buffer, sent: () => void): boolean {
    this.pieces.push({ bytes, sent })
    this.waiting += bytes.length
    if (!this.isStepping) this.step(0)
    return this.waiting < HIGH_WATER
  }

  /** The stream has closed: nobody takes what still waits. */
  letAllGo(): void {
    for (const { sent } of this.pieces.splice(0)) sent()
  }

  private step(from: number): void {
    const piece = this.pieces[0]
    if (piece === undefined || this.stream.destroyed) {
      this.isStepping = false
      this.onRest()
      return
    }
    this.isStepping = true
    const to = Math.min(from + (this.isSlow ? SLOW_STEP : STEP), piece.bytes.length)
    const began = performance.now()
    this.stream.write(piece.bytes.subarray(from, to), () => {
      this.isSlow = performance.now() - began > SLOW_MS
      this.steps++
      if (to < piece.bytes.length) {
        this.step(to)
        return
      }
      this.pieces.shift()
      this.waiting -= piece.bytes.length
      piece.sent()
      this.step(0)
    })
  }
}
