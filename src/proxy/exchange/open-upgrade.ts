import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { rewriteResponseHeaders } from '../../policy/response-headers.js'
import type { ResponseHead } from '../http1/parser.js'
import type { Route } from '../message/route.js'
import { endToEndFields, type ResponseRules } from '../message/upstream-response.js'
import type { Flight, UpgradeClient } from './flight.js'
import { tunnel } from './tunnel.js'

const KEEP_ALIVE_PROBE_MS = 60_000

/**
 * Tells the client that its upgrade was accepted and joins the two connections. `onClosed` is
 * called once, when both directions have ended.
 */
export function openUpgrade(
  flight: Flight,
  response: ResponseHead,
  upstream: Socket,
  early: Buffer,
  rules: ResponseRules,
  onClosed: () => void,
): void {
  const client = flight.upgrade as UpgradeClient
  const { socket } = client
  const fields = acceptanceFields(flight, response, rules)
  flight.status = 101
  flight.upstreamStatus = 101
  flight.upstreamHeaders = response.fields
  flight.sentHeaders = fields
  flight.isAnswered = true
  flight.phase = 'streaming'
  flight.deadline = 0
  flight.res.detachSocket(socket)
  socket.removeAllListeners('drain')
  socket.removeAllListeners('data')
  socket.removeAllListeners('end')
  // A peer that vanished without a word is found out by the kernel.
  socket.setTimeout(0)
  socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
  upstream.setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
  socket.write(headText(fields), 'latin1')
  if (early.length > 0) socket.write(early)
  for (const chunk of client.early) upstream.write(chunk)
  if (client.hasEnded) upstream.end()
  tunnel(socket, upstream, {
    countUp: size => {
      flight.bytesIn += size
    },
    countDown: size => {
      flight.bytesOut += size
    },
    onClosed,
  })
  socket.resume()
  upstream.resume()
}

function acceptanceFields(
  flight: Flight,
  response: ResponseHead,
  rules: ResponseRules,
): readonly string[] {
  const { decision, head, route, sentHost } = flight
  const own = endToEndFields(response, head, route as Route, sentHost, rules)
  const judged = decision === undefined ? own : rewriteResponseHeaders(decision, head, own, 101)
  return [...judged, 'Connection', 'Upgrade', 'Upgrade', 'websocket']
}

function headText(fields: readonly string[]): string {
  let text = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\n`
  for (let at = 0; at + 1 < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`
  return `${text}\r\n`
}
