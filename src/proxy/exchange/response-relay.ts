import { rewriteResponseHeaders } from '../../policy/response-headers.js'
import type { UpstreamExchange } from '../http1/request.js'
import type { ResponseHead } from '../message/response-head.js'
import type { Route } from '../message/route.js'
import { responseTrailers } from '../message/trailers.js'
import { addVia, endToEndFields } from '../message/upstream-response.js'
import { FairShare } from '../tuning/fair-share.js'
import type { ActiveExchange } from './active-exchange.js'
import type { Client } from './client.js'
import { debugFields } from './replying.js'

/** The largest body that is sent in one write with its head. */
const SMALL_BODY = 16_384

/** Where the body comes from. */
type Source = Pick<UpstreamExchange, 'keep' | 'pause' | 'resume'>

/** Relays one upstream response to the client; while the client takes no more, the upstream waits. */
export class ResponseRelay {
  private readonly exchange: ActiveExchange
  private readonly request: Source
  private readonly response: ResponseHead
  private readonly share = new FairShare()

  constructor(exchange: ActiveExchange, request: Source, response: ResponseHead) {
    this.exchange = exchange
    this.request = request
    this.response = response
  }

  /**
   * Sends the head; the policy decides which CORS fields it carries. Says why when the head can't be
   * relayed; nothing has been sent then.
   */
  begin(route: Route, sentHost: string): string | undefined {
    const { client, record, state, wait } = this.exchange
    const { fields: received, reason } = this.response
    record.upstreamStatus = this.response.status
    const status = client.version === 20 ? statusOfHttp2(this.response) : this.response.status
    record.upstreamHeaders = received
    const fields = clientFields(this.exchange, this.response, route, sentHost)
    endEarly(this.exchange)
    try {
      client.writeHead(status, reason, fields)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    record.status = status
    record.sentHeaders = fields
    wait.forBody(state.rules.upstreamIdleTimeout)
    flushSoon(client)
    return undefined
  }

  relay(piece: Buffer): void {
    const { exchange, request, response, share } = this
    const { client, record, wait } = exchange
    if (client.isEnded) return
    const isWhole = piece.length === response.length && record.bytesOut === 0
    record.bytesOut += piece.length
    if (isWhole && piece.length <= SMALL_BODY) {
      wait.forReader()
      client.endWith(piece)
      return
    }
    share.use(piece.length)
    const { bytes, letGo } = request.keep(piece)
    if (client.write(bytes, letGo)) {
      wait.extend()
      if (!share.isUsedUp) return
      request.pause()
      share.goOn(() => this.goOn())
      return
    }
    request.pause()
    // Of what was read in one go, more pieces may follow.
    if (wait.isForReader) return
    wait.forReader()
    client.onDrain(() => {
      if (client.isEnded) return
      wait.forBody(exchange.state.rules.upstreamIdleTimeout)
      share.goOn(() => this.goOn())
    })
  }

  /** Ends the response to the client, which has had all of the body. */
  end(trailers: readonly string[]): void {
    const { client, state, wait } = this.exchange
    if (client.isEnded) return
    const relayed = trailers.length > 0 ? responseTrailers(trailers, state.rules) : undefined
    if (relayed !== undefined) client.writeTrailers(relayed)
    wait.forReader()
    client.end()
  }

  private goOn(): void {
    if (!this.exchange.wait.isForReader) this.request.resume()
  }
}

/**
 * Node's HTTP/2 carries no status above 599. A client has to take one for any other 5xx:
 * https://www.rfc-editor.org/rfc/rfc9110#section-15-4
 */
function statusOfHttp2({ status }: ResponseHead): number {
  return status > 599 ? 500 : status
}

function clientFields(
  { head, record, state }: ActiveExchange,
  response: ResponseHead,
  route: Route,
  sentHost: string,
): string[] {
  const { rules } = state
  const { decision } = record
  const own = endToEndFields(response, head, route, sentHost, rules)
  const fields = rewriteResponseHeaders(decision, head, own, response.status)
  // After the policy, which may list the names of the upstream's own fields for the page.
  if (rules.via !== undefined) addVia(fields, response.version, rules.via)
  if (rules.debugHeaders) fields.push(...debugFields(decision))
  return fields
}

/**
 * An upstream that answers without waiting for the body leaves a client that may go on sending it:
 * the connection can't be used for another request.
 */
function endEarly({ client, head }: ActiveExchange): void {
  if (head.hasBody && !client.hasSentAll && client.upgrade === undefined) client.lingerAfter()
}

const unflushed: Client[] = []

/**
 * Sends a head whose body has not come with it. Waiting for the end of this turn of the event loop
 * lets a head and the start of its body leave in one write, which most responses do.
 */
function flushSoon(client: Client): void {
  unflushed.push(client)
  if (unflushed.length === 1) setImmediate(flushAll)
}

function flushAll(): void {
  for (const client of unflushed.splice(0)) {
    if (!client.isEnded) client.flushHead()
  }
}
