import { STATUS_CODES } from 'node:http'
import { rewriteResponseHeaders } from '../../policy/response-headers.js'
import { fieldValue } from '../../terms/fields.js'
import type { UpstreamSocket } from '../http1/upstream-events.js'
import { headText } from '../message/head-text.js'
import type { ResponseHead } from '../message/response-head.js'
import type { Route } from '../message/route.js'
import { endToEndFields } from '../message/upstream-response.js'
import type { ActiveExchange } from './active-exchange.js'
import { tunnel } from './tunnel.js'

const KEEP_ALIVE_PROBE_MS = 60_000

/** The upstream that accepted an upgrade. */
export interface AcceptingUpstream {
  readonly socket: UpstreamSocket
  /** Bytes that came behind its head. */
  readonly early: Buffer
  readonly route: Route
  readonly sentHost: string
}

/**
 * Tells the client that its upgrade was accepted and joins the two connections; the exchange ends
 * when both directions have. Says why when the head can't be relayed; nothing has been sent then.
 */
export function openUpgrade(
  exchange: ActiveExchange,
  response: ResponseHead,
  upstream: AcceptingUpstream,
): string | undefined {
  const { client, record, state, wait } = exchange
  const { rules, base } = state
  const { upgrade } = client
  if (upgrade === undefined) return 'no upgrade was asked for'
  const fields = acceptanceFields(exchange, response, upstream)
  let head: string
  try {
    head = headText(`HTTP/1.1 101 ${STATUS_CODES[101]}`, fields)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const { socket } = upgrade
  record.status = 101
  record.upstreamStatus = 101
  record.upstreamHeaders = response.fields
  record.sentHeaders = fields
  wait.forTraffic(rules.upgradeIdleTimeout)
  base.admission.upgraded(exchange)
  base.events.onUpgradeOpened(record)
  upgrade.letGo()
  // A peer that vanished without a word is found out by the kernel.
  socket.setTimeout(0)
  socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
  upstream.socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
  socket.write(head, 'latin1')
  if (upstream.early.length > 0) socket.write(upstream.early)
  for (const chunk of upgrade.early) upstream.socket.write(chunk)
  if (upgrade.hasEnded) upstream.socket.end()
  tunnel(socket, upstream.socket, {
    countUp: size => {
      record.bytesIn += size
      wait.extend()
    },
    countDown: size => {
      record.bytesOut += size
      wait.extend()
    },
    onClosed: base.events.onUpgradeClosed,
  })
  socket.resume()
  upstream.socket.resume()
  return undefined
}

/**
 * Whether a 101 switches to the protocol that was asked for, and says so once.
 * https://www.rfc-editor.org/rfc/rfc6455#section-4.1
 */
export function switchesToWebSocket({ fields }: ResponseHead): boolean {
  return fieldValue(fields, 'upgrade')?.toLowerCase() === 'websocket'
}

function acceptanceFields(
  { head, record, state }: ActiveExchange,
  response: ResponseHead,
  { route, sentHost }: AcceptingUpstream,
): string[] {
  const own = endToEndFields(response, head, route, sentHost, state.rules)
  const judged = rewriteResponseHeaders(record.decision, head, own, 101)
  return [...judged, 'Connection', 'Upgrade', 'Upgrade', 'websocket']
}
