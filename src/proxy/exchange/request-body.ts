import type { UpstreamExchange } from '../http1/request.js'
import type { SendEvents } from '../http1/upstream-events.js'
import { type Reply, replies } from '../message/replies.js'
import { requestTrailers } from '../message/trailers.js'
import { FairShare } from '../tuning/fair-share.js'
import type { ActiveExchange } from './active-exchange.js'
import { dropUpstream } from './failing.js'

/** What a body, and what comes behind it, may add up to. */
interface BodyLimits {
  readonly maxBodySize: number | undefined
  readonly maxHeaderLines: number
}

/** Where the body goes. */
type Sink = Pick<UpstreamExchange, 'hearSending' | 'flushHead' | 'isOver' | 'send' | 'end'>

/**
 * Relays a request body to the upstream as it comes, with back-pressure, and its trailers at the
 * end. `onRefused` is called once when a body without a declared length outgrows the cap, or more lines
 * come behind it than a head may have.
 */
export class RequestBodyRelay implements SendEvents {
  private readonly exchange: ActiveExchange
  private readonly request: Sink
  private readonly limits: BodyLimits
  private readonly onRefused: (reply: Reply) => void
  private readonly share = new FairShare()

  constructor(
    exchange: ActiveExchange,
    request: Sink,
    limits: BodyLimits,
    onRefused: (reply: Reply) => void,
  ) {
    this.exchange = exchange
    this.request = request
    this.limits = limits
    this.onRefused = onRefused
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
    const { exchange, request, share } = this
    const { maxBodySize } = this.limits
    const { client, record, wait } = exchange
    record.bytesIn += piece.length
    if (maxBodySize !== undefined && record.bytesIn > maxBodySize) {
      client.dropBody()
      this.onRefused(replies.bodySize)
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
    const { client, head, record, state, wait } = this.exchange
    const { trailers } = client
    wait.hasRequestBody()
    // A stream of HTTP/2 ends for us when it is closed, too. What is missing of the announced length
    // would be taken from the next request on that connection.
    if (head.contentLength !== undefined && record.bytesIn !== Number(head.contentLength)) {
      dropUpstream(this.exchange)
      return
    }
    if (trailers.length > 2 * this.limits.maxHeaderLines) {
      this.onRefused(replies.headerLines)
      return
    }
    this.request.end(trailers.length > 0 ? requestTrailers(trailers, state.rules) : undefined)
  }
}
