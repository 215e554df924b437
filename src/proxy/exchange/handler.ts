import type { Socket } from 'node:net'
import { decide } from '../../policy/decide.js'
import { type Reply, replies } from '../message/replies.js'
import { RequestHead } from '../message/request-head.js'
import { newRequestId } from '../message/request-id.js'
import { type Route, routeFor } from '../message/route.js'
import { ActiveExchange } from './active-exchange.js'
import type { Client } from './client.js'
import { type ClientConnection, ClientConnections, mayBegin } from './client-connections.js'
import { Exchanges } from './exchanges.js'
import { failInternally } from './failing.js'
import { forward } from './forward.js'
import { throughHttpProxy } from './http-proxy.js'
import { answerOptions, answerPreflight, refusal, sendReply } from './replying.js'
import type { ExchangeRules } from './rules.js'
import type { ServingState } from './serving-state.js'

const forwardThroughHttpProxy = throughHttpProxy(forward)

/** Serves requests: decides, then replies or forwards. */
export class Handler {
  readonly exchanges: Exchanges
  readonly connections: ClientConnections<ActiveExchange>
  private state: ServingState
  private draining = false

  constructor(state: ServingState) {
    this.state = state
    this.exchanges = new Exchanges(state.base.events, (client, { connection }) =>
      this.begin(client, connection),
    )
    this.connections = new ClientConnections(exchange => this.exchanges.end(exchange, true))
  }

  /** Requests that begin from now on follow this state; those under way keep theirs. */
  swap(state: ServingState): void {
    this.state = state
  }

  /** What the next request will be served by. */
  get rules(): ExchangeRules {
    return this.state.rules
  }

  get isDraining(): boolean {
    return this.draining
  }

  /** From now on every response ends its connection, also those that are under way. */
  drain(): void {
    this.draining = true
    this.exchanges.each(({ client }) => client.endAfter())
  }

  /** A request on a connection that carries one response at a time, in the order of requests. */
  onRequest(client: Client, connection: ClientConnection<ActiveExchange>): void {
    if (mayBegin(connection, client)) this.begin(client, connection)
  }

  /** Serves a request at once. A fault of ours before there is an exchange costs that client only. */
  begin(client: Client, connection: ClientConnection<ActiveExchange>): void {
    const { state } = this
    try {
      if (this.draining) client.endAfter()
      const head = new RequestHead(client, state.rules)
      const decision = decide(state.policies, head)
      const id = newRequestId(head.requestId)
      const exchange = new ActiveExchange(id, head, decision, client, connection, state)
      this.exchanges.begin(exchange)
      this.serve(exchange)
    } catch (error) {
      state.base.events.onInternalError(error)
      client.cut()
    }
  }

  /** An upgrade, or a CONNECT, whose connection Node has let go of. */
  onUpgrade(client: Client, socket: Socket): void {
    this.begin(client, this.connections.at(socket))
  }

  private serve(exchange: ActiveExchange): void {
    try {
      const { client, head, record } = exchange
      const { decision } = record
      const answered = head.method === 'OPTIONS' && head.maxForwards === '0'
      // A request and its reset in one packet: nobody is there to answer, or to ask for.
      if (client.hasLeft) this.exchanges.end(exchange, true)
      else if (head.fault !== undefined) sendReply(exchange, head.fault)
      else if (decision.action === 'answer') answerPreflight(exchange)
      else if (decision.action === 'block') sendReply(exchange, refusal(decision))
      else if (answered) answerOptions(exchange)
      else {
        const route = routeOf(exchange)
        if ('status' in route) sendReply(exchange, route)
        else forwardThroughHttpProxy(exchange, route)
      }
    } catch (error) {
      failInternally(exchange, error)
    }
  }
}

/** Where an exchange goes, or the reply that says why it goes nowhere. */
function routeOf({ client, head, state }: ActiveExchange): Route | Reply {
  const { routes, rules } = state
  if (client.upgrade !== undefined && !(rules.websockets && head.isUpgrade)) {
    return replies.noUpgrade
  }
  const route = routeFor(routes, head.target)
  if (route === 'no-route') return replies.noRoute
  return route === 'path-ambiguous' ? replies.ambiguousPath : route
}
