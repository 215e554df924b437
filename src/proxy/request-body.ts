import type { ClientRequest } from 'node:http'
import type { Flight } from './flight.js'
import { relayedTrailers } from './upstream-response.js'

/** What relaying a request body needs to know of the settings. */
export interface RequestBodyRules {
  readonly maxBodySize: number | undefined
  readonly upstreamTimeout: number
}

/**
 * Relays a request body to the upstream as it comes, with back-pressure, and its trailers at the
 * end. `onTooLarge` is called once when a body without a declared length outgrows the cap.
 */
export class RequestBodyRelay {
  private readonly flight: Flight
  private readonly request: ClientRequest
  private readonly rules: RequestBodyRules
  private readonly onTooLarge: () => void

  constructor(
    flight: Flight,
    request: ClientRequest,
    rules: RequestBodyRules,
    onTooLarge: () => void,
  ) {
    this.flight = flight
    this.request = request
    this.rules = rules
    this.onTooLarge = onTooLarge
  }

  start(): void {
    const { flight, request } = this
    const { req } = flight
    flight.requestWaitsSince = performance.now()
    setImmediate(() => this.sendHead())
    req.on('data', (chunk: Buffer) => this.relay(chunk))
    req.on('end', () => this.finish())
    request.on('drain', () => this.drained())
    // Without the upstream there is nobody to relay to: the rest is read and dropped.
    request.on('close', () => req.resume())
  }

  /** A head whose body is slow to come goes ahead: the upstream may answer it as it is. */
  private sendHead(): void {
    const { flight, request } = this
    if (flight.bytesIn === 0 && !request.destroyed && !request.writableEnded) request.flushHeaders()
  }

  private relay(chunk: Buffer): void {
    const { flight, request, rules } = this
    flight.bytesIn += chunk.length
    if (rules.maxBodySize !== undefined && flight.bytesIn > rules.maxBodySize) {
      flight.req.removeAllListeners('data')
      this.onTooLarge()
      return
    }
    if (request.destroyed) return
    if (request.write(chunk)) {
      this.awaitClient()
      return
    }
    flight.req.pause()
    this.awaitUpstream()
  }

  private drained(): void {
    this.awaitClient()
    this.flight.req.resume()
  }

  private finish(): void {
    const { flight, request } = this
    this.awaitUpstream()
    if (request.destroyed) return
    const { rawTrailers } = flight.req
    const trailers = rawTrailers.length > 0 ? relayedTrailers(rawTrailers) : undefined
    if (trailers !== undefined && request.chunkedEncoding) request.addTrailers(trailers)
    request.end()
  }

  /** The next byte is the client's to send: its limit runs, and the upstream's does not. */
  private awaitClient(): void {
    const { flight } = this
    flight.requestWaitsSince = performance.now()
    if (flight.phase === 'waiting') flight.deadline = 0
  }

  /** Now the upstream is the slow one. */
  private awaitUpstream(): void {
    const { flight, rules } = this
    flight.requestWaitsSince = 0
    if (flight.phase === 'waiting') flight.deadline = performance.now() + rules.upstreamTimeout
  }
}
