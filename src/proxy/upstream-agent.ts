import type { ClientRequest } from 'node:http'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { UpstreamAddress, UpstreamTls } from './upstream.js'
import type { Lookup } from './upstream-lookup.js'

/** A connection is not reused after idling this long: below the 5 s of Node and uvicorn upstreams. */
const MAX_IDLE_MS = 4_000
/**
 * A connection to a named host is not reused past this age: together with the time that an address
 * is remembered it stays below the 30 s in which a changed address is followed.
 */
const MAX_AGE_MS = 18_000
const MAX_IDLE_SOCKETS = 256

interface Connection {
  readonly openedAt: number
  idleSince: number
}

/** What a forwarding pass asks of the agent beside what `node:http` passes on. */
export interface DialOptions {
  /** Never take an idle connection: for retries and upgrades. */
  readonly fresh?: boolean
  /** Keep our side open when the upstream ends its side: for upgraded connections. */
  readonly allowHalfOpen?: boolean
}

/**
 * Connections to one upstream, most recently used first. A request gets an idle connection at once
 * or a new one; an idle connection that ends, fails or sends a byte is dropped, so that no answer
 * can be left lying for the next request. Implements what `node:http` asks of an agent.
 */
export class UpstreamAgent {
  /** Read by `node:http`: connections are meant to be kept. */
  readonly keepAlive = true
  readonly maxSockets = Number.POSITIVE_INFINITY
  readonly options = {}
  readonly protocol: string
  readonly defaultPort: number
  private readonly address: UpstreamAddress
  private readonly tls: ConnectionOptions | undefined
  private readonly lookup: Lookup
  private readonly followsName: boolean
  private readonly idle: Socket[] = []
  private readonly connections = new Map<Socket, Connection>()
  private tlsSession: Buffer | undefined
  private sweeper: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(address: UpstreamAddress, tls: UpstreamTls, lookup: Lookup) {
    this.address = address
    this.protocol = address.protocol === 'https:' ? 'https:' : 'http:'
    this.defaultPort = address.protocol === 'https:' ? 443 : 80
    this.lookup = lookup
    this.followsName = address.socketPath === undefined && isIP(address.hostname) === 0
    this.tls = address.protocol === 'https:' ? tlsOptions(address, tls) : undefined
  }

  /** Open connections, busy and idle. */
  get size(): number {
    return this.connections.size
  }

  /** Called by `node:http` for each request: gives it a connection. */
  addRequest(request: ClientRequest, options: DialOptions): void {
    const reused = options.fresh === true ? undefined : this.takeIdle()
    if (reused !== undefined) {
      request.reusedSocket = true
      request.onSocket(reused)
      return
    }
    request.onSocket(this.dial(options.allowHalfOpen === true))
  }

  /** Drops every connection; those in use end with their request. */
  close(): void {
    this.isClosed = true
    clearInterval(this.sweeper)
    for (const socket of this.idle.splice(0)) socket.destroy()
  }

  private takeIdle(): Socket | undefined {
    const now = performance.now()
    for (let socket = this.idle.pop(); socket !== undefined; socket = this.idle.pop()) {
      socket.removeListener('data', dropOnData)
      const connection = this.connections.get(socket)
      if (connection !== undefined && this.isUsable(socket, connection, now)) {
        return socket
      }
      socket.destroy()
    }
    return undefined
  }

  private isUsable(socket: Socket, connection: Connection, now: number): boolean {
    return (
      !socket.destroyed &&
      socket.writable &&
      !socket.readableEnded &&
      now - connection.idleSince < MAX_IDLE_MS &&
      !(this.followsName && now - connection.openedAt > MAX_AGE_MS)
    )
  }

  private dial(allowHalfOpen: boolean): Socket {
    const socket = this.connect(allowHalfOpen)
    const connection = { openedAt: performance.now(), idleSince: 0 }
    this.connections.set(socket, connection)
    socket.on('error', ignore)
    socket.on('free', () => this.release(socket, connection))
    socket.on('close', () => this.forget(socket))
    return socket
  }

  private connect(allowHalfOpen: boolean): Socket {
    const { hostname: host, port, socketPath } = this.address
    if (socketPath !== undefined) return connectPlain({ path: socketPath, allowHalfOpen })
    const to = { host, port, lookup: this.lookup, autoSelectFamily: true, noDelay: true }
    if (this.tls === undefined) return connectPlain({ ...to, allowHalfOpen, keepAlive: true })
    const session = this.tlsSession === undefined ? {} : { session: this.tlsSession }
    const options = { ...this.tls, ...to, ...session, allowHalfOpen }
    const socket: TLSSocket = connectTls(options)
    socket.on('session', fresh => {
      this.tlsSession = fresh
    })
    return socket
  }

  private release(socket: Socket, connection: Connection): void {
    const isFit = !socket.destroyed && socket.writable && !socket.readableEnded
    if (!isFit || this.isClosed || this.idle.length >= MAX_IDLE_SOCKETS) {
      socket.destroy()
      return
    }
    connection.idleSince = performance.now()
    socket.on('data', dropOnData)
    this.idle.push(socket)
    this.sweeper ??= setInterval(() => this.sweep(), 1_000).unref()
  }

  private forget(socket: Socket): void {
    this.connections.delete(socket)
    const at = this.idle.indexOf(socket)
    if (at !== -1) this.idle.splice(at, 1)
  }

  private sweep(): void {
    const now = performance.now()
    const stale = this.idle.filter(socket => {
      const connection = this.connections.get(socket)
      return connection === undefined || !this.isUsable(socket, connection, now)
    })
    for (const socket of stale) socket.destroy()
    if (this.idle.length === 0) {
      clearInterval(this.sweeper)
      this.sweeper = undefined
    }
  }
}

/** SNI and the name check follow the configured host, never the client's `Host`. */
function tlsOptions(address: UpstreamAddress, tls: UpstreamTls): ConnectionOptions {
  const { insecure, ...own } = tls
  const name = isIP(address.hostname) === 0 ? { servername: address.hostname } : {}
  return { ...own, ...name, rejectUnauthorized: !insecure, ALPNProtocols: ['http/1.1'] }
}

function ignore(): void {
  // The request that uses the connection hears of its errors; an idle one just goes.
}

/** A byte that nobody asked for: whatever follows could be taken for the next answer. */
function dropOnData(this: Socket): void {
  this.destroy()
}
