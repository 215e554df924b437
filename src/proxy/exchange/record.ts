import type { Exchange } from '../../observe/exchange.js'
import type { Decision } from '../../policy/decision.js'
import type { UpstreamFailure } from '../../terms/upstream-failure.js'
import type { RequestHead } from '../message/request-head.js'

/** One exchange as it is remembered, filled as it happens. Plain data: it holds on to no socket. */
export class ExchangeRecord implements Exchange {
  readonly id: string
  readonly method: string
  readonly target: string
  readonly client: string
  readonly decision: Decision
  readonly requestHeaders: readonly string[]
  readonly startedAt = Date.now()
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

  constructor(id: string, head: RequestHead, decision: Decision) {
    this.id = id
    this.method = head.method
    this.target = head.target
    this.client = head.client
    this.decision = decision
    this.requestHeaders = head.rawHeaders
  }
}
