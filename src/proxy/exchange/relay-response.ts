import type { ServerResponse } from 'node:http'
import { rewriteResponseHeaders } from '../../policy/response-headers.js'
import type { ResponseHead } from '../http1/parser.js'
import type { UpstreamExchange } from '../http1/request.js'
import { isHttp2 } from '../message/http2-request.js'
import type { Route } from '../message/route.js'
import { responseTrailers } from '../message/trailers.js'
import { addVia, endToEndFields, type ResponseRules } from '../message/upstream-response.js'
import { FairShare } from '../tuning/fair-share.js'
import type { Flight } from './flight.js'
import { lingerOnClose } from './lingering-close.js'
import { writeHead, writeTrailers } from './write-head.js'

/** What relaying a response needs to know of the settings. Times in milliseconds, 0 for none. */
export interface RelayRules extends ResponseRules {
  readonly upstreamIdleTimeout: number
  /** Adds `X-Cors-Sidecar` with the verdict and the reason. */
  readonly debugHeaders: boolean
}

/**
 * Sends the head of an upstream response to the client; the policy decides which CORS fields it
 * carries. Says why when the head can't be relayed; nothing has been sent then.
 */
export function relayHead(
  flight: Flight,
  response: ResponseHead,
  rules: RelayRules,
): string | undefined {
  const { res } = flight
  const { status } = response
  flight.upstreamMs = performance.now() - flight.forwardedAt
  flight.upstreamStatus = status
  flight.upstreamHeaders = response.fields
  const fields = clientFields(flight, response, rules)
  endEarly(flight)
  try {
    writeHead(res, status, response.reason, fields)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  flight.status = status
  flight.sentHeaders = fields
  flight.isAnswered = true
  flight.phase = 'streaming'
  flight.deadline = 0
  extendDeadline(flight, rules)
  flushSoon(res)
  return undefined
}

function clientFields(flight: Flight, response: ResponseHead, rules: RelayRules): string[] {
  const { head, decision } = flight
  const own = endToEndFields(response, head, flight.route as Route, flight.sentHost, rules)
  const fields =
    decision === undefined ? own : rewriteResponseHeaders(decision, head, own, response.status)
  // After the policy, which may list the names of the upstream's own fields for the page.
  if (rules.via !== undefined) addVia(fields, response.version, rules.via)
  if (rules.debugHeaders && decision !== undefined) {
    fields.push('X-Cors-Sidecar', `${decision.verdict}; reason=${decision.reason}`)
  }
  return fields
}

/**
 * An upstream that answers without waiting for the body leaves a client that may go on sending it:
 * the connection can't be used for another request.
 */
function endEarly({ head, req, res, upgrade }: Flight): void {
  if (!head.hasBody || req.complete || upgrade !== undefined) return
  res.shouldKeepAlive = false
  lingerOnClose(req)
}

/** The largest body that is sent in one write with its head. */
const SMALL_BODY = 16_384

/** Relays a piece of the body; while the client takes no more, the upstream waits. */
export function relayBody(
  flight: Flight,
  exchange: UpstreamExchange,
  piece: Buffer,
  { length }: ResponseHead,
  rules: RelayRules,
): void {
  const { res } = flight
  if (res.writableEnded || res.destroyed) return
  const isWhole = piece.length === length && flight.bytesOut === 0
  flight.bytesOut += piece.length
  if (isWhole && length <= SMALL_BODY) {
    endWithWhole(flight, piece)
    return
  }
  extendDeadline(flight, rules)
  flight.share ??= new FairShare()
  const { share } = flight
  share.use(piece.length)
  const goOn = () => {
    if (flight.clientBlockedSince === 0) exchange.resume()
  }
  const { bytes, letGo } = exchange.keep(piece)
  if (res.write(bytes, letGo)) {
    if (!share.isUsedUp) return
    exchange.pause()
    share.goOn(goOn)
    return
  }
  exchange.pause()
  const isAwaited = flight.clientBlockedSince !== 0
  waitForClient(flight)
  // Of what was read in one go, more pieces may follow.
  if (isAwaited) return
  res.once('drain', () => {
    if (res.writableEnded) return
    flight.clientBlockedSince = 0
    // What was seen of it so far says nothing of what it does with more.
    if (flight.clientProgress !== undefined) flight.clientProgress.idleMs = 0
    extendDeadline(flight, rules)
    share.goOn(goOn)
  })
}

/** Ends the response to the client, which has had all of the body. */
export function relayEnd(flight: Flight, trailers: readonly string[]): void {
  const { res } = flight
  if (res.destroyed || res.writableEnded) return
  const relayed = trailers.length > 0 ? responseTrailers(trailers, flight.state.rules) : undefined
  if (relayed !== undefined) writeTrailers(res, relayed)
  waitForClient(flight)
  res.end()
}

/**
 * As text of one byte a character, Node joins head and body. Put out while we hold the cork, they
 * leave in one plain write, and nothing is left for the end to write.
 */
function endWithWhole(flight: Flight, body: Buffer): void {
  const { res } = flight
  const { socket } = res
  waitForClient(flight)
  if (socket === null || isHttp2(flight.req)) {
    res.end(Buffer.from(body))
    return
  }
  socket.cork()
  res.write(body.toString('latin1'), 'latin1')
  socket.uncork()
  res.end()
}

/** While the client is the slow one, the upstream's silence is of our making. */
function waitForClient(flight: Flight): void {
  flight.deadline = 0
  flight.clientBlockedSince = performance.now()
}

function extendDeadline(flight: Flight, { upstreamIdleTimeout }: RelayRules): void {
  if (upstreamIdleTimeout !== 0) flight.deadline = performance.now() + upstreamIdleTimeout
}

const unflushed: ServerResponse[] = []

/**
 * Sends a head whose body has not come with it. Waiting for the end of this turn of the event loop
 * lets a head and the start of its body leave in one write, which most responses do.
 */
function flushSoon(res: ServerResponse): void {
  unflushed.push(res)
  if (unflushed.length === 1) setImmediate(flushAll)
}

function flushAll(): void {
  for (const res of unflushed.splice(0)) {
    if (!res.writableEnded && !res.destroyed) res.flushHeaders()
  }
}
