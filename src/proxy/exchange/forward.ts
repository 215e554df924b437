import type { Socket } from 'node:net'
import { upstreamOrigin } from '../../policy/response-headers.js'
import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import { failureOf } from '../http1/failure.js'
import { type UpstreamEvents, UpstreamExchange } from '../http1/request.js'
import { headText } from '../message/head-text.js'
import type { Reply } from '../message/replies.js'
import type { ResponseHead } from '../message/response-head.js'
import { type Route, sentHost, upstreamTarget } from '../message/route.js'
import { upstreamRequestHead } from '../message/upstream-request.js'
import type { ActiveExchange, UpstreamSide } from './active-exchange.js'
import { Admission, type AdmissionLimits, QUEUE_MS } from './admission.js'
import { answerOrCut, dropUpstream, fail, failInternally } from './failing.js'
import { openUpgrade, switchesToWebSocket } from './open-upgrade.js'
import { relayInterim } from './relay-interim.js'
import { RequestBodyRelay } from './request-body.js'
import { ResponseRelay } from './response-relay.js'

/** The door to the upstreams: what has a place is sent. */
export function createAdmission(
  limits: AdmissionLimits,
  onNearlyFull: (streams: number) => void,
): Admission<ActiveExchange> {
  return new Admission(limits, {
    onAdmitted(exchange, wasQueued) {
      const { record, wait } = exchange
      if (wasQueued) record.queuedMs = performance.now() - wait.began
      try {
        exchange.upstream?.start()
      } catch (error) {
        // Not thrown on: one from the queue begins while another ends, which must not fail with it.
        failInternally(exchange, error)
      }
    },
    onTurnedAway: exchange =>
      fail(exchange, 'overloaded', 'its client address had most of the queue'),
    onNearlyFull,
  })
}

/**
 * Forwards an exchange as soon as there is a place for it. A client that is to be told to send its
 * body waits for the responses to its earlier requests first: Node would put the 100, written
 * sooner, behind the head of the final response.
 */
export function forward(exchange: ActiveExchange, route: Route): void {
  const { client, head } = exchange
  // Node ends the connection when the 100 was not sent; what is known early keeps others off it.
  if (head.expect !== undefined && !head.hasBody) client.endAfter()
  exchange.upstream = new Forwarding(exchange, route)
  if (head.expect === undefined || client.isItsTurn) {
    enter(exchange)
    return
  }
  client.onTurn(() => {
    if (client.isAnswered) return
    try {
      enter(exchange)
    } catch (error) {
      failInternally(exchange, error)
    }
  })
}

function enter(exchange: ActiveExchange): void {
  const { wait, state } = exchange
  if (!state.base.admission.enter(exchange)) {
    fail(exchange, 'overloaded', 'the limits of active and of waiting requests are reached')
  } else if (exchange.seat === 'queue') wait.forSlot(QUEUE_MS)
}

/** The upstream's side of one exchange: what becomes of it when it connects, answers, fails or goes. */
class Forwarding implements UpstreamSide, UpstreamEvents {
  private readonly exchange: ActiveExchange
  private readonly route: Route
  private request: UpstreamExchange | undefined
  private response: ResponseRelay | undefined
  private sentHost = ''
  private forwardedAt = 0
  private hasRetried = false
  private isWhole = false

  constructor(exchange: ActiveExchange, route: Route) {
    this.exchange = exchange
    this.route = route
  }

  get isSent(): boolean {
    return this.request?.isSent === true
  }

  start(): void {
    const { client, head, state } = this.exchange
    const request = this.open()
    if (!head.hasBody || client.upgrade !== undefined) {
      request.end()
      return
    }
    if (head.expect !== undefined) client.sendContinue()
    const refuse = (reply: Reply) => answerOrCut(this.exchange, reply)
    new RequestBodyRelay(this.exchange, request, state.rules, refuse).start()
  }

  abort(): void {
    const { request } = this
    this.request = undefined
    request?.abort()
  }

  onConnected(): void {
    const { wait, record, state } = this.exchange
    if (!wait.isForConnection) return
    const now = this.request?.isReused === true ? this.forwardedAt : performance.now()
    record.connectMs = now - this.forwardedAt
    wait.forHead(state.rules.upstreamTimeout, now)
  }

  onRepair(what: UpstreamRepair): void {
    const { record, state } = this.exchange
    state.base.events.onUpstreamRepaired(what, record)
  }

  onInterim(head: ResponseHead): void {
    relayInterim(this.exchange, head, this.route, this.sentHost)
  }

  onHead(head: ResponseHead): void {
    const { exchange, request } = this
    if (exchange.client.isAnswered || request === undefined) {
      dropUpstream(exchange)
      return
    }
    this.noteHead()
    const relay = new ResponseRelay(exchange, request, head)
    const trouble = relay.begin(this.route, this.sentHost)
    if (trouble === undefined) this.response = relay
    else this.onFault(trouble)
  }

  onBody(piece: Buffer): void {
    if (this.request !== undefined) this.response?.relay(piece)
  }

  onEnd(trailers: readonly string[]): void {
    this.isWhole = true
    this.response?.end(trailers)
  }

  onSwitch(head: ResponseHead, socket: Socket, early: Buffer): void {
    const { exchange, route, sentHost } = this
    if (exchange.client.upgrade === undefined || !switchesToWebSocket(head)) {
      socket.destroy()
      this.onFault('it switched protocols without being asked')
      return
    }
    this.noteHead()
    exchange.upstream = undefined
    const trouble = openUpgrade(exchange, head, { socket, early, route, sentHost })
    if (trouble === undefined) return
    socket.destroy()
    this.onFault(trouble)
  }

  onFault(detail: string, failure: UpstreamFailure = 'invalid-response'): void {
    fail(this.exchange, failure, detail)
  }

  onLost(error: Error | undefined, hadBytes: boolean): void {
    const { exchange } = this
    // Of a whole response nothing is missing, even when its request was not sent to the end.
    if (this.isWhole) return
    if (exchange.client.isAnswered) fail(exchange, 'truncated', 'the response ended early')
    else if (!hadBytes && this.canRetry()) this.retry()
    else if (error !== undefined) {
      const { failure, detail } = failureOf(error, {
        wasConnected: !exchange.wait.isForConnection,
        address: this.route.upstream,
        isContainer: exchange.state.rules.isContainer,
      })
      fail(exchange, failure, detail)
    } else if (hadBytes) this.onFault('the connection closed within the response head')
    else fail(exchange, 'closed', 'the connection closed without a response')
  }

  onThrown(error: unknown): void {
    failInternally(this.exchange, error)
  }

  private open(): UpstreamExchange {
    const { exchange, route } = this
    const { client, head, record, state, wait } = exchange
    const { rules, base } = state
    this.sentHost = sentHost(route, head.host)
    const origin = upstreamOrigin(record.decision, `${route.scheme}://${this.sentHost}`)
    const fields = upstreamRequestHead(head, route, rules, record.id, origin)
    const target = upstreamTarget(route, head.target)
    const text = headText(`${head.method} ${target} HTTP/1.1`, fields)
    this.forwardedAt = performance.now()
    wait.forConnection(rules.connectTimeout, this.forwardedAt)
    const isChunked = head.transferEncoding !== undefined
    const request = new UpstreamExchange(head.method, text, isChunked, rules.reading, this)
    this.request = request
    base.pools.at(route.destination).start(request, {
      isFresh: this.hasRetried,
      isForUpgrade: client.upgrade !== undefined,
    })
    return request
  }

  /** Sends the request once more, on a new connection. */
  private retry(): void {
    this.hasRetried = true
    this.open().end()
  }

  /**
   * RFC 9110, 9.2.2: once, for a request without a body whose repetition changes nothing, on a
   * reused connection that died before a byte of the answer came.
   */
  private canRetry(): boolean {
    const { head, state } = this.exchange
    return (
      state.rules.retries &&
      !this.hasRetried &&
      this.request?.isReused === true &&
      !head.hasBody &&
      (head.method === 'GET' || head.method === 'HEAD' || head.method === 'OPTIONS')
    )
  }

  /** With the head of its response, an exchange gives back its place. */
  private noteHead(): void {
    const { exchange } = this
    exchange.record.upstreamMs = performance.now() - this.forwardedAt
    exchange.state.base.admission.answered(exchange)
  }
}
