import type { Decision } from '../../policy/decision.js'
import { shareOf } from '../message/address.js'
import type { RequestHead } from '../message/request-head.js'
import type { Holdings, Seat } from './admission.js'
import type { Client } from './client.js'
import type { ClientConnection } from './client-connections.js'
import { ExchangeRecord } from './record.js'
import type { ServingState } from './serving-state.js'
import { Wait } from './wait.js'

/** The upstream's side of an exchange, as far as the others need it. */
export interface UpstreamSide {
  /** Sends the request: its exchange has a place. */
  start(): void
  /** Whether the whole request has been sent. */
  readonly isSent: boolean
  /** Whether it is a proxy that connects to the upstream. */
  readonly isBehindProxy: boolean
  /** Gives up the request and its connection; nothing is heard of it afterwards. */
  abort(): void
}

/** One exchange under way: what will be remembered of it, what it waits for, and its client. */
export class ActiveExchange {
  readonly record: ExchangeRecord
  readonly wait = new Wait()
  readonly head: RequestHead
  readonly client: Client
  readonly connection: ClientConnection<ActiveExchange>
  /** What was in force when it began; a reload does not change that half-way. */
  readonly state: ServingState
  /** The address that its client's share of the limits goes by. */
  readonly address: string
  /** What it holds of the limits, and its address beside it; only admission changes them. */
  seat: Seat = 'none'
  holdings: Holdings | undefined = undefined
  upstream: UpstreamSide | undefined = undefined

  constructor(
    id: string,
    head: RequestHead,
    decision: Decision,
    client: Client,
    connection: ClientConnection<ActiveExchange>,
    state: ServingState,
  ) {
    this.record = new ExchangeRecord(id, head, decision)
    this.head = head
    this.address = shareOf(head.client)
    this.client = client
    this.connection = connection
    this.state = state
  }
  get isUpgrade(): boolean {
    return this.client.upgrade !== undefined
  }
}
