import type { SendEvents, UpstreamExchange } from '../http1/request.js'
import { requestTrailers } from '../message/trailers.js'
import { FairShare } from '../tuning/fair-share.js'
import type { ActiveExchange } from './active-exchange.js'

/** Where the body goes. */
type Sink = Pick<UpstreamExchange, 'hearSending' | 'flushHead' | 'isOver' | 'send' | 'end'>

/**
 * Relays a request body to the upstream as it comes, with back-pressure, and its trailers at the
 * end. `onTooLarge` is called once when a body without a declared length outgrows the cap.
 */
export class RequestBodyRelay implements SendEvents {
  private readonly exchange: ActiveExchange
  private readonly request: Sink
  private readonly maxBodySize: number | undefined
  private readonly onTooLarge: () => void
  private readonly share = new FairShare()

  constructor(
    exchange: ActiveExchange,
    request: Sink,
    maxBodySize: number | undefined,
    onTooLarge: () => void,
  ) {
    this.exchange = exchange
    this.request = request
    this.maxBodySize = maxBodySize
    this.onTooLarge = onTooLarge
  }

  start(): void {
    const { exchange, request } = this
    exchange.wait.forRequestBody()
    request.hearSending(this)
    // A head whose body is slow to come goes ahead: the upstream may answer it as it is.
    setImmediate(() => request.flushHead())
    exchange.client.readBody(
      piece => this.relay(piece),
      () => this.finish(),
    )
  }

  onDrain(): void {
    this.exchange.wait.forRequestBody()
    this.share.goOn(() => this.exchange.client.resumeBody())
  }

  /** Without the upstream there is nobody to relay to: the rest is read and dropped. */
  onGone(): void {
    this.exchange.client.resumeBody()
  }

  private relay(piece: Buffer): void {
    const { exchange, request, maxBodySize, share } = this
    const { client, record, wait } = exchange
    record.bytesIn += piece.length
    if (maxBodySize !== undefined && record.bytesIn > maxBodySize) {
      client.dropBody()
      this.onTooLarge()
      return
    }
    if (request.isOver) return
    share.use(piece.length)
    const takesMore = request.send(piece, client.freeing(piece))
    if (takesMore && !share.isUsedUp) {
      wait.forRequestBody()
      return
    }
    client.pauseBody()
    if (takesMore) this.onDrain()
    else wait.hasRequestBody()
  }

  private finish(): void {
    const { client, state, wait } = this.exchange
    const { trailers } = client
    wait.hasRequestBody()
    this.request.end(trailers.length > 0 ? requestTrailers(trailers, state.rules) : undefined)
  }
}
