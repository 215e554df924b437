import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import type { ResponseHead } from '../message/response-head.js'
import type { ReadingRules, ResponseSink } from './response-sink.js'
import type { KeptBytes, SendEvents, UpstreamEvents, UpstreamSocket } from './upstream-events.js'

/** What a request asks of the connection that carries it. */
export interface Carrier {
  begin(exchange: UpstreamExchange): void
  write(bytes: Uint8Array, sent: (() => void) | undefined): boolean
  writeText(text: string): boolean
  cork(): void
  uncork(): void
  /** The request has been written whole. */
  onSent(): void
  pause(): void
  resume(): void
  /** The bytes of a piece of a body for longer than its reading lasts. */
  keep(piece: Buffer): KeptBytes
  /** Gives the socket to whoever speaks the next protocol on it. */
  handOver(): UpstreamSocket
  drop(): void
}

const CRLF = '\r\n'
/** A body that comes whole and is at most this long is sent as one text with its head, in bytes. */
const SMALL_BODY = 4_096

/** One request to the upstream and its response, on the connection that carries them. */
export class UpstreamExchange implements ResponseSink {
  readonly method: string
  /** How its response is read. */
  readonly reading: ReadingRules
  /** Whether the connection had carried others before. */
  isReused = false
  /** Whether the whole request has been written. */
  isSent = false
  private readonly events: UpstreamEvents
  private connection: Carrier | undefined
  private sender: SendEvents | undefined
  /** The head that has not been written yet. */
  private head: string
  private readonly isChunked: boolean
  /** Of this turn of the event loop. */
  private smallPieces = 0

  /** `head` is the whole request head, its empty line included. */
  constructor(
    method: string,
    head: string,
    isChunked: boolean,
    reading: ReadingRules,
    events: UpstreamEvents,
  ) {
    this.method = method
    this.reading = reading
    this.head = head
    this.isChunked = isChunked
    this.events = events
  }

  /** Puts it on a connection that is free. */
  start(connection: Carrier, isReused: boolean): void {
    this.connection = connection
    this.isReused = isReused
    connection.begin(this)
    if (isReused) this.events.onConnected()
  }

  /** Tells this one of what concerns the sending of the body. */
  hearSending(sender: SendEvents): void {
    this.sender = sender
  }

  /** Whether there is nothing more to send to. */
  get isOver(): boolean {
    return this.connection === undefined
  }

  /** Writes the head if it still waits for the first of the body. */
  flushHead(): void {
    const { connection, head } = this
    if (connection === undefined || head === '') return
    this.head = ''
    connection.writeText(head)
  }

  /**
   * Writes a piece of the body; false when more should wait for `onDrain`. Calls `sent` when it needs
   * the piece no more.
   */
  send(piece: Buffer, sent: (() => void) | undefined): boolean {
    const { connection, head } = this
    if (connection === undefined || piece.length === 0) {
      sent?.()
      return true
    }
    const before = this.isChunked ? head + piece.length.toString(16) + CRLF : head
    this.head = ''
    if (piece.length <= SMALL_BODY) {
      const text = before + piece.toString('latin1')
      sent?.()
      this.joinSmallPieces(connection)
      return connection.writeText(this.isChunked ? text + CRLF : text)
    }
    connection.cork()
    if (before !== '') connection.writeText(before)
    let takesMore = connection.write(piece, sent)
    if (this.isChunked) takesMore = connection.writeText(CRLF)
    connection.uncork()
    return takesMore
  }

  /**
   * From the second small piece in a turn of the event loop on, all leave in one system call: a client
   * may send its body byte by byte.
   */
  private joinSmallPieces(connection: Carrier): void {
    this.smallPieces++
    if (this.smallPieces === 2) connection.cork()
    if (this.smallPieces !== 1) return
    setImmediate(() => {
      if (this.smallPieces > 1) connection.uncork()
      this.smallPieces = 0
    })
  }

  /** Writes what is left of the request. Trailers go with chunks only. */
  end(trailers?: readonly (readonly [string, string])[]): void {
    const { connection, head } = this
    if (connection === undefined) return
    this.head = ''
    this.isSent = true
    let last = head
    if (this.isChunked) {
      last += '0\r\n'
      for (const [name, value] of trailers ?? []) last += `${name}: ${value}\r\n`
      last += CRLF
    }
    if (last !== '') connection.writeText(last)
    this.events.onSent()
    connection.onSent()
  }

  /** Reads no more of the response until `resume`. */
  pause(): void {
    this.connection?.pause()
  }

  resume(): void {
    this.connection?.resume()
  }

  /** The bytes of a body piece for longer than `onBody` lasts, until they are let go of. */
  keep(piece: Buffer): KeptBytes {
    return (this.connection as Carrier).keep(piece)
  }

  /** Gives up the exchange and its connection; nothing is heard of it afterwards. */
  abort(): void {
    const { connection } = this
    if (connection === undefined) return
    this.detach()
    connection.drop()
  }

  /** Its connection has nothing more to do with it. */
  detach(): void {
    this.connection = undefined
    this.sender?.onGone()
  }

  onConnected(): void {
    this.events.onConnected()
  }

  onDrain(): void {
    this.sender?.onDrain()
  }

  onRepair(what: UpstreamRepair): void {
    this.events.onRepair(what)
  }

  onInterim(head: ResponseHead): void {
    this.events.onInterim(head)
  }

  onHead(head: ResponseHead): void {
    this.events.onHead(head)
  }

  onBody(piece: Buffer): void {
    this.events.onBody(piece)
  }

  onEnd(trailers: readonly string[]): void {
    this.events.onEnd(trailers)
  }

  onSwitch(head: ResponseHead, early: Buffer): void {
    const { connection } = this
    if (connection === undefined) return
    this.detach()
    this.events.onSwitch(head, connection.handOver(), early)
  }

  onFault(detail: string, failure: UpstreamFailure): void {
    this.events.onFault(detail, failure)
  }

  onThrown(error: unknown): void {
    this.events.onThrown(error)
  }

  onLost(error: Error | undefined, hadBytes: boolean): void {
    this.detach()
    this.events.onLost(error, hadBytes)
  }
}
