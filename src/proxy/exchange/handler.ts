import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange } from '../../observe/exchange.js'
import { decide } from '../../policy/decide.js'
import { ownReplyHeaders } from '../../policy/response-headers.js'
import { cutCarrier, isHttp2 } from '../message/http2-request.js'
import { type HeadRules, RequestHead } from '../message/request-head.js'
import { newRequestId } from '../message/request-id.js'
import { routeFor } from '../message/route.js'
import { BlockedClients } from './blocked-clients.js'
import { type ClientConnection, ClientConnections, removeFlight } from './client-connections.js'
import { Deadlines } from './deadlines.js'
import { keepEarlyBytes } from './early-bytes.js'
import { Flight, type ServingState } from './flight.js'
import type { ForwardRules } from './forwarder.js'
import { type OwnReply, refusalMessage, sendOwnReply } from './own-reply.js'
import { replyToPreflight } from './preflight-reply.js'
import { isOverdue, type TimeRules } from './time-outs.js'
import { writeHead } from './write-head.js'

/** Requests served on one connection before it is closed. */
const MAX_REQUESTS_PER_CONNECTION = 1_000

/** What the request path needs to know of the settings. */
export interface HandlerRules extends HeadRules, ForwardRules, TimeRules {
  readonly websockets: boolean
}

/** What the request path tells of itself. */
export interface HandlerEvents {
  /** An exchange has begun; it will be recorded when it ends. */
  readonly onBegun: () => void
  /** An exchange has ended. */
  readonly record: (exchange: Exchange) => void
  /** A fault of ours before there was an exchange: the connection is cut, others go on. */
  readonly onInternalError: (error: unknown) => void
}

/** The request path: decide, then reply or forward, then record. */
export class Handler {
  private draining = false
  private readonly events: HandlerEvents
  private readonly connections: ClientConnections
  private readonly deadlines: Deadlines
  private readonly blockedClients: BlockedClients
  private state: ServingState
  private quiet: (() => void) | undefined

  constructor(state: ServingState, events: HandlerEvents) {
    this.state = state
    this.events = events
    this.connections = new ClientConnections(flight => this.settle(flight, true))
    this.blockedClients = new BlockedClients(events.onInternalError)
    this.deadlines = new Deadlines((flight, now) => {
      try {
        this.checkTime(flight, now)
      } catch (error) {
        flight.state.forwarder.failInternally(flight, error)
      }
    })
  }

  /** Requests that begin from now on follow this state; those under way keep theirs. */
  swap(state: ServingState): void {
    this.state = state
  }

  get isDraining(): boolean {
    return this.draining
  }

  /** From now on every answer ends its connection, also those that are under way. */
  drain(): void {
    this.draining = true
    this.deadlines.each(({ res }) => {
      if (!res.headersSent) res.shouldKeepAlive = false
    })
  }

  /** Closes connections without an exchange: those that have sent nothing, or half a head. */
  closeUnused(): void {
    this.connections.closeUnused()
  }

  /** Exchanges under way, open upgrades included. */
  get active(): number {
    return this.deadlines.size
  }

  /** Cuts every exchange that is still under way. */
  cutAll(): void {
    this.deadlines.each(flight => flight.cut())
    this.deadlines.stop()
  }

  /** Tells the open upgrades that we are going: both sides see an orderly end. */
  endUpgrades(): void {
    this.deadlines.each(flight => flight.upgrade?.socket.end())
  }

  /** Cuts the upgrades that did not take the hint. */
  cutUpgrades(): void {
    this.deadlines.each(flight => {
      if (flight.upgrade !== undefined) flight.cut()
    })
  }

  /** Resolves when no exchange is under way any more. */
  whenQuiet(): Promise<void> {
    if (this.deadlines.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.quiet = resolve
    })
  }

  connectionOf(socket: Socket): ClientConnection {
    return this.connections.at(socket)
  }

  onRequest(req: IncomingMessage, res: ServerResponse): void {
    try {
      this.accept(req, res)
    } catch (error) {
      this.events.onInternalError(error)
      cutCarrier(req)
    }
  }

  private accept(req: IncomingMessage, res: ServerResponse): void {
    const connection = this.connections.of(req)
    // Behind an answer that ends the connection nothing is served: its own would reach nobody.
    if (
      connection.isClosing ||
      (connection.flights.length > 0 && connection.flights.some(isLast))
    ) {
      return
    }
    connection.requests++
    if (this.draining || connection.requests >= MAX_REQUESTS_PER_CONNECTION) {
      res.shouldKeepAlive = false
    }
    const flight = this.begin(req, res, connection)
    if (isHttp2(req)) res.on('finish', () => this.settle(flight, false))
    // Node itself listens for 'finish' here; one listener for each event is told faster than two.
    else res.on('close', () => this.settle(flight, !res.writableFinished))
    this.serve(flight)
  }

  onUpgrade(req: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    try {
      this.acceptUpgrade(req, socket, head)
    } catch (error) {
      this.events.onInternalError(error)
      socket.destroy()
    }
  }

  private acceptUpgrade(req: IncomingMessage, socket: Socket, head: Buffer): void {
    const connection = this.connections.at(socket)
    const res = new ServerResponse(req)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    const flight = this.begin(req, res, connection)
    flight.upgrade = keepEarlyBytes(socket, head)
    // A refused upgrade is answered like any request; Node has let go of this connection.
    socket.on('drain', () => res.emit('drain'))
    res.on('finish', () => {
      this.settle(flight, false)
      socket.destroySoon()
    })
    this.serve(flight)
  }

  /** A CONNECT request: refused; nothing behind it is read. */
  onConnect(req: IncomingMessage, socket: Socket): void {
    this.onUpgrade(req, socket, Buffer.alloc(0))
  }

  /** Fails the exchange whose request body broke off or broke the rules of HTTP. */
  failRequest(flight: Flight, reply: OwnReply): void {
    flight.state.forwarder.dropUpstream(flight)
    if (!flight.isAnswered) sendOwnReply(flight, { ...reply, closes: true })
    // A whole answer that ends the connection goes out in its turn, behind those to earlier requests.
    else if (!flight.res.writableEnded || !isLast(flight)) flight.cut()
  }

  private begin(req: IncomingMessage, res: ServerResponse, connection: ClientConnection): Flight {
    const { state } = this
    const head = new RequestHead(req, state.rules)
    const flight = new Flight(newRequestId(head.requestId), head, req, res, connection, state)
    connection.flights.push(flight)
    this.deadlines.watch(flight)
    this.events.onBegun()
    return flight
  }

  private serve(flight: Flight): void {
    try {
      this.judge(flight)
    } catch (error) {
      flight.state.forwarder.failInternally(flight, error)
    }
  }

  private judge(flight: Flight): void {
    const { head, state } = flight
    const { rules } = state
    const decision = decide(state.policies, head)
    flight.decision = decision
    if (head.fault !== undefined) {
      sendOwnReply(flight, faultReply(head))
      return
    }
    if (decision.action === 'answer') {
      replyToPreflight(flight, rules.debugHeaders)
      return
    }
    if (decision.action === 'block') {
      sendOwnReply(flight, {
        status: 403,
        error: decision.kind === 'upgrade' ? 'upgrade-refused' : 'origin-refused',
        message: refusalMessage(flight),
        closes: decision.kind === 'upgrade',
      })
      return
    }
    if (head.method === 'OPTIONS' && head.maxForwards === '0') {
      this.answerOptions(flight)
      return
    }
    this.forward(flight)
  }

  private forward(flight: Flight): void {
    const { head, state } = flight
    const { routes, rules, forwarder } = state
    if (flight.upgrade !== undefined && !(rules.websockets && head.isUpgrade)) {
      sendOwnReply(flight, noUpgrade)
      return
    }
    const route = routeFor(routes, head.target)
    if (typeof route === 'string') {
      sendOwnReply(flight, route === 'no-route' ? noRoute : ambiguousPath)
      return
    }
    flight.route = route
    forwarder.forward(flight)
  }

  /** RFC 9110, 7.6.2: with no hop left, we are the final recipient. */
  private answerOptions(flight: Flight): void {
    const fields = [
      'Content-Length',
      '0',
      ...ownReplyHeaders(flight.decision, flight.state.policies),
    ]
    flight.status = 200
    flight.sentHeaders = fields
    writeHead(flight.res, 200, undefined, fields)
    flight.isAnswered = true
    flight.res.end()
  }

  private checkTime(flight: Flight, now: number): void {
    const { rules, forwarder } = flight.state
    if (flight.clientBlockedSince !== 0) this.blockedClients.watch(flight, now)
    const overdue = isOverdue(flight, now, rules)
    if (overdue === undefined) return
    if (overdue === 'client-blocked') flight.cut()
    else if (overdue === 'request-idle') this.failRequest(flight, slowBody)
    else forwarder.fail(flight, overdue, `after ${Math.round(now - flight.began)} ms`)
  }

  private settle(flight: Flight, isLost: boolean): void {
    if (flight.phase === 'done') return
    const { forwarder } = flight.state
    const isComplete = flight.res.writableFinished || flight.status === 101
    if (isLost && !isComplete && flight.failure === undefined) {
      flight.clientLeft = true
      if (flight.status === 0) flight.status = 499
    }
    // Left behind by its client, or answered before its body was through: nobody waits for it.
    if (flight.upstream?.isSent === false || isLost) forwarder.dropUpstream(flight)
    forwarder.release(flight)
    flight.phase = 'done'
    flight.durationMs = performance.now() - flight.began
    this.deadlines.forget(flight)
    const { connection } = flight
    // The parser may be within bytes that hold more requests.
    if (isLast(flight)) connection.isClosing = true
    removeFlight(connection, flight)
    this.record(flight)
    if (connection.flights.length === 0) connection.whenIdle?.()
    if (this.deadlines.size === 0) this.quiet?.()
  }

  /** Whoever remembers an exchange must not be able to harm the next one. */
  private record(flight: Flight): void {
    try {
      this.events.record(flight)
    } catch (error) {
      this.events.onInternalError(error)
    }
  }
}

function isLast({ res }: Flight): boolean {
  return !res.shouldKeepAlive
}

function faultReply(head: RequestHead): OwnReply {
  const { status, error, message, closes } = head.fault as NonNullable<RequestHead['fault']>
  const fields = status === 405 ? ['Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : []
  return { status, error, message, fields, closes }
}

const slowBody: OwnReply = {
  status: 408,
  error: 'request-timeout',
  message: 'The request body stopped arriving.',
}

const noUpgrade: OwnReply = {
  status: 501,
  error: 'upgrade-not-served',
  message: 'WebSocket upgrades are switched off here (option "websockets").',
  closes: true,
}

const ambiguousPath: OwnReply = {
  status: 400,
  error: 'path-ambiguous',
  message:
    'Servers read this path in different ways, and some of them would take it out of its route or out of the base path of the upstream.',
}

const noRoute: OwnReply = {
  status: 404,
  error: 'no-route',
  message: 'No route covers this path.',
}
