import type { ResponseHead } from '../message/response-head.js'
import type { ActiveExchange } from './active-exchange.js'

/**
 * Relays 102 and 103 to clients that know them (RFC 9110, 15.2: never to HTTP/1.0). Of 103 only
 * the `Link` fields go on: everything else waits for the final head and its CORS fields.
 */
export function relayInterim(
  { client, head }: ActiveExchange,
  { status, fields }: ResponseHead,
): void {
  if (head.isHttp10 || client.isAnswered || client.upgrade !== undefined) return
  // While the response waits for earlier ones, this would land within them.
  if (!client.isItsTurn || (status !== 102 && status !== 103)) return
  const links: string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() === 'link') links.push('Link', fields[at + 1] ?? '')
  }
  if (status === 102 || links.length > 0) {
    client.writeInterim(status, status === 102 ? [] : links)
  }
}
