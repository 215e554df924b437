import type { Socket } from 'node:net'
import type { UpstreamFailure } from '../../observe/exchange.js'
import { upstreamOrigin } from '../../policy/response-headers.js'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import type { ReadingRules, ResponseHead } from '../http1/parser.js'
import type { UpstreamAgent } from '../http1/pool.js'
import { UpstreamExchange } from '../http1/request.js'
import type { UpstreamAddress } from '../message/address.js'
import { type Route, upstreamTarget } from '../message/route.js'
import {
  requestHeadText,
  type UpstreamRequestRules,
  upstreamRequestHead,
} from '../message/upstream-request.js'
import { Admission } from './admission.js'
import type { Flight } from './flight.js'
import { createPipeline, type Pipeline } from './http-proxy.js'
import { openUpgrade } from './open-upgrade.js'
import { internalError, sendOwnReply } from './own-reply.js'
import type { RelayRules } from './relay-response.js'
import { RequestBodyRelay } from './request-body.js'
import { messageOf, statusOf } from './upstream-failure.js'
import { UpstreamSide } from './upstream-side.js'

/** What forwarding needs to know of the settings. Times in milliseconds, 0 for none. */
export interface ForwardRules extends UpstreamRequestRules, RelayRules {
  readonly reading: ReadingRules
  readonly connectTimeout: number
  readonly upstreamTimeout: number
  readonly maxBodySize: number | undefined
  readonly retries: boolean
}

/** What forwarding tells the handler. */
export interface ForwardEvents {
  /** A fault of ours: this exchange fails with 500, others go on. */
  readonly onInternalError: (error: unknown, flight: Flight) => void
  /** Something in an upstream's response was mended. */
  readonly onUpstreamRepaired: (what: UpstreamRepair, flight: Flight) => void
  readonly onUpgradeOpened: (flight: Flight) => void
  readonly onUpgradeClosed: (flight: Flight) => void
}

/** What outlives a reload: the connections to the upstreams and the count of requests at them. */
export interface ForwardingBase {
  readonly agents: ReadonlyMap<UpstreamAddress, UpstreamAgent>
  readonly admission: Admission
  readonly pipeline: Pipeline
}

/** Sets up what all forwarders of one process share. */
export function createForwardingBase(
  agents: ReadonlyMap<UpstreamAddress, UpstreamAgent>,
  maxInFlight: number,
): ForwardingBase {
  const pass = (flight: Flight) => flight.state.forwarder.send(flight)
  const pipeline = createPipeline({ web: pass, upgrade: pass })
  const admission = new Admission(maxInFlight, flight => {
    try {
      if (flight.upgrade === undefined) pipeline.web(flight)
      else pipeline.upgrade(flight)
    } catch (error) {
      // Not thrown on: one from the queue begins while another ends, which must not fail with it.
      flight.state.forwarder.failInternally(flight, error)
    }
  })
  return { agents, admission, pipeline }
}

/** Carries exchanges to the upstream and back, from the slot in the queue to the last byte. */
export class Forwarder {
  readonly rules: ForwardRules
  private readonly base: ForwardingBase
  readonly events: ForwardEvents

  constructor(rules: ForwardRules, base: ForwardingBase, events: ForwardEvents) {
    this.rules = rules
    this.base = base
    this.events = events
  }

  /**
   * Forwards when there is a free slot; the flight has a decision and a route. A client that is to
   * be told to send its body waits for the answers to its earlier requests first: Node would put
   * the 100, written sooner, behind the head of the final response.
   */
  forward(flight: Flight): void {
    const { head, res } = flight
    // Node ends the connection when the 100 was not sent; what is known early keeps others off it.
    if (head.expect !== undefined && !head.hasBody) res.shouldKeepAlive = false
    if (head.expect === undefined || res.socket !== null) {
      this.enter(flight)
      return
    }
    res.once('socket', () => {
      if (flight.isAnswered) return
      try {
        this.enter(flight)
      } catch (error) {
        this.failInternally(flight, error)
      }
    })
  }

  private enter(flight: Flight): void {
    if (!this.base.admission.enter(flight)) {
      this.fail(flight, 'overloaded', 'in-flight limit and queue are full')
    }
  }

  /** Gives back what a flight held; called once when it ends, however it ends. */
  release(flight: Flight): void {
    this.base.admission.leave(flight)
  }

  /** Answers with 502, 503 or 504 when nothing has been sent yet; else cuts the connection. */
  fail(flight: Flight, failure: UpstreamFailure, detail: string): void {
    if (flight.phase === 'done') return
    flight.failure ??= failure
    flight.failureDetail ??= detail
    this.dropUpstream(flight)
    if (flight.isAnswered) {
      flight.cut()
      return
    }
    const status = statusOf(failure)
    sendOwnReply(flight, {
      status,
      error: failure,
      message: messageOf(failure, flight.id),
      ...(status === 503 ? { fields: ['Retry-After', '1'] } : {}),
    })
  }

  /** Answers with 500, or cuts what is under way, after a fault of ours. */
  failInternally(flight: Flight, error: unknown): void {
    this.events.onInternalError(error, flight)
    this.dropUpstream(flight)
    if (flight.isAnswered) flight.cut()
    else sendOwnReply(flight, internalError)
  }

  /** Ends the upstream's side of an exchange; one that waits for its turn gives up the wait. */
  dropUpstream(flight: Flight): void {
    if (flight.phase === 'queued') this.base.admission.leave(flight)
    const exchange = flight.upstream
    flight.upstream = undefined
    exchange?.abort()
  }

  /** Sends the request once more, on a new connection. */
  retry(flight: Flight): void {
    flight.hasRetried = true
    this.open(flight).end()
  }

  /** Joins the client to an upstream that accepted its upgrade; its slot is free for others. */
  openUpgrade(flight: Flight, response: ResponseHead, upstream: Socket, early: Buffer): void {
    this.base.admission.leave(flight)
    this.events.onUpgradeOpened(flight)
    openUpgrade(flight, response, upstream, early, this.rules, () => {
      this.events.onUpgradeClosed(flight)
    })
  }

  /** Puts the request on a connection to the upstream; called by http-proxy's pipeline. */
  send(flight: Flight): void {
    const { head } = flight
    const exchange = this.open(flight)
    if (!head.hasBody || flight.upgrade !== undefined) {
      exchange.end()
      return
    }
    if (head.expect !== undefined && !head.isHttp10) flight.res.writeContinue()
    new RequestBodyRelay(flight, exchange, this.rules, () => this.refuseBody(flight)).start()
  }

  private open(flight: Flight): UpstreamExchange {
    const { rules } = this
    const { head, method } = flight
    const route = flight.route as Route
    const decision = flight.decision as NonNullable<Flight['decision']>
    const agent = this.base.agents.get(route.upstream) as UpstreamAgent
    const origin = upstreamOrigin(decision, route.origin)
    const fields = upstreamRequestHead(head, route, rules, flight.id, origin)
    const text = requestHeadText(method, upstreamTarget(route, head.target), fields)
    flight.sentHost = fields[1] as string
    flight.forwardedAt = performance.now()
    flight.phase = 'connecting'
    flight.deadline = flight.forwardedAt + rules.connectTimeout
    const isChunked = head.transferEncoding !== undefined
    const side = new UpstreamSide(flight, this)
    const exchange = new UpstreamExchange(method, text, isChunked, rules.reading, side)
    flight.upstream = exchange
    agent.start(exchange, {
      isFresh: flight.hasRetried,
      isForUpgrade: flight.upgrade !== undefined,
    })
    return exchange
  }

  private refuseBody(flight: Flight): void {
    this.dropUpstream(flight)
    if (flight.isAnswered) {
      flight.cut()
      return
    }
    sendOwnReply(flight, {
      status: 413,
      error: 'body-too-large',
      message: 'The request body is larger than this server accepts.',
      closes: true,
    })
  }
}
