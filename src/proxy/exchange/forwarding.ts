import { upstreamOrigin } from '../../policy/response-headers.js'
import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import type { UpstreamRepair } from '../../terms/upstream-repair.js'
import type { UpstreamConnection } from '../http1/connection.js'
import { failureOf } from '../http1/failure.js'
import { UpstreamExchange } from '../http1/request.js'
import type { UpstreamEvents, UpstreamSocket } from '../http1/upstream-events.js'
import { fieldsOnTheWay, targetOnTheWay, wantedOnTheWay } from '../message/detour.js'
import { headText } from '../message/head-text.js'
import { loginDemand } from '../message/login-schemes.js'
import type { Reply } from '../message/replies.js'
import type { ResponseHead } from '../message/response-head.js'
import { type Route, sentHost, upstreamTarget } from '../message/route.js'
import { upstreamRequestHead } from '../message/upstream-request.js'
import type { ActiveExchange, UpstreamSide } from './active-exchange.js'
import { answerOrCut, dropUpstream, fail, failInternally } from './failing.js'
import { askForHttp1, keepApart, type Way } from './login.js'
import { openUpgrade, switchesToWebSocket } from './open-upgrade.js'
import { relayInterim } from './relay-interim.js'
import { RequestBodyRelay } from './request-body.js'
import { ResponseRelay } from './response-relay.js'

/** The upstream's side of one exchange: what becomes of it when it connects, answers, fails or goes. */
export class Forwarding implements UpstreamSide, UpstreamEvents {
  private readonly exchange: ActiveExchange
  private readonly route: Route
  private readonly way: Way
  private request: UpstreamExchange | undefined
  private connection: UpstreamConnection | undefined
  /** What has been told of the response, and waits for the request to be sent. */
  private held: (() => void)[] | undefined
  private response: ResponseRelay | undefined
  private sentHost = ''
  private forwardedAt = 0
  private hasRetried = false
  private isWhole = false

  constructor(exchange: ActiveExchange, route: Route, way: Way) {
    this.exchange = exchange
    this.route = route
    this.way = way
  }

  get isSent(): boolean {
    return this.request?.isSent === true
  }

  get isBehindProxy(): boolean {
    return this.way.destination.detour !== undefined
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
    const { client } = exchange
    if (client.isAnswered || request === undefined) {
      dropUpstream(exchange)
      return
    }
    const wanted = wantedOnTheWay(this.way.destination, head)
    if (wanted !== undefined) {
      this.onFault(wanted, 'proxy-credentials')
      return
    }
    const demand = loginDemand(head)
    if (demand !== 'none' && this.waitsForUpload(request)) {
      this.held = [() => this.onHead(head)]
      return
    }
    this.noteHead()
    if (demand === 'connection' && client.version === 20) {
      exchange.record.upstreamStatus = head.status
      dropUpstream(exchange)
      askForHttp1(exchange)
      return
    }
    if (demand !== 'none' && !this.way.isOwn && this.connection !== undefined) {
      keepApart(exchange, this.route, this.connection)
    }
    const relay = new ResponseRelay(exchange, request, head)
    const trouble = relay.begin(this.route, this.sentHost)
    if (trouble === undefined) this.response = relay
    else this.onFault(trouble)
  }

  onBody(piece: Buffer): void {
    if (this.held !== undefined) {
      const copy = Buffer.from(piece)
      this.held.push(() => this.onBody(copy))
      this.request?.pause()
    } else if (this.request !== undefined) this.response?.relay(piece)
  }

  onEnd(trailers: readonly string[]): void {
    this.isWhole = true
    if (this.held !== undefined) this.held.push(() => this.onEnd(trailers))
    else this.response?.end(trailers)
  }

  onSent(): void {
    if (this.held === undefined) return
    try {
      this.request?.resume()
      this.tellHeld()
    } catch (error) {
      this.onThrown(error)
    }
  }

  onSwitch(head: ResponseHead, socket: UpstreamSocket, early: Buffer): void {
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
    this.tellHeld()
    // Of a whole response nothing is missing, even when its request was not sent to the end.
    if (this.isWhole) return
    if (exchange.client.isAnswered) fail(exchange, 'truncated', 'the response ended early')
    else if (!hadBytes && this.canRetry()) this.retry()
    else if (error !== undefined) {
      const { failure, detail } = failureOf(error, {
        wasConnected: !exchange.wait.isForConnection,
        ...this.way.destination,
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
    const { exchange, route, way } = this
    const { client, head, record, state, wait } = exchange
    const { rules } = state
    this.sentHost = sentHost(route, head.host)
    const origin = upstreamOrigin(record.decision, `${route.scheme}://${this.sentHost}`)
    const fields = upstreamRequestHead(head, route, rules, record.id, origin)
    const target = targetOnTheWay(way.destination, upstreamTarget(route, head.target))
    fields.push(...fieldsOnTheWay(way.destination))
    const text = headText(`${head.method} ${target} HTTP/1.1`, fields)
    this.forwardedAt = performance.now()
    wait.forConnection(rules.connectTimeout, this.forwardedAt)
    const isChunked = head.transferEncoding !== undefined
    const request = new UpstreamExchange(head.method, text, isChunked, rules.reading, this)
    this.request = request
    // A handshake on a connection that may be stale would fail where a page can not try again.
    const isNew = this.hasRetried || (client.upgrade !== undefined && !way.isOwn)
    this.connection = way.pool.start(request, isNew ? 'new' : 'any')
    return request
  }

  /**
   * Whether a demand for the next step of a log-in must wait. The step needs this connection on both
   * sides, and neither could be used again with half a request on it.
   */
  private waitsForUpload({ isSent, isOver }: UpstreamExchange): boolean {
    return this.way.logsIn && !isSent && !isOver
  }

  private tellHeld(): void {
    const { held } = this
    this.held = undefined
    for (const tell of held ?? []) tell()
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
