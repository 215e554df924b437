import type { SendEvents, UpstreamExchange } from '../http1/request.js'
import { isHttp2 } from '../message/http2-request.js'
import { requestTrailers } from '../message/trailers.js'
import type { UpstreamRequestRules } from '../message/upstream-request.js'
import { FairShare } from '../tuning/fair-share.js'
import { freeing } from '../tuning/free-memory.js'
import type { Flight } from './flight.js'

/** What relaying a request body needs to know of the settings. */
export interface RequestBodyRules
  extends Pick<UpstreamRequestRules, 'kindOf' | 'isSetRequestField'> {
  readonly maxBodySize: number | undefined
  readonly upstreamTimeout: number
}

/**
 * Relays a request body to the upstream as it comes, with back-pressure, and its trailers at the
 * end. `onTooLarge` is called once when a body without a declared length outgrows the cap.
 */
export class RequestBodyRelay implements SendEvents {
  private readonly flight: Flight
  private readonly exchange: UpstreamExchange
  private readonly rules: RequestBodyRules
  private readonly onTooLarge: () => void
  private readonly share = new FairShare()

  constructor(
    flight: Flight,
    exchange: UpstreamExchange,
    rules: RequestBodyRules,
    onTooLarge: () => void,
  ) {
    this.flight = flight
    this.exchange = exchange
    this.rules = rules
    this.onTooLarge = onTooLarge
  }

  start(): void {
    const { flight, exchange } = this
    const { req } = flight
    flight.requestWaitsSince = performance.now()
    exchange.hearSending(this)
    // A head whose body is slow to come goes ahead: the upstream may answer it as it is.
    setImmediate(() => exchange.flushHead())
    req.on('data', (piece: Buffer) => this.relay(piece))
    req.on('end', () => this.finish())
  }

  onDrain(): void {
    this.awaitClient()
    this.share.goOn(() => this.flight.req.resume())
  }

  /** Without the upstream there is nobody to relay to: the rest is read and dropped. */
  onGone(): void {
    this.flight.req.resume()
  }

  private relay(piece: Buffer): void {
    const { flight, exchange, rules, share } = this
    flight.bytesIn += piece.length
    if (rules.maxBodySize !== undefined && flight.bytesIn > rules.maxBodySize) {
      flight.req.removeAllListeners('data')
      this.onTooLarge()
      return
    }
    if (exchange.isOver) return
    share.use(piece.length)
    // In HTTP/1 each piece is a copy of its own; in HTTP/2 it is some of what the session has read.
    const takesMore = exchange.send(piece, isHttp2(flight.req) ? undefined : freeing(piece))
    if (takesMore && !share.isUsedUp) {
      this.awaitClient()
      return
    }
    flight.req.pause()
    if (takesMore) this.onDrain()
    else this.awaitUpstream()
  }

  private finish(): void {
    const { rawTrailers } = this.flight.req
    this.awaitUpstream()
    this.exchange.end(rawTrailers.length > 0 ? requestTrailers(rawTrailers, this.rules) : undefined)
  }

  /** The next byte is the client's to send: its limit runs, and the upstream's does not. */
  private awaitClient(): void {
    const { flight } = this
    flight.requestWaitsSince = performance.now()
    if (flight.phase === 'waiting') flight.deadline = 0
  }

  /** Now the upstream is the slow one. */
  private awaitUpstream(): void {
    const { flight, rules } = this
    flight.requestWaitsSince = 0
    if (flight.phase === 'waiting') flight.deadline = performance.now() + rules.upstreamTimeout
  }
}
