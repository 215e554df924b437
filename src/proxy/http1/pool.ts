import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { Destination, UpstreamAddress, UpstreamTls } from '../message/address.js'
import { type ConnectionEvents, type ReadInto, UpstreamConnection } from './connection.js'
import type { Lookup } from './lookup.js'
import type { UpstreamExchange } from './request.js'

/** A connection is not reused after idling this long: below the 5 s of Node and uvicorn upstreams. */
const MAX_IDLE_MS = 4_000
/**
 * A connection to a named host is not reused past this age: together with the time that an address
 * is remembered it stays below the 30 s in which a changed address is followed.
 */
const MAX_AGE_MS = 18_000
const MAX_IDLE_CONNECTIONS = 256
/**
 * How long one address of a name may take before the next is tried. Node gives the first one up then,
 * and its own 250 ms are over when this process, or the API on the same machine, stood still a moment.
 */
const ADDRESS_PATIENCE_MS = 1_000

/** Which connection an exchange asks for. */
export interface ConnectionNeeds {
  /** Never one that has been idle: for retries. */
  readonly isFresh: boolean
  /** One that can be handed over, and that stays open when the upstream ends its side. */
  readonly isForUpgrade: boolean
}

/**
 * Connections to one upstream, most recently used first. An exchange gets an idle connection at
 * once or a new one; an idle connection that ends, fails or sends a byte is dropped, so that no
 * answer can be left lying for the next request.
 */
export class UpstreamAgent {
  private readonly address: UpstreamAddress
  private readonly tls: ConnectionOptions | undefined
  private readonly lookup: Lookup
  private readonly followsName: boolean
  private readonly idle: UpstreamConnection[] = []
  private readonly events: ConnectionEvents
  private open = 0
  private tlsSession: Buffer | undefined
  private sweeper: NodeJS.Timeout | undefined
  private isClosed = false

  constructor({ address, tls }: Destination, lookup: Lookup) {
    this.address = address
    this.lookup = lookup
    this.followsName = address.socketPath === undefined && isIP(address.hostname) === 0
    this.tls = address.protocol === 'https:' ? tlsOptions(address, tls) : undefined
    this.events = {
      onFree: connection => this.release(connection),
      onGone: connection => this.forget(connection),
    }
  }

  /** Open connections, busy and idle; upgraded ones are counted no more. */
  get size(): number {
    return this.open
  }

  /** Puts an exchange on a connection. */
  start(exchange: UpstreamExchange, { isFresh, isForUpgrade }: ConnectionNeeds): void {
    const reused = isFresh || isForUpgrade ? undefined : this.takeIdle()
    if (reused === undefined) exchange.start(this.dial(isForUpgrade), false)
    else exchange.start(reused, true)
  }

  /** Drops every idle connection; those in use end with their exchange. */
  close(): void {
    this.isClosed = true
    clearInterval(this.sweeper)
    for (const connection of this.idle.splice(0)) connection.drop()
  }

  private takeIdle(): UpstreamConnection | undefined {
    const now = performance.now()
    for (let one = this.idle.pop(); one !== undefined; one = this.idle.pop()) {
      if (this.isUsable(one, now)) return one
      one.drop()
    }
    return undefined
  }

  private isUsable(connection: UpstreamConnection, now: number): boolean {
    return (
      connection.isUsable &&
      now - connection.idleSince < MAX_IDLE_MS &&
      !(this.followsName && now - connection.openedAt > MAX_AGE_MS)
    )
  }

  private dial(isForUpgrade: boolean): UpstreamConnection {
    this.open++
    const dial = (into: ReadInto | undefined) => this.connect(isForUpgrade, into)
    return new UpstreamConnection(dial, isForUpgrade, this.events)
  }

  private connect(allowHalfOpen: boolean, into: ReadInto | undefined): Socket {
    const { hostname: host, port, socketPath } = this.address
    const reading = into === undefined ? { allowHalfOpen } : { allowHalfOpen, onread: into }
    if (socketPath !== undefined) return connectPlain({ path: socketPath, ...reading })
    const families = {
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_PATIENCE_MS,
    }
    const to = { host, port, lookup: this.lookup, noDelay: true, ...families }
    if (this.tls === undefined) return connectPlain({ ...to, ...reading, keepAlive: true })
    const session = this.tlsSession === undefined ? {} : { session: this.tlsSession }
    const options = { ...this.tls, ...to, ...session, ...reading }
    const socket: TLSSocket = connectTls(options)
    socket.on('session', fresh => {
      this.tlsSession = fresh
    })
    return socket
  }

  private release(connection: UpstreamConnection): void {
    if (!connection.isUsable || this.isClosed || this.idle.length >= MAX_IDLE_CONNECTIONS) {
      connection.drop()
      return
    }
    connection.idleSince = performance.now()
    this.idle.push(connection)
    this.sweeper ??= setInterval(() => this.sweep(), 1_000).unref()
  }

  private forget(connection: UpstreamConnection): void {
    this.open--
    const at = this.idle.indexOf(connection)
    if (at !== -1) this.idle.splice(at, 1)
  }

  private sweep(): void {
    const now = performance.now()
    const stale = this.idle.filter(connection => !this.isUsable(connection, now))
    for (const connection of stale) connection.drop()
    if (this.idle.length > 0) return
    clearInterval(this.sweeper)
    this.sweeper = undefined
  }
}

/** SNI and the name check follow the configured host, never the client's `Host`. */
function tlsOptions(address: UpstreamAddress, tls: UpstreamTls): ConnectionOptions {
  const { insecure, ...own } = tls
  const name = isIP(address.hostname) === 0 ? { servername: address.hostname } : {}
  return { ...own, ...name, rejectUnauthorized: !insecure, ALPNProtocols: ['http/1.1'] }
}
