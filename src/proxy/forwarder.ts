import {
  type Agent,
  type ClientRequest,
  request as createRequest,
  type IncomingMessage,
} from 'node:http'
import type { Socket } from 'node:net'
import type { UpstreamFailure } from '../observe/exchange.js'
import { upstreamOrigin } from '../policy/response-headers.js'
import { Admission } from './admission.js'
import type { Flight } from './flight.js'
import { createPipeline, type Pipeline } from './forward.js'
import { openUpgrade } from './open-upgrade.js'
import { internalError, sendOwnReply } from './own-reply.js'
import { relayEarlyHints } from './relay-informational.js'
import { type RelayRules, relayResponse } from './relay-response.js'
import { RequestBodyRelay } from './request-body.js'
import { type Route, type UpstreamAddress, upstreamTarget } from './upstream.js'
import type { UpstreamAgent } from './upstream-agent.js'
import { messageOf, reportFailure, statusOf } from './upstream-failure.js'
import { type UpstreamRequestRules, upstreamRequestHead } from './upstream-request.js'

/** What forwarding needs to know of the settings. Times in milliseconds, 0 for none. */
export interface ForwardRules extends UpstreamRequestRules, RelayRules {
  readonly connectTimeout: number
  readonly upstreamTimeout: number
  readonly maxBodySize: number | undefined
  readonly retries: boolean
}

/** What forwarding tells the handler. */
export interface ForwardEvents {
  /** A fault of ours: this exchange fails with 500, others go on. */
  readonly onInternalError: (error: unknown, flight: Flight) => void
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
  private readonly rules: ForwardRules
  private readonly base: ForwardingBase
  private readonly events: ForwardEvents

  constructor(rules: ForwardRules, base: ForwardingBase, events: ForwardEvents) {
    this.rules = rules
    this.base = base
    this.events = events
  }

  /** Forwards when there is a free slot; the flight has a decision and a route. */
  forward(flight: Flight): void {
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
    const request = flight.upstreamRequest
    flight.upstreamRequest = undefined
    request?.destroy()
  }

  /** Puts the request on a connection to the upstream; called by http-proxy's pipeline. */
  send(flight: Flight): void {
    const { head } = flight
    const request = this.openRequest(flight)
    if (!head.hasBody || flight.upgrade !== undefined) {
      request.end()
      return
    }
    if (head.expect !== undefined && !head.isHttp10) flight.res.writeContinue()
    new RequestBodyRelay(flight, request, this.rules, () => this.refuseBody(flight)).start()
  }

  private openRequest(flight: Flight): ClientRequest {
    const { rules } = this
    const { head } = flight
    const route = flight.route as Route
    const decision = flight.decision as NonNullable<Flight['decision']>
    const agent = this.base.agents.get(route.upstream) as UpstreamAgent
    const origin = upstreamOrigin(decision, route.origin)
    const fields = upstreamRequestHead(head, route, rules, flight.id, origin)
    const isUpgrade = flight.upgrade !== undefined
    flight.sentHost = fields[1] as string
    flight.forwardedAt = performance.now()
    flight.phase = 'connecting'
    flight.deadline = flight.forwardedAt + rules.connectTimeout
    const options = {
      agent: agent as unknown as Agent,
      protocol: agent.protocol,
      host: route.upstream.hostname === '' ? 'localhost' : route.upstream.hostname,
      port: route.upstream.port,
      method: flight.method,
      path: upstreamTarget(route, head.target),
      headers: fields,
      setHost: false,
      fresh: flight.hasRetried || isUpgrade,
      allowHalfOpen: isUpgrade,
    }
    const request = createRequest(options)
    request.maxHeadersCount = 0
    flight.upstreamRequest = request
    request.once('socket', socket => {
      flight.bytesReadBefore = socket.bytesRead
      if (request.reusedSocket) this.connected(flight, 0)
      else this.awaitConnection(flight, socket)
    })
    request.on('response', response => this.onResponse(flight, request, response))
    request.on('error', error => this.onError(flight, request, error))
    request.on('close', () => this.onClose(flight, request))
    request.on('information', info => relayEarlyHints(flight, info))
    request.on('upgrade', (response, socket, early) => {
      this.onUpgrade(flight, request, response, socket as Socket, early)
    })
    return request
  }

  private awaitConnection(flight: Flight, socket: Socket): void {
    const event = 'encrypted' in socket ? 'secureConnect' : 'connect'
    socket.once(event, () => this.connected(flight, performance.now() - flight.forwardedAt))
  }

  private connected(flight: Flight, connectMs: number): void {
    if (flight.phase !== 'connecting') return
    flight.connectMs = connectMs
    flight.phase = 'waiting'
    // While the client still sends its body, it is not the upstream that we wait for.
    const awaitsClient = flight.requestWaitsSince !== 0
    flight.deadline = awaitsClient ? 0 : performance.now() + this.rules.upstreamTimeout
  }

  private onResponse(flight: Flight, request: ClientRequest, response: IncomingMessage): void {
    if (flight.upstreamRequest !== request || flight.isAnswered) {
      request.destroy()
      return
    }
    relayResponse(flight, response, this.rules, {
      onInvalid: (failed, detail) => this.fail(failed, 'invalid-response', detail),
      onTruncated: failed => this.fail(failed, 'truncated', 'the response ended early'),
    })
  }

  private onError(flight: Flight, request: ClientRequest, error: Error): void {
    // Of a response under way its own end tells; an error behind it concerns nobody.
    if (flight.upstreamRequest !== request || flight.isAnswered) return
    if (this.canRetry(flight, request)) {
      flight.hasRetried = true
      this.openRequest(flight).end()
      return
    }
    const wasConnected = flight.phase !== 'connecting'
    const { failure, detail } = reportFailure(error, wasConnected)
    this.fail(flight, failure, detail)
  }

  private onClose(flight: Flight, request: ClientRequest): void {
    if (flight.upstreamRequest !== request || flight.isAnswered || flight.upgrade !== undefined) {
      return
    }
    this.fail(flight, 'closed', 'the connection closed without a response')
  }

  /**
   * RFC 9110, 9.2.2: once, for a request without a body whose repetition changes nothing, on a
   * reused connection that died before a byte of the answer came.
   */
  private canRetry(flight: Flight, request: ClientRequest): boolean {
    const { method } = flight
    return (
      this.rules.retries &&
      !flight.hasRetried &&
      request.reusedSocket &&
      !flight.head.hasBody &&
      (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') &&
      request.socket?.bytesRead === flight.bytesReadBefore
    )
  }

  private onUpgrade(
    flight: Flight,
    request: ClientRequest,
    response: IncomingMessage,
    socket: Socket,
    early: Buffer,
  ): void {
    const isAsked = flight.upgrade !== undefined && flight.upstreamRequest === request
    if (!isAsked || response.headers.upgrade?.toLowerCase() !== 'websocket') {
      socket.destroy()
      if (flight.upstreamRequest === request) {
        this.fail(flight, 'invalid-response', 'a switch of protocols that was not asked for')
      }
      return
    }
    flight.upstreamMs = performance.now() - flight.forwardedAt
    flight.upstreamRequest = undefined
    this.base.admission.leave(flight)
    this.events.onUpgradeOpened(flight)
    openUpgrade(flight, response, socket, early, this.rules, () => {
      this.events.onUpgradeClosed(flight)
    })
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
