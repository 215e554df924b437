import type { Socket } from 'node:net'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import type { ResponseHead } from '../http1/parser.js'
import type { UpstreamEvents } from '../http1/request.js'
import type { Flight } from './flight.js'
import type { Forwarder } from './forwarder.js'
import { relayEarlyHints } from './relay-informational.js'
import { relayBody, relayEnd, relayHead } from './relay-response.js'
import { reportFailure } from './upstream-failure.js'

/** What becomes of one exchange when its upstream connects, answers, fails or goes. */
export class UpstreamSide implements UpstreamEvents {
  private readonly flight: Flight
  private readonly forwarder: Forwarder
  private response: ResponseHead | undefined
  private isWhole = false

  constructor(flight: Flight, forwarder: Forwarder) {
    this.flight = flight
    this.forwarder = forwarder
  }

  onConnected(): void {
    const { flight } = this
    if (flight.phase !== 'connecting') return
    const now = performance.now()
    flight.connectMs = flight.upstream?.isReused === true ? 0 : now - flight.forwardedAt
    flight.phase = 'waiting'
    // While the client still sends its body, it is not the upstream that we wait for.
    const awaitsClient = flight.requestWaitsSince !== 0
    flight.deadline = awaitsClient ? 0 : now + this.forwarder.rules.upstreamTimeout
  }

  onRepair(what: UpstreamRepair): void {
    this.forwarder.events.onUpstreamRepaired(what, this.flight)
  }

  onInterim(head: ResponseHead): void {
    relayEarlyHints(this.flight, head)
  }

  onHead(head: ResponseHead): void {
    const { flight, forwarder } = this
    if (flight.isAnswered) {
      forwarder.dropUpstream(flight)
      return
    }
    this.response = head
    const trouble = relayHead(flight, head, forwarder.rules)
    if (trouble !== undefined) this.onFault(trouble)
  }

  onBody(piece: Buffer): void {
    const { flight, response } = this
    const exchange = flight.upstream
    if (exchange === undefined || response === undefined) return
    relayBody(flight, exchange, piece, response, this.forwarder.rules)
  }

  onEnd(trailers: readonly string[]): void {
    this.isWhole = true
    relayEnd(this.flight, trailers)
  }

  onSwitch(head: ResponseHead, socket: Socket, early: Buffer): void {
    const { flight, forwarder } = this
    if (flight.upgrade === undefined || !switchesToWebSocket(head)) {
      socket.destroy()
      this.onFault('a switch of protocols that was not asked for')
      return
    }
    flight.upstreamMs = performance.now() - flight.forwardedAt
    flight.upstream = undefined
    forwarder.openUpgrade(flight, head, socket, early)
  }

  onFault(detail: string): void {
    this.forwarder.fail(this.flight, 'invalid-response', detail)
  }

  onLost(error: Error | undefined, hadBytes: boolean): void {
    const { flight, forwarder } = this
    // Of a whole response nothing is missing, even when its request was not sent to the end.
    if (this.isWhole) return
    if (flight.isAnswered) forwarder.fail(flight, 'truncated', 'the response ended early')
    else if (!hadBytes && this.canRetry()) forwarder.retry(flight)
    else if (error !== undefined) {
      const { failure, detail } = reportFailure(error, flight.phase !== 'connecting')
      forwarder.fail(flight, failure, detail)
    } else if (hadBytes) this.onFault('the connection closed within the response head')
    else forwarder.fail(flight, 'closed', 'the connection closed without a response')
  }

  onThrown(error: unknown): void {
    this.forwarder.failInternally(this.flight, error)
  }

  /**
   * RFC 9110, 9.2.2: once, for a request without a body whose repetition changes nothing, on a
   * reused connection that died before a byte of the answer came.
   */
  private canRetry(): boolean {
    const { flight, forwarder } = this
    const { method } = flight
    return (
      forwarder.rules.retries &&
      !flight.hasRetried &&
      flight.upstream?.isReused === true &&
      !flight.head.hasBody &&
      (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')
    )
  }
}

function switchesToWebSocket({ fields }: ResponseHead): boolean {
  let protocol: string | undefined
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() !== 'upgrade') continue
    if (protocol !== undefined) return false
    protocol = fields[at + 1]
  }
  return protocol?.toLowerCase() === 'websocket'
}
