import { fieldPairs } from '../../terms/fields.js'
import type { ResponseHead } from '../message/response-head.js'
import type { Route } from '../message/route.js'
import { endToEndFields } from '../message/upstream-response.js'
import type { ActiveExchange } from './active-exchange.js'

/**
 * Relays an interim response with its end-to-end fields to clients that know them (RFC 9110, 15.2:
 * never to HTTP/1.0). A 100 is ours to send, and so is every CORS field: what a page may read, the
 * final head says.
 */
export function relayInterim(
  { client, head, state }: ActiveExchange,
  response: ResponseHead,
  route: Route,
  sentHost: string,
): void {
  if (response.status === 100 || head.isHttp10) return
  if (client.isAnswered || client.upgrade !== undefined) return
  // While the response waits for earlier ones, this would land within them.
  if (!client.isItsTurn) return
  const rules = { ...state.rules, setResponseHeaders: [] }
  const fields = fieldPairs(endToEndFields(response, head, route, sentHost, rules))
  client.writeInterim(response.status, fields.filter(([name]) => isRelayed(name)).flat())
}

function isRelayed(name: string): boolean {
  return !/^(?:access-control-.*|timing-allow-origin|content-length)$/i.test(name)
}
