import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { carrierOf } from '../message/http2-request.js'
import type { Flight } from './flight.js'

/** One connection from a client, or one HTTP/2 stream: what is under way on it. */
export interface ClientConnection {
  /** In the order in which their requests came. */
  readonly flights: Flight[]
  /** Its place in the list of all connections. */
  place: number
  requests: number
  /** Set when nothing more is read from it as a request. */
  isClosing: boolean
  /** What to do when the last exchange under way has ended. */
  whenIdle: (() => void) | undefined
}

const kConnection = Symbol('cors-sidecar.connection')

/** A socket or stream; what is known of it is kept on it, where finding it costs nothing. */
type Carrier = Duplex & { [kConnection]?: ClientConnection }

/** Knows each client connection by its socket, and tells when one ends with exchanges under way. */
export class ClientConnections {
  // An array for the reason that the list of deadlines is one.
  private readonly carriers: Carrier[] = []
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
    for (const carrier of this.carriers.slice()) {
      if (carrier[kConnection]?.flights.length === 0) carrier.destroy()
    }
  }

  at(carrier: Carrier): ClientConnection {
    const known = carrier[kConnection]
    if (known !== undefined) return known
    const connection: ClientConnection = {
      flights: [],
      place: this.carriers.push(carrier) - 1,
      requests: 0,
      isClosing: false,
      whenIdle: undefined,
    }
    carrier[kConnection] = connection
    carrier.once('close', () => {
      this.remove(carrier, connection)
      connection.isClosing = true
      for (const flight of connection.flights.slice()) this.onLost(flight)
    })
    return connection
  }

  private remove(carrier: Carrier, { place }: ClientConnection): void {
    const last = this.carriers.pop() as Carrier
    if (last === carrier) return
    this.carriers[place] = last
    ;(last[kConnection] as ClientConnection).place = place
  }
}

/** Takes an exchange off its connection; nearly always it is the first, and the only one. */
export function removeFlight({ flights }: ClientConnection, flight: Flight): void {
  if (flights[0] === flight) flights.shift()
  else flights.splice(flights.indexOf(flight), 1)
}
