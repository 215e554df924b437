import { connect as connectPlain, isIP } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { Destination, Detour, UpstreamAddress, UpstreamTls } from '../message/address.js'
import { type ConnectionEvents, type Dialled, UpstreamConnection } from './connection.js'
import type { ReadInto } from './intake.js'
import type { Lookup } from './lookup.js'
import { ProxyTunnel } from './proxy-tunnel.js'
import type { UpstreamExchange } from './request.js'
import type { UpstreamSocket } from './upstream-events.js'

/** Which idle connections are kept. */
interface Keeping {
  readonly most: number
  /** One is not reused after idling this long, in milliseconds. */
  readonly idleMs: number
  /** One to a named host is not reused past this age. */
  readonly ageMs: number
}

/**
 * Idle for less than the 5 s of Node and uvicorn upstreams; and the age, together with the time that an
 * address is remembered, stays below the 30 s in which a changed address is followed.
 */
const forAll: Keeping = { most: 256, idleMs: 4_000, ageMs: 18_000 }
/** What a client has logged in lasts as long as the client and the upstream want it. */
const forOne: Keeping = {
  most: 1,
  idleMs: Number.POSITIVE_INFINITY,
  ageMs: Number.POSITIVE_INFINITY,
}
/**
 * How long one address of a name may take before the next is tried. Node gives the first one up then,
 * and its own 250 ms are over when this process, or the API on the same machine, stood still a moment.
 */
const ADDRESS_PATIENCE_MS = 1_000

/** Which connection an exchange asks for: a new one, or an idle one where there is any. */
export type Wanted = 'new' | 'any'

/**
 * Connections to one upstream, most recently used first. An exchange gets an idle connection at
 * once or a new one; an idle connection that ends, fails or sends a byte is dropped, so that no
 * answer can be left lying for the next request.
 */
export class UpstreamAgent {
  private readonly destination: Destination
  private readonly tls: ConnectionOptions | undefined
  private readonly lookup: Lookup
  private readonly keeping: Keeping
  private readonly followsName: boolean
  private readonly idle: UpstreamConnection[] = []
  private readonly events: ConnectionEvents
  private open = 0
  private tlsSession: Buffer | undefined
  private sweeper: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(destination: Destination, lookup: Lookup, keeping = forAll) {
    const { address, tls } = destination
    this.destination = destination
    this.lookup = lookup
    this.keeping = keeping
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

  /** Puts an exchange on a connection, and says on which. */
  start(exchange: UpstreamExchange, wanted: Wanted): UpstreamConnection {
    const reused = wanted === 'new' ? undefined : this.takeIdle()
    const connection = reused ?? this.dial()
    exchange.start(connection, reused !== undefined)
    return connection
  }

  /** A pool to the same place whose connections are for one client. */
  forOneClient(): UpstreamAgent {
    return new UpstreamAgent(this.destination, this.lookup, forOne)
  }

  /** Takes over a connection that another pool has opened. */
  adopt(connection: UpstreamConnection): void {
    connection.moveTo(this.events)
    this.open++
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
      now - connection.idleSince < this.keeping.idleMs &&
      !(this.followsName && now - connection.openedAt > this.keeping.ageMs)
    )
  }

  private dial(): UpstreamConnection {
    this.open++
    return new UpstreamConnection(into => this.connect(into), this.events)
  }

  private connect(onread: ReadInto): Dialled {
    const { address, detour } = this.destination
    if (detour?.isTunnel) return { socket: this.tunnel(detour), readsInto: false }
    if (address.socketPath !== undefined) {
      return { socket: connectPlain({ path: address.socketPath, onread }), readsInto: true }
    }
    const to = { ...this.dialling(detour?.proxy ?? address), onread }
    const socket = this.tls === undefined ? connectPlain(to) : this.secure({ ...this.tls, ...to })
    return { socket, readsInto: true }
  }

  private tunnel({ proxy }: Detour): UpstreamSocket {
    const socket = new ProxyTunnel(
      connectPlain(this.dialling(proxy)),
      proxy,
      this.destination.address,
    )
    return this.tls === undefined ? socket : this.secure({ ...this.tls, socket })
  }

  private dialling({ hostname: host, port }: { readonly hostname: string; readonly port: number }) {
    return {
      ...{ host, port, lookup: this.lookup, noDelay: true, keepAlive: true },
      ...{ autoSelectFamily: true, autoSelectFamilyAttemptTimeout: ADDRESS_PATIENCE_MS },
    }
  }

  private secure(options: ConnectionOptions): TLSSocket {
    const session = this.tlsSession === undefined ? {} : { session: this.tlsSession }
    const socket = connectTls({ ...options, ...session })
    socket.on('session', fresh => {
      this.tlsSession = fresh
    })
    return socket
  }

  private release(connection: UpstreamConnection): void {
    if (!connection.isUsable || this.isClosed) {
      connection.drop()
      return
    }
    // The one that was used last is the one that its upstream keeps longest.
    if (this.idle.length >= this.keeping.most) this.idle.shift()?.drop()
    connection.idleSince = performance.now()
    this.idle.push(connection)
    if (Number.isFinite(this.keeping.idleMs))
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
  const { hostname: host } = address
  const name = isIP(host) === 0 ? { servername: host } : {}
  return { ...own, host, ...name, rejectUnauthorized: !insecure, ALPNProtocols: ['http/1.1'] }
}
