import { createServer, IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { answerClientError } from './client-errors.js'
import type { Handler } from './handler.js'
import { asksForWebSocket } from './request-head.js'

/** What the listening side needs to know of the settings. Times in milliseconds. */
export interface ServerRules {
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly maxConnections: number
  /** Bytes of a request head, request line included, before 431. */
  readonly maxHeaderSize: number
  /** PEM texts of the certificate chain and its key, for a TLS listener. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
}

/** What the listening side tells of itself. */
export interface ServerEvents {
  /** A connection was ended by us for a reason of its own making. */
  readonly onDropped: (reason: DropReason) => void
}

export type DropReason = 'max-connections' | 'bad-request' | 'header-overflow' | 'timeout'

/** How often Node looks for requests that take too long: what those limits may come late by. */
const CHECK_INTERVAL_MS = 1_000

/** The HTTP server in front of a handler: strict parser, every limit set, every error answered. */
export function createProxyServer(
  rules: ServerRules,
  handler: Handler,
  events: ServerEvents,
): Server {
  const options = {
    IncomingMessage: ClientMessage,
    maxHeaderSize: rules.maxHeaderSize,
    headersTimeout: rules.headersTimeout,
    requestTimeout: rules.requestTimeout,
    keepAliveTimeout: rules.keepAliveTimeout,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    insecureHTTPParser: false,
    // Host is judged by our own rule, which also sees a doubled line.
    requireHostHeader: false,
    noDelay: true,
  }
  const server =
    rules.tls === undefined
      ? createServer(options)
      : createTlsServer({ ...options, ...rules.tls, minVersion: 'TLSv1.2' })
  // Node drops surplus lines silently; all are read, and counted by our own limit.
  server.maxHeadersCount = 0
  server.maxConnections = rules.maxConnections
  const connected = rules.tls === undefined ? 'connection' : 'secureConnection'
  server.on(connected, (socket: Socket) => handler.connectionOf(socket))
  server.on('request', (req, res) => handler.onRequest(req, res))
  server.on('checkContinue', (req, res) => handler.onRequest(req, res))
  server.on('checkExpectation', (req, res) => handler.onRequest(req, res))
  server.on('upgrade', (req, socket, head) => handler.onUpgrade(req, socket as Socket, head))
  server.on('connect', (req, socket) => handler.onConnect(req, socket as Socket))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    answerClientError(error, socket as Socket, handler, events.onDropped)
  })
  server.on('drop', () => events.onDropped('max-connections'))
  return server
}

const asked = Symbol('asked')

/**
 * Node hands over the connection of any request with an `Upgrade` line. Only WebSocket upgrades
 * are taken as such here; `h2c` and the like are ordinary requests, on every version of Node.
 */
class ClientMessage extends IncomingMessage {
  private [asked]: boolean | undefined

  get upgrade(): boolean {
    if (this[asked] !== true) return false
    return this.method === 'CONNECT' || asksForWebSocket(this)
  }

  set upgrade(isAsked: boolean) {
    this[asked] = isAsked
  }
}
