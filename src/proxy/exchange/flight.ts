import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Exchange, UpstreamFailure } from '../../observe/exchange.js'
import type { Decision } from '../../policy/decision.js'
import type { PolicySet } from '../../policy/policy.js'
import type { UpstreamExchange } from '../http1/request.js'
import { cutCarrier } from '../message/http2-request.js'
import type { RequestHead } from '../message/request-head.js'
import type { Route } from '../message/route.js'
import type { FairShare } from '../tuning/fair-share.js'
import type { ClientProgress } from './blocked-clients.js'
import type { ClientConnection } from './client-connections.js'
import type { Forwarder } from './forwarder.js'
import type { HandlerRules } from './handler.js'

/** How far an exchange has come; what its deadline means depends on it. */
export type Phase = 'queued' | 'connecting' | 'waiting' | 'streaming' | 'done'

/** Everything that a request is served by; replaced in one step on reload. */
export interface ServingState {
  readonly rules: HandlerRules
  readonly policies: PolicySet
  readonly routes: readonly Route[]
  readonly forwarder: Forwarder
}

/** An upgrade's client side: the connection itself and what it sent before it was opened. */
export interface UpgradeClient {
  readonly socket: Socket
  readonly head: Buffer
  /** Bytes that arrived behind the head while the upstream was asked. */
  readonly early: Buffer[]
  /** Whether the client has ended its side already. */
  hasEnded: boolean
}

/**
 * One exchange while it is under way. It is also the {@link Exchange} that is recorded when it
 * ends, so that nothing is copied on the way.
 */
export class Flight implements Exchange {
  readonly id: string
  readonly head: RequestHead
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly connection: ClientConnection
  /** What was in force when it began; a reload does not change that half-way. */
  readonly state: ServingState
  readonly startedAt = Date.now()
  readonly began = performance.now()
  decision: Decision | undefined = undefined
  status = 0
  upstreamStatus: number | undefined = undefined
  failure: UpstreamFailure | undefined = undefined
  failureDetail: string | undefined = undefined
  clientLeft = false
  durationMs = 0
  queuedMs = 0
  connectMs: number | undefined = undefined
  upstreamMs: number | undefined = undefined
  bytesIn = 0
  bytesOut = 0
  upstreamHeaders: readonly string[] | undefined = undefined
  sentHeaders: readonly string[] | undefined = undefined

  phase: Phase = 'queued'
  /** Monotonic time at which the present phase has lasted too long; 0 for never. */
  deadline = 0
  /** Monotonic time of the last body byte from the client; 0 when none is awaited. */
  requestWaitsSince = 0
  /** Monotonic time since when the client has not taken what we wrote; 0 when it has. */
  clientBlockedSince = 0
  /** How far the client had got, once it has been blocked for a while. */
  clientProgress: ClientProgress | undefined = undefined
  /** Of a response body that comes in pieces. */
  share: FairShare | undefined = undefined
  route: Route | undefined = undefined
  upstream: UpstreamExchange | undefined = undefined
  upgrade: UpgradeClient | undefined = undefined
  sentHost = ''
  forwardedAt = 0
  hasRetried = false
  /** Set when the upstream's own head, or one of ours, has been handed to the response. */
  isAnswered = false
  holdsSlot = false
  /** Its place among those whose deadlines are watched. */
  watchedAt = -1

  constructor(
    id: string,
    head: RequestHead,
    req: IncomingMessage,
    res: ServerResponse,
    connection: ClientConnection,
    state: ServingState,
  ) {
    this.id = id
    this.connection = connection
    this.state = state
    this.head = head
    this.req = req
    this.res = res
  }

  /** Ends the client's connection (in HTTP/2, its stream) at once, so that it sees the break. */
  cut(): void {
    cutCarrier(this.req)
  }

  get method(): string {
    return this.head.method
  }

  get target(): string {
    return this.head.target
  }

  get client(): string {
    return this.head.client
  }

  get requestHeaders(): readonly string[] {
    return this.head.rawHeaders
  }
}
