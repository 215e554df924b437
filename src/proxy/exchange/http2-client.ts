import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { http2Fields } from '../message/http2-fields.js'
import type { Client } from './client.js'
import { Http2Body } from './http2-body.js'
import type { Http2Traffic } from './http2-traffic.js'
import { handedOver, inodeOf, isBackedUp } from './socket-handle.js'

/** What an HTTP/2 request brought. */
export interface Http2Request {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
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
  private readonly body: Http2Body
  private isEnding = false
  private isSentElsewhere = false
  private outTrailers: OutgoingHttpHeaders = {}
  private mayHaveTrailers = false
  private drained: (() => void) | undefined
  private connectionSteps = 0
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
    this.body = new Http2Body(stream, () => this.rest())
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
    this.stream.additionalHeaders({ ':status': status, ...http2Fields(fields) })
  }

  writeHead(status: number, _reason: string | undefined, fields: string[]): void {
    this.head = { ':status': status, ...http2Fields(fields) }
    this.isAnswered = true
  }

  flushHead(): void {
    if (!this.stream.destroyed) this.sendHead(false)
  }

  write(piece: Buffer, sent: () => void): boolean {
    if (this.isEnded) {
      sent()
      return true
    }
    this.sendHead(false)
    this.traffic.countPiece(piece.length)
    return this.body.write(piece, sent)
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
    if (!this.body.isStepping) this.finish()
  }

  writeTrailers(trailers: readonly (readonly [string, string])[]): void {
    this.outTrailers = http2Fields(trailers.flat())
  }

  onClosed(listener: (isWhole: boolean) => void): void {
    // Node emits 'finish' however a stream closed; its code tells whether the client has all.
    this.stream.on('close', () => {
      this.body.letAllGo()
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
    if (takenOfConnection > this.seenOfConnection && isBackedUp(this.socket)) this.connectionSteps++
    this.seenOfConnection = takenOfConnection
    return this.body.steps + this.connectionSteps
  }

  private sendHead(endStream: boolean): void {
    const { head, stream } = this
    if (head === undefined || stream.destroyed) return
    this.head = undefined
    // With a length there are no chunks behind which trailers could come.
    this.mayHaveTrailers = !endStream && head['content-length'] === undefined
    stream.respond(head, { endStream, waitForTrailers: this.mayHaveTrailers })
  }

  private rest(): void {
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
}

function ignore(): void {
  // See the constructor.
}
