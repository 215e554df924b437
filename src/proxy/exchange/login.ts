/**
 * Log-in by connection: which connections to the upstream a client connection has to itself.
 *
 * A connection that carries a log-in, or whose response demands one, belongs to the client connection
 * on which that happened; all that follows on it for the same upstream goes there, one request after
 * another. A request that came through another proxy may be anybody's: what it logs in is for it alone.
 */

import type { UpstreamConnection } from '../http1/connection.js'
import type { UpstreamAgent } from '../http1/pool.js'
import type { Destination } from '../message/address.js'
import { logsConnectionIn } from '../message/login-schemes.js'
import type { Route } from '../message/route.js'
import type { ActiveExchange } from './active-exchange.js'

/** Where the connection of an exchange comes from, and goes back to. */
export interface Way {
  readonly destination: Destination
  readonly pool: UpstreamAgent
  /** Whether the pool is for its client only. */
  readonly isOwn: boolean
  /** Whether the request is a step of a log-in. */
  readonly logsIn: boolean
}

/** The way that an exchange takes to the upstream of its route, by what is known before it is sent. */
export function wayOf(exchange: ActiveExchange, route: Route): Way {
  const { connection, head, state } = exchange
  const destination = destinationOf(exchange, route)
  const logsIn = logsConnectionIn(head.authorization)
  if (logsIn) return { destination, pool: poolApart(exchange, route), isOwn: true, logsIn }
  const own = head.isForwarded ? undefined : connection.own?.get(destination.key)
  const pool = own ?? state.base.pools.at(destination)
  return { destination, pool, isOwn: own !== undefined, logsIn }
}

function destinationOf({ client }: ActiveExchange, route: Route): Destination {
  return client.upgrade === undefined ? route.destination : route.upgradeDestination
}

/** Keeps a connection that was everybody's for this client from here on. */
export function keepApart(
  exchange: ActiveExchange,
  route: Route,
  connection: UpstreamConnection,
): void {
  poolApart(exchange, route).adopt(connection)
}

/**
 * Tells a client to come back over HTTP/1.1, where a connection is its own:
 * https://www.rfc-editor.org/rfc/rfc9113#section-7. What stands for it in the record is 426.
 */
export function askForHttp1({ client, record }: ActiveExchange): void {
  record.status = 426
  client.askForHttp1()
}

/** The client connection's own pool; for what may be anybody's, one that keeps no connection. */
function poolApart(exchange: ActiveExchange, route: Route): UpstreamAgent {
  const { client, connection, head, state } = exchange
  const destination = destinationOf(exchange, route)
  const { pools, events } = state.base
  const isForOneClient = !head.isForwarded && client.version !== 20
  events.onLoginByConnection(head.isForwarded ? 'alone' : 'bound')
  const known = isForOneClient ? connection.own?.get(destination.key) : undefined
  if (known !== undefined) return known
  const pool = pools.at(destination).forOneClient()
  if (!isForOneClient || connection.isClosing) pool.close()
  else {
    connection.own ??= new Map()
    connection.own.set(destination.key, pool)
  }
  return pool
}
