import type { Socket } from 'node:net'
import type { UpstreamAgent } from '../http1/pool.js'
import type { Client } from './client.js'

/** What is under way on a connection. */
interface UnderWay {
  readonly client: Client
}

/** One connection from a client, and what is under way on it. */
export interface ClientConnection<One extends UnderWay> {
  /** In the order in which their requests came. */
  readonly exchanges: One[]
  /** Pipelined requests that wait until earlier ones are through. */
  readonly pipelined: Client[]
  /** Its place in the list of all connections. */
  place: number
  requests: number
  /** Places at the upstream that its exchanges hold; only admission changes it. */
  places: number
  /** Set when nothing more is read from it as a request. */
  isClosing: boolean
  /** Connections to upstreams that nobody else may use, by destination: they are logged in, or may be. */
  own: Map<string, UpstreamAgent> | undefined
  /** What to do when the last exchange under way has ended. */
  whenIdle: (() => void) | undefined
}

/** Requests served on one connection of HTTP/1 before it is closed. */
const MAX_REQUESTS = 1_000
/** Pipelined requests that are served at one time; the next ones wait for them. */
const MAX_AT_ONCE = 4
/** Of those that wait, the last is the last on its connection: a client sends the rest again. */
const MAX_PIPELINED = 64

const kConnection = Symbol('cors-sidecar.connection')

/** What is known of a connection is kept on its socket, where finding it costs nothing. */
type Carrier<One extends UnderWay> = Socket & { [kConnection]?: ClientConnection<One> }

/** Knows each client connection by its socket, and tells when one ends with exchanges under way. */
export class ClientConnections<One extends UnderWay> {
  // An array for the reason that the list of waits is one.
  private readonly carriers: Carrier<One>[] = []
  private readonly onLost: (exchange: One) => void

  constructor(onLost: (exchange: One) => void) {
    this.onLost = onLost
  }

  /** Closes those on which no exchange is under way. */
  closeUnused(): void {
    for (const carrier of this.carriers.slice()) {
      if (carrier[kConnection]?.exchanges.length === 0) carrier.destroy()
    }
  }

  at(carrier: Carrier<One>): ClientConnection<One> {
    const known = carrier[kConnection]
    if (known !== undefined) return known
    const connection: ClientConnection<One> = {
      exchanges: [],
      pipelined: [],
      place: this.carriers.push(carrier) - 1,
      requests: 0,
      places: 0,
      isClosing: false,
      own: undefined,
      whenIdle: undefined,
    }
    carrier[kConnection] = connection
    carrier.once('close', () => {
      this.remove(carrier, connection)
      connection.isClosing = true
      connection.pipelined.length = 0
      for (const exchange of connection.exchanges.slice()) this.onLost(exchange)
      for (const pool of connection.own?.values() ?? []) pool.close()
    })
    return connection
  }

  private remove(carrier: Carrier<One>, { place }: ClientConnection<One>): void {
    const last = this.carriers.pop()
    if (last === undefined || last === carrier) return
    this.carriers[place] = last
    const moved = last[kConnection]
    if (moved !== undefined) moved.place = place
  }
}

/**
 * Whether the next request on a connection of HTTP/1 may begin. One that may not waits in its
 * connection, or is dropped behind a response that ends it: its own would reach nobody.
 * https://www.rfc-editor.org/rfc/rfc9112#section-9.3.2
 */
export function mayBegin<One extends UnderWay>(
  connection: ClientConnection<One>,
  client: Client,
): boolean {
  const { exchanges, pipelined } = connection
  if (connection.isClosing) return false
  // Nearly always nothing is under way.
  if (exchanges.length > 0 && exchanges.some(({ client }) => client.isLast)) return false
  if (pipelined.length > 0 && pipelined.some(({ isLast }) => isLast)) return false
  connection.requests++
  if (connection.requests >= MAX_REQUESTS) client.endAfter()
  if (exchanges.length < MAX_AT_ONCE) return true
  pipelined.push(client)
  if (pipelined.length === MAX_PIPELINED) client.endAfter()
  return false
}

/** Takes an exchange that has ended off its connection; the next one may begin. */
export function leave<One extends UnderWay>(
  connection: ClientConnection<One>,
  exchange: One,
  begin: (next: Client) => void,
): void {
  const { exchanges, pipelined } = connection
  // Nearly always it is the first, and the only one.
  if (exchanges[0] === exchange) exchanges.shift()
  else exchanges.splice(exchanges.indexOf(exchange), 1)
  // The parser may be within bytes that hold more requests.
  const hasEnded = exchange.client.isLast
  if (hasEnded) connection.isClosing = true
  // Behind a response that ends the connection, nothing is served.
  if (hasEnded || exchanges.some(({ client }) => client.isLast)) pipelined.length = 0
  const next = pipelined.shift()
  if (next !== undefined) begin(next)
  if (exchanges.length === 0) connection.whenIdle?.()
}
