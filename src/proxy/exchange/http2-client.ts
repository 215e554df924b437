import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Client } from './client.js'
import type { Http2Traffic } from './http2-traffic.js'
import { handedOver, inodeOf, isBackedUp } from './socket-handle.js'

/** What an HTTP/2 request brought. */
export interface Http2Request {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
}

/** Bytes that are given to the stream at a time; how far its client has got is seen in such steps. */
const STEP = 32_768
/** Of a client that took longer than this for a step, the steps are small. In milliseconds. */
const SLOW_MS = 1_000
const SLOW_STEP = 4_096
/** More than this many bytes wait for their turn: the upstream should wait, too. */
const HIGH_WATER = 65_536

/** RFC 9113, 8.2.2: these belong to a connection of HTTP/1. */
const connectionFields = new Set(['connection', 'transfer-encoding', 'keep-alive', 'upgrade'])
/** Node sends these once only; as one line they mean the same (RFC 9110, 5.3). */
const singleLines = new Set(
  'access-control-allow-credentials access-control-max-age access-control-request-method age authorization content-encoding content-language content-length content-location content-md5 content-range content-type date dnt etag expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards proxy-authorization range referer retry-after tk upgrade-insecure-requests user-agent x-content-type-options'.split(
    ' ',
  ),
)

interface Piece {
  readonly bytes: Buffer
  readonly sent: () => void
}

/**
 * A client over HTTP/2: one stream. How far it has got is its own flow control's to tell, for what its
 * connection acknowledges may be anything (RFC 9113, 5.2).
 */
export class Http2Client implements Client {
  readonly upgrade = undefined
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly version = 20
  readonly isEncrypted = true
  readonly hasUnsizedBody: boolean
  readonly isLast = false
  readonly isItsTurn = true
  isAnswered = false
  trailers: readonly string[] = []
  private readonly stream: ServerHttp2Stream
  private readonly socket: Socket
  private readonly traffic: Http2Traffic
  /** The final head, until something of the body, or its end, goes with it. */
  private head: OutgoingHttpHeaders | undefined
  private readonly pieces: Piece[] = []
  private waiting = 0
  private isStepping = false
  private isSlow = false
  private isEnding = false
  private isSentElsewhere = false
  private outTrailers: OutgoingHttpHeaders = {}
  private mayHaveTrailers = false
  private drained: (() => void) | undefined
  private steps = 0
  private seenOfConnection = 0

  /** `socket` is the connection under the session. */
  constructor(
    stream: ServerHttp2Stream,
    request: Http2Request,
    socket: Socket,
    traffic: Http2Traffic,
  ) {
    this.stream = stream
    this.socket = socket
    this.traffic = traffic
    traffic.countHead(request.rawHeaders)
    this.method = request.method
    this.target = request.target
    this.rawHeaders = request.rawHeaders
    this.hasUnsizedBody = !stream.endAfterHeaders
    // How a stream ended is asked when it has closed; its errors say nothing more.
    stream.on('error', ignore)
    stream.on('trailers', (_byName: unknown, _flags: number, raw: string[]) => {
      this.trailers = raw
    })
    // What nobody has taken of a body came all the same.
    stream.on('close', () => traffic.countPiece(stream.readableLength))
    stream.on('wantTrailers', () => stream.sendTrailers(this.outTrailers))
    // RFC 9113, 8.1: a client that has all of the response need not send the rest of its request.
    stream.on('finish', () => {
      if (!this.hasSentAll) stream.close(constants.NGHTTP2_NO_ERROR)
    })
  }

  get peerAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  get hasSentAll(): boolean {
    return this.stream.endAfterHeaders || this.stream.readableEnded
  }

  readBody(onPiece: (piece: Buffer) => void, onEnd: () => void): void {
    this.stream.on('data', (piece: Buffer) => {
      this.traffic.countPiece(piece.length)
      onPiece(piece)
    })
    // A stream that was reset without an error ends for a reader as if all had come.
    this.stream.on('end', () => {
      if (!this.stream.closed) onEnd()
    })
  }

  pauseBody(): void {
    this.stream.pause()
  }

  resumeBody(): void {
    this.stream.resume()
  }

  dropBody(): void {
    this.stream.removeAllListeners('data')
    this.stream.on('data', (piece: Buffer) => this.traffic.countPiece(piece.length))
  }

  /** A piece is a part of what the session has read for many streams. */
  freeing(): undefined {
    return undefined
  }

  sendContinue(): void {
    this.writeInterim(100, [])
  }

  get isEnded(): boolean {
    return this.isEnding || this.stream.destroyed
  }

  get isFinished(): boolean {
    const { isEnding, isSentElsewhere, stream } = this
    return isSentElsewhere || (isEnding && stream.writableFinished && stream.rstCode === 0)
  }

  onTurn(listener: () => void): void {
    listener()
  }

  endAfter(): void {
    // A stream ends with its exchange anyway, and its connection carries others.
  }

  lingerAfter(): void {
    // A stream is closed on its own, in either direction.
  }

  writeInterim(status: number, fields: readonly string[]): void {
    if (this.isAnswered || this.stream.destroyed || this.stream.headersSent) return
    this.stream.additionalHeaders({ ':status': status, ...byName(fields) })
  }

  writeHead(status: number, _reason: string | undefined, fields: string[]): void {
    // Node sends none of these over HTTP/2; found out later, it would end the stream without a word.
    if (status > 599) throw new RangeError(`HTTP/2 cannot carry the status ${status}`)
    this.head = { ':status': status, ...byName(fields) }
    this.isAnswered = true
  }

  flushHead(): void {
    if (!this.stream.destroyed) this.sendHead(false)
  }

  /** Steps of a piece go one after another: each tells how far the client has got. */
  write(piece: Buffer, sent: () => void): boolean {
    if (this.isEnded) {
      sent()
      return true
    }
    this.sendHead(false)
    this.traffic.countPiece(piece.length)
    this.pieces.push({ bytes: piece, sent })
    this.waiting += piece.length
    if (!this.isStepping) this.step(0)
    return this.waiting < HIGH_WATER
  }

  onDrain(listener: () => void): void {
    this.drained = listener
  }

  endWith(body: Buffer): void {
    if (this.isEnded) return
    this.sendHead(false)
    this.isEnding = true
    this.traffic.countPiece(body.length)
    this.stream.end(Buffer.from(body))
  }

  end(): void {
    if (this.isEnded) return
    this.isEnding = true
    if (!this.isStepping) this.finish()
  }

  writeTrailers(trailers: readonly (readonly [string, string])[]): void {
    this.outTrailers = byName(trailers.flat())
  }

  onClosed(listener: (isWhole: boolean) => void): void {
    // Node emits 'finish' however a stream closed; its code tells whether the client has all.
    this.stream.on('close', () => {
      this.letAllGo()
      listener(this.isFinished)
    })
  }

  askForHttp1(): void {
    this.isAnswered = true
    this.isEnding = true
    this.isSentElsewhere = true
    this.stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED)
  }

  /** Reset without an error, with its response still waiting to be taken, a stream is silent. */
  get hasLeft(): boolean {
    return this.stream.closed
  }

  /** Only an error ends a stream so that its client takes what it has for broken. */
  cut(): void {
    if (this.stream.closed) this.stream.destroy()
    else this.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  handedOver(): number {
    return this.stream.destroyed ? -1 : handedOver(this.socket)
  }

  inode(): number {
    return inodeOf(this.socket)
  }

  /** Where the connection is what holds its streams up, what it takes is progress for each. */
  progress(takenOfConnection: number): number {
    if (takenOfConnection > this.seenOfConnection && isBackedUp(this.socket)) this.steps++
    this.seenOfConnection = takenOfConnection
    return this.steps
  }

  private sendHead(endStream: boolean): void {
    const { head, stream } = this
    if (head === undefined || stream.destroyed) return
    this.head = undefined
    // With a length there are no chunks behind which trailers could come.
    this.mayHaveTrailers = !endStream && head['content-length'] === undefined
    stream.respond(head, { endStream, waitForTrailers: this.mayHaveTrailers })
  }

  private step(from: number): void {
    const piece = this.pieces[0]
    if (piece === undefined || this.stream.destroyed) {
      this.rest()
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

  private rest(): void {
    this.isStepping = false
    if (this.isEnding) {
      this.finish()
      return
    }
    const { drained } = this
    this.drained = undefined
    drained?.()
  }

  private finish(): void {
    const hasTrailers = Object.keys(this.outTrailers).length > 0
    this.sendHead(!hasTrailers)
    this.stream.end()
  }

  private letAllGo(): void {
    for (const { sent } of this.pieces.splice(0)) sent()
  }
}

/** Fields by name, as Node takes them; those that HTTP/2 forbids are left out. */
function byName(fields: readonly string[]): OutgoingHttpHeaders {
  const found: Record<string, string | string[]> = Object.create(null)
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    const value = fields[at + 1] ?? ''
    if (connectionFields.has(name)) continue
    const before = found[name]
    if (before === undefined) found[name] = value
    else if (Array.isArray(before)) before.push(value)
    else found[name] = singleLines.has(name) ? `${before}, ${value}` : [before, value]
  }
  return found
}

function ignore(): void {
  // See the constructor.
}
