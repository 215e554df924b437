import type { ResponseHead } from '../http1/parser.js'
import { isHttp2 } from '../message/http2-request.js'
import type { Flight } from './flight.js'

/**
 * Relays 102 and 103 to clients that know them (RFC 9110, 15.2: never to HTTP/1.0). Of 103 only
 * the `Link` fields go on: everything else waits for the final head and its CORS fields.
 */
export function relayEarlyHints(flight: Flight, { status, fields }: ResponseHead): void {
  const { res, head } = flight
  if (head.isHttp10 || flight.isAnswered || flight.upgrade !== undefined) return
  // While the response waits for earlier ones, Node would put this behind its final head.
  if (res.socket === null) return
  if (status === 102) {
    if (!isHttp2(flight.req)) res.writeProcessing()
    return
  }
  if (status !== 103) return
  const links: string[] = []
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (fields[at]?.toLowerCase() === 'link') links.push(fields[at + 1] as string)
  }
  if (links.length === 0) return
  try {
    res.writeEarlyHints({ link: links })
  } catch {
    // Node judges the syntax of Link; a hint that it refuses is only a hint.
  }
}
