import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Flight } from './flight.js'
import { carrierOf } from './http2-request.js'

/** One connection from a client, or one HTTP/2 stream: what is under way on it. */
export interface ClientConnection {
  /** In the order in which their requests came. */
  readonly flights: Set<Flight>
  requests: number
  /** Set when nothing more is read from it as a request. */
  isClosing: boolean
  /** What to do when the last exchange under way has ended. */
  whenIdle: (() => void) | undefined
}

/** Knows each client connection by its socket, and tells when one ends with exchanges under way. */
export class ClientConnections {
  private readonly known = new Map<Duplex, ClientConnection>()
  private readonly onLost: (flight: Flight) => void

  constructor(onLost: (flight: Flight) => void) {
    this.onLost = onLost
  }

  /** The connection that a request came on. */
  of(req: IncomingMessage): ClientConnection {
    return this.at(carrierOf(req))
  }

  /** Closes those on which no exchange is under way. */
  closeUnused(): void {
    for (const [carrier, { flights }] of this.known) if (flights.size === 0) carrier.destroy()
  }

  at(carrier: Duplex): ClientConnection {
    const known = this.known.get(carrier)
    if (known !== undefined) return known
    const connection: ClientConnection = {
      flights: new Set(),
      requests: 0,
      isClosing: false,
      whenIdle: undefined,
    }
    this.known.set(carrier, connection)
    carrier.once('close', () => {
      this.known.delete(carrier)
      connection.isClosing = true
      for (const flight of connection.flights) this.onLost(flight)
    })
    return connection
  }
}
