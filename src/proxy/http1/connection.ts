import { Intake, type ReadInto } from './intake.js'
import { ResponseParser } from './parser.js'
import { surviveRefusedWrites } from './refused-writes.js'
import type { Carrier, UpstreamExchange } from './request.js'
import type { KeptBytes, UpstreamSocket } from './upstream-events.js'

/** What a connection tells the pool that has it. */
export interface ConnectionEvents {
  /** It may carry another request. */
  readonly onFree: (connection: UpstreamConnection) => void
  /** It is closed, or handed over to an upgrade. */
  readonly onGone: (connection: UpstreamConnection) => void
}

/** A socket that connects, and whether it reads into what it was given, or hands on `data`. */
export interface Dialled {
  readonly socket: UpstreamSocket
  readonly readsInto: boolean
}

type Listening = readonly [event: string, listener: (given: unknown) => void]

/**
 * One connection to an upstream. It carries one exchange after another and never two at a time;
 * after anything unusual it is dropped, so that no byte of one answer can reach the next request.
 */
export class UpstreamConnection implements Carrier {
  readonly openedAt = performance.now()
  /** Monotonic time since when it has waited for a request. */
  idleSince = 0
  private readonly parser = new ResponseParser()
  private readonly socket: UpstreamSocket
  private readonly intake: Intake
  private events: ConnectionEvents
  private readonly listeners: readonly Listening[]
  private exchange: UpstreamExchange | undefined
  /** The first, for what fails later fails because of it: in TLS, of a write that was refused. */
  private error: Error | undefined
  /** Why the upstream takes no more; its answer may still be read. */
  private refusal: NodeJS.ErrnoException | undefined
  private isReading = false
  private isHandedOver = false

  /** `dial` opens the socket. */
  constructor(dial: (into: ReadInto) => Dialled, events: ConnectionEvents) {
    this.events = events
    const connection = this
    this.intake = new Intake({
      get exchange() {
        return connection.exchange
      },
      get isPaused() {
        return connection.socket.isPaused()
      },
      take: bytes => this.take(bytes),
    })
    const { socket, readsInto } = dial(this.intake.readInto)
    this.socket = socket
    const event = 'encrypted' in this.socket ? 'secureConnect' : 'connect'
    const listeners: Listening[] = [
      [event, () => this.exchange?.onConnected()],
      ['drain', () => this.exchange?.onDrain()],
      ['error', given => given instanceof Error && this.onError(given)],
      ['end', () => this.onEnd()],
      ['close', () => this.onClose()],
    ]
    if (!readsInto) {
      listeners.push(['data', given => given instanceof Buffer && this.read(given)])
    }
    this.listeners = listeners.map(([name, listener]) => [name, this.guarded(listener)])
    for (const [name, listener] of this.listeners) this.socket.on(name, listener)
    surviveRefusedWrites(this.socket, error => {
      this.refusal = error
      this.error ??= error
    })
  }

  /** A fault of ours ends the exchange it happened in, and no other. */
  private guarded(listener: (given: unknown) => void): (given: unknown) => void {
    return given => {
      const { exchange } = this
      try {
        listener(given)
      } catch (error) {
        if (exchange === undefined) throw error
        exchange.onThrown(error)
      }
    }
  }

  /** Whether a request can be put on it. */
  get isUsable(): boolean {
    const { socket } = this
    return (
      !socket.destroyed && socket.writable && !socket.readableEnded && this.refusal === undefined
    )
  }

  /** Gives it an exchange to carry; it must be usable and idle. */
  begin(exchange: UpstreamExchange): void {
    this.exchange = exchange
    this.parser.begin(exchange.method, exchange, exchange.reading)
  }

  /** False when what follows should wait for `onDrain`. Calls `sent` when it needs them no more. */
  write(bytes: Uint8Array, sent: (() => void) | undefined): boolean {
    return this.socket.write(bytes, sent)
  }

  /** Text of one byte a character. */
  writeText(text: string): boolean {
    return this.socket.write(text, 'latin1')
  }

  /** What is written until `uncork` leaves in one system call. */
  cork(): void {
    this.socket.cork()
  }

  uncork(): void {
    this.socket.uncork()
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  /** The bytes of a piece of a body for longer than its reading lasts. */
  keep(piece: Buffer): KeptBytes {
    return this.intake.keep(piece)
  }

  /** The request has been written whole: with a whole response, the exchange is over. */
  onSent(): void {
    if (!this.isReading && this.parser.isOver) this.settle()
  }

  /** Drops it, whatever it carries; the exchange hears no more. */
  drop(): void {
    this.exchange = undefined
    this.parser.stop()
    this.socket.destroy()
  }

  /** Another pool has it from now on; the one that had it hears no more of it. */
  moveTo(events: ConnectionEvents): void {
    this.events.onGone(this)
    this.events = events
  }

  /**
   * Gives the socket to whoever speaks the next protocol on it: a stream that does not flow, and that
   * stays open when the upstream ends its side.
   */
  handOver(): UpstreamSocket {
    const { socket } = this
    this.exchange = undefined
    this.isHandedOver = true
    socket.allowHalfOpen = true
    socket.pause()
    for (const [name, listener] of this.listeners) socket.off(name, listener)
    this.events.onGone(this)
    return socket
  }

  private take(bytes: Buffer): boolean {
    if (this.isHandedOver) return this.socket.push(Buffer.from(bytes))
    this.read(bytes)
    return true
  }

  private read(bytes: Buffer): void {
    const { exchange, parser } = this
    if (exchange === undefined) {
      // A byte that nobody asked for: whatever follows could be taken for the next answer.
      this.socket.destroy()
      return
    }
    // While bytes of it are still being read, no other request may be put on this connection.
    this.isReading = true
    try {
      parser.read(bytes)
    } catch (error) {
      parser.keepsAlive = false
      parser.stop()
      exchange.onThrown(error)
    }
    this.isReading = false
    if (parser.isOver) this.settle()
  }

  /** The response is over, and so is the exchange unless its request is still being sent. */
  private settle(): void {
    const { exchange, parser } = this
    if (exchange === undefined) return
    if (parser.keepsAlive && !exchange.isSent) return
    this.exchange = undefined
    exchange.detach()
    // The client of the last exchange may have been slow to the end; the next one is another.
    if (this.socket.isPaused()) this.socket.resume()
    if (parser.keepsAlive && this.socket.writableLength === 0) this.events.onFree(this)
    else this.socket.destroy()
  }

  private onError(error: Error): void {
    this.error ??= error
  }

  private onEnd(): void {
    // EPIPE would say that its end had come before ours was refused: a reset cuts off what ends with it.
    if (this.refusal?.code !== 'ECONNRESET' && this.parser.finish()) this.settle()
    else this.socket.destroy()
  }

  private onClose(): void {
    const { exchange, parser } = this
    this.exchange = undefined
    parser.stop()
    this.intake.leave()
    this.events.onGone(this)
    exchange?.onLost(this.error, parser.hasBegun)
  }
}
