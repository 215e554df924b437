import type { IncomingMessage, ServerResponse } from 'node:http'
import { rewriteResponseHeaders } from '../policy/response-headers.js'
import type { Flight } from './flight.js'
import { isHttp2 } from './http2-request.js'
import { lingerOnClose } from './lingering-close.js'
import { RAW_BODY_SIZE, readRaw } from './raw-body.js'
import type { Route } from './upstream.js'
import {
  addVia,
  endToEndFields,
  type ResponseFraming,
  type ResponseRules,
  readFraming,
  relayedTrailers,
} from './upstream-response.js'
import { writeHead } from './write-head.js'

/** What relaying a response needs to know of the settings. Times in milliseconds, 0 for none. */
export interface RelayRules extends ResponseRules {
  readonly upstreamIdleTimeout: number
  /** Adds `X-Cors-Sidecar` with the verdict and the reason. */
  readonly debugHeaders: boolean
}

/** How relaying a response can end beside well. */
export interface RelayTroubles {
  /** The head can't be relayed; nothing has been sent yet. */
  readonly onInvalid: (flight: Flight, detail: string) => void
  /** The upstream ended before its response did; part of it has been sent. */
  readonly onTruncated: (flight: Flight) => void
}

/**
 * Relays an upstream response to the client: the head at once, the body as it comes, with
 * back-pressure, trailers at the end. The policy decides which CORS fields it carries.
 */
export function relayResponse(
  flight: Flight,
  response: IncomingMessage,
  rules: RelayRules,
  troubles: RelayTroubles,
): void {
  const { res } = flight
  const status = response.statusCode ?? 0
  flight.upstreamMs = performance.now() - flight.forwardedAt
  flight.upstreamStatus = status
  flight.upstreamHeaders = response.rawHeaders
  if (status < 200 || status > 999) {
    troubles.onInvalid(flight, `status ${status}`)
    return
  }
  const framing = readFraming(response.rawHeaders)
  if (!sendHead(flight, response, framing, rules, status, troubles)) return
  flight.phase = 'streaming'
  flight.deadline = 0
  extendDeadline(flight, rules)
  response.on('data', (chunk: Buffer) => {
    if (isWholeAndSmall(flight, chunk, framing)) endWithWhole(flight, chunk)
    else relayChunk(flight, response, chunk, framing, rules)
  })
  response.on('end', () => {
    if (!response.complete) troubles.onTruncated(flight)
    else endResponse(flight, response)
  })
  response.on('close', () => {
    if (!response.complete && !res.writableEnded) troubles.onTruncated(flight)
  })
  flushSoon(res)
}

function sendHead(
  flight: Flight,
  response: IncomingMessage,
  framing: ResponseFraming,
  rules: RelayRules,
  status: number,
  troubles: RelayTroubles,
): boolean {
  const { res, head, decision, req } = flight
  const own = endToEndFields(response, framing, head, flight.route as Route, flight.sentHost, rules)
  const fields = decision === undefined ? own : rewriteResponseHeaders(decision, head, own, status)
  // After the policy, which may list the names of the upstream's own fields for the page.
  if (rules.via !== undefined) addVia(fields, response.httpVersion, rules.via)
  if (rules.debugHeaders && decision !== undefined) {
    fields.push('X-Cors-Sidecar', `${decision.verdict}; reason=${decision.reason}`)
  }
  // The upstream answered without waiting for the body: the client may go on sending it, so the
  // connection can't be used for another request.
  if (head.hasBody && !req.complete && flight.upgrade === undefined) {
    res.shouldKeepAlive = false
    lingerOnClose(req)
  }
  try {
    writeHead(res, status, safeReason(response.statusMessage), fields)
  } catch (error) {
    troubles.onInvalid(flight, error instanceof Error ? error.message : String(error))
    return false
  }
  flight.status = status
  flight.sentHeaders = fields
  flight.isAnswered = true
  return true
}

/** The upstream's own words, unless they hold bytes that can't stand in a status line. */
function safeReason(reason: string | undefined): string | undefined {
  if (reason === undefined) return undefined
  for (let at = 0; at < reason.length; at++) {
    const code = reason.charCodeAt(at)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return undefined
  }
  return reason
}

/** The largest body that is sent in one write with its head. */
const SMALL_BODY = 16_384

function isWholeAndSmall(flight: Flight, chunk: Buffer, { length }: ResponseFraming): boolean {
  return chunk.length === length && length <= SMALL_BODY && flight.bytesOut === 0
}

/**
 * As text of one byte a character, Node joins head and body. Put out while we hold the cork, they
 * leave in one plain write, and nothing is left for the end to write.
 */
function endWithWhole(flight: Flight, chunk: Buffer): void {
  const { res } = flight
  const { socket } = res
  flight.bytesOut = chunk.length
  waitForClient(flight)
  if (socket === null || isHttp2(flight.req)) {
    res.end(chunk)
    return
  }
  socket.cork()
  res.write(chunk.toString('latin1'), 'latin1')
  socket.uncork()
  res.end()
}

function waitForClient(flight: Flight): void {
  flight.deadline = 0
  flight.clientBlockedSince = performance.now()
  flight.unsentBefore = 0
}

function relayChunk(
  flight: Flight,
  response: IncomingMessage,
  chunk: Buffer,
  framing: ResponseFraming,
  rules: RelayRules,
): void {
  if (writeChunk(flight, chunk, rules)) return
  response.pause()
  whenTaken(flight, rules, () => {
    if (!startRaw(flight, response, framing, rules)) response.resume()
  })
}

/** From the first pause of a large body on, its pieces are taken from the connection itself. */
function startRaw(
  flight: Flight,
  response: IncomingMessage,
  { length }: ResponseFraming,
  rules: RelayRules,
): boolean {
  const left = (length ?? 0) - flight.bytesOut
  if (left < RAW_BODY_SIZE) return false
  const { socket } = response
  const client = flight.res.socket
  if (client === null || isHttp2(flight.req)) return false
  const relay = (chunk: Buffer) => {
    flight.bytesOut += chunk.length
    extendDeadline(flight, rules)
    if (client.write(chunk)) return
    socket.pause()
    waitForClient(flight)
    client.once('drain', () => {
      flight.clientBlockedSince = 0
      extendDeadline(flight, rules)
      socket.resume()
    })
  }
  const end = () => {
    waitForClient(flight)
    flight.res.end()
    // Its parser knows nothing of what was read: this connection is not fit for another request.
    socket.destroy()
  }
  if (!readRaw(response, left, relay, end)) return false
  socket.resume()
  return true
}

/** Writes one piece to the client; false when it must take some of it before there is more. */
function writeChunk(flight: Flight, chunk: Buffer, rules: RelayRules): boolean {
  flight.bytesOut += chunk.length
  extendDeadline(flight, rules)
  return flight.res.write(chunk)
}

/** While the client is the slow one, the upstream's silence is of our making. */
function whenTaken(flight: Flight, rules: RelayRules, goOn: () => void): void {
  waitForClient(flight)
  flight.res.once('drain', () => {
    flight.clientBlockedSince = 0
    extendDeadline(flight, rules)
    goOn()
  })
}

function extendDeadline(flight: Flight, { upstreamIdleTimeout }: RelayRules): void {
  if (upstreamIdleTimeout !== 0) flight.deadline = performance.now() + upstreamIdleTimeout
}

function endResponse(flight: Flight, response: IncomingMessage): void {
  const { res } = flight
  if (res.destroyed || res.writableEnded) return
  const trailers =
    response.rawTrailers.length > 0 ? relayedTrailers(response.rawTrailers) : undefined
  if (trailers !== undefined && res.chunkedEncoding) res.addTrailers(trailers)
  waitForClient(flight)
  res.end()
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
