import type { ActiveExchange } from './active-exchange.js'
import { BlockedClients } from './blocked-clients.js'
import type { Client } from './client.js'
import { leave } from './client-connections.js'
import { dropUpstream, fail, failInternally, failRequest } from './failing.js'
import type { ExchangeEvents } from './serving-state.js'
import { whenOverdue } from './wait.js'
import { Waits } from './waits.js'

/** All exchanges under way, each from its begin to its end. */
export class Exchanges {
  private readonly events: ExchangeEvents
  private readonly waits: Waits<ActiveExchange>
  private readonly blockedClients: BlockedClients
  private readonly beginNext: (client: Client, exchange: ActiveExchange) => void
  private quiet: (() => void) | undefined

  /** `beginNext` is called with a pipelined request that waited for one of these to end. */
  constructor(
    events: ExchangeEvents,
    beginNext: (client: Client, exchange: ActiveExchange) => void,
  ) {
    this.events = events
    this.beginNext = beginNext
    this.blockedClients = new BlockedClients(events.onInternalError)
    this.waits = new Waits((exchange, now) => {
      try {
        this.checkTime(exchange, now)
      } catch (error) {
        failInternally(exchange, error)
      }
    })
  }

  /** How many are under way, open upgrades included. */
  get size(): number {
    return this.waits.size
  }

  begin(exchange: ActiveExchange): void {
    exchange.connection.exchanges.push(exchange)
    this.waits.watch(exchange)
    this.events.onBegun()
    exchange.client.onClosed(isWhole => this.end(exchange, !isWhole))
  }

  /** Calls `visit` for each; it may end the exchange. */
  each(visit: (exchange: ActiveExchange) => void): void {
    this.waits.each(visit)
  }

  /** Cuts every exchange that is still under way. */
  cutAll(): void {
    this.each(({ client }) => client.cut())
    this.waits.stop()
  }

  /** Tells the open upgrades that we are going: both sides see an orderly end. */
  endUpgrades(): void {
    this.each(({ client }) => client.upgrade?.socket.end())
  }

  /** Cuts the upgrades that did not take the hint. */
  cutUpgrades(): void {
    this.each(({ client }) => {
      if (client.upgrade !== undefined) client.cut()
    })
  }

  /** Resolves when no exchange is under way any more. */
  whenQuiet(): Promise<void> {
    if (this.waits.size === 0) return Promise.resolve()
    return new Promise(resolve => {
      this.quiet = resolve
    })
  }

  /** The one end of every exchange; `isLost`: its client was not sent all of it, or has gone. */
  end(exchange: ActiveExchange, isLost: boolean): void {
    const { client, connection, record, state, upstream, wait } = exchange
    if (wait.isOver) return
    const isComplete = client.isFinished || record.status === 101
    if (isLost && !isComplete && record.failure === undefined) {
      record.clientLeft = true
      if (record.status === 0) record.status = 499
    }
    // Left behind by its client, or answered before its body was through: nobody waits for it.
    if (isLost || upstream?.isSent === false) dropUpstream(exchange)
    state.base.admission.leave(exchange)
    record.durationMs = performance.now() - wait.began
    wait.end()
    this.waits.forget(exchange)
    leave(connection, exchange, next => this.beginNext(next, exchange))
    this.record(exchange)
    if (this.waits.size === 0) this.quiet?.()
  }

  private checkTime(exchange: ActiveExchange, now: number): void {
    const { client, wait, state } = exchange
    if (client.hasLeft) {
      client.cut()
      return
    }
    this.blockedClients.watch(exchange, now)
    const overdue = wait.overdue(now, state.rules)
    if (overdue === undefined) return
    const means = whenOverdue[overdue]
    if (means === 'cut') client.cut()
    else if ('reply' in means) failRequest(exchange, means.reply)
    else {
      const isOfProxy = overdue === 'connection' && exchange.upstream?.isBehindProxy
      const failure = isOfProxy ? 'proxy-timeout' : means.failure
      fail(exchange, failure, `after ${Math.round(now - wait.began)} ms`)
    }
  }

  /** Whoever remembers an exchange must not be able to harm the next one. */
  private record({ record }: ActiveExchange): void {
    try {
      this.events.record(record)
    } catch (error) {
      this.events.onInternalError(error)
    }
  }
}
