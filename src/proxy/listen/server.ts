import { createServer, IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Handler } from '../exchange/handler.js'
import { Http1Client } from '../exchange/http1-client.js'
import { announcesBody, asksForWebSocket } from '../message/request-head.js'
import { answerClientError, type DropReason } from './client-errors.js'
import { giveBack, plainRequest } from './give-back.js'
import { Http2Sessions } from './http2-sessions.js'

/** What the listening side needs to know of the settings. Times in milliseconds. */
export interface ServerRules {
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly maxConnections: number
  /** Bytes of a request head, request line included, before 431. */
  readonly maxHeaderSize: number
  /** For a TLS listener. */
  readonly tls: Certificate | undefined
}

/** PEM texts of a certificate chain and its key. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** What the listening side tells of itself. */
export interface ServerEvents {
  /** A connection was ended by us for a reason of its own making. */
  readonly onDropped: (reason: DropReason) => void
}

/** How often Node looks for requests that take too long: what those limits may come late by. */
const CHECK_INTERVAL_MS = 1_000

/** The listening side of the proxy. */
export interface ProxyServer {
  /** Listens, and stops listening. */
  readonly server: Server
  /** New handshakes use this certificate; nothing to do without TLS. Throws when it is unfit. */
  useCertificate(certificate: Certificate): void
  /** Tells HTTP/2 clients to open no more streams here. */
  drain(): void
  /** Closes connections on which nothing is under way. */
  closeIdle(): void
  /** Closes every connection. */
  closeAll(): void
}

/** The HTTP server in front of a handler: strict parser, every limit set, every error answered. */
export function createProxyServer(
  rules: ServerRules,
  handler: Handler,
  events: ServerEvents,
): ProxyServer {
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
  const proxyServer =
    rules.tls === undefined
      ? plainServer(createServer(options), handler)
      : tlsServer(
          createTlsServer({ ...options, ...tlsOptions(rules, rules.tls) }),
          rules,
          handler,
          events,
        )
  const { server } = proxyServer
  // Node drops surplus lines silently; all are read, and counted by our own limit.
  server.maxHeadersCount = 0
  server.maxConnections = rules.maxConnections
  const serve = (req: IncomingMessage, res: ServerResponse) => {
    const client = new Http1Client(req, res)
    if (req instanceof ClientMessage && req.isUpgradeWithBody) client.endAfter()
    handler.onRequest(client, handler.connections.at(req.socket))
  }
  server.on('request', serve)
  server.on('checkContinue', serve)
  server.on('checkExpectation', serve)
  const arrival = rules.tls === undefined ? 'connection' : 'secureConnection'
  const serveUpgrade = (req: IncomingMessage, socket: Socket, head: Buffer) => {
    const onError = () => socket.destroy()
    const readOn = (bytes: Buffer) => {
      socket.off('error', onError)
      giveBack(server, arrival, socket, bytes)
    }
    socket.on('error', onError)
    const connection = handler.connections.at(socket)
    const isFree = connection.exchanges.length === 0 && connection.pipelined.length === 0
    const { method, httpVersionMinor, rawHeaders } = req
    if (method !== 'CONNECT' && !asksForWebSocket(method, httpVersionMinor, rawHeaders)) {
      const readAgain = () => {
        connection.whenIdle = undefined
        readOn(plainRequest(req, head))
      }
      // Its server would not find the turn of a response behind those that are still to come.
      if (isFree) readAgain()
      else connection.whenIdle = readAgain
    } else if (isFree) handler.onUpgrade(Http1Client.ofUpgrade(req, socket, head, readOn), socket)
    // Node has let go of the connection: behind responses that are still to come there is no answer.
    else socket.destroy()
  }
  server.on('upgrade', (req, socket, head) => serveUpgrade(req, socket as Socket, head))
  // A CONNECT is refused; nothing behind it is read.
  server.on('connect', (req, socket) => serveUpgrade(req, socket as Socket, Buffer.alloc(0)))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { connections, rules } = handler
    answerClientError(error, socket as Socket, connections, rules, events.onDropped)
  })
  server.on('drop', () => events.onDropped('max-connections'))
  return proxyServer
}

function plainServer(server: Server, handler: Handler): ProxyServer {
  server.on('connection', (socket: Socket) => handler.connections.at(socket))
  return {
    server,
    useCertificate: () => undefined,
    drain: () => undefined,
    closeIdle: () => server.closeIdleConnections(),
    closeAll: () => server.closeAllConnections(),
  }
}

function tlsOptions({ headersTimeout }: ServerRules, certificate: Certificate) {
  return {
    ...certificate,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: headersTimeout,
  } as const
}

/**
 * Serves HTTP/1.1 as the plain server does, with all its limits, and hands on what agreed on
 * HTTP/2. Node's own server for both would leave HTTP/1.1 with fixed limits.
 */
function tlsServer(
  server: TlsServer,
  rules: ServerRules,
  handler: Handler,
  { onDropped }: ServerEvents,
): ProxyServer {
  const sessions = new Http2Sessions(rules, handler, onDropped)
  const [serveHttp1] = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol === 'h2') {
      sessions.take(socket)
      return
    }
    handler.connections.at(socket)
    serveHttp1?.call(server, socket)
  })
  return {
    server,
    useCertificate: certificate => server.setSecureContext(tlsOptions(rules, certificate)),
    drain: () => sessions.drain(),
    closeIdle: () => server.closeIdleConnections(),
    closeAll: () => {
      sessions.cut()
      server.closeAllConnections()
    },
  }
}

const asked = Symbol('asked')

/**
 * Node hands over the connection of any request with an `Upgrade` line. What asks for no WebSocket goes
 * back as an ordinary request; one with a body stays with Node, whose versions differ in what they
 * hand over of it, and its connection ends with it: the parser throws away what came behind.
 */
class ClientMessage extends IncomingMessage {
  // Declared only: a field of its own would be set anew after the constructor that sets it.
  declare private [asked]: boolean | undefined

  get upgrade(): boolean {
    if (this[asked] !== true) return false
    return this.method === 'CONNECT' || !announcesBody(this.rawHeaders)
  }

  /** Whether bytes behind it may be lost. */
  get isUpgradeWithBody(): boolean {
    return this[asked] === true && !this.upgrade
  }

  set upgrade(isAsked: boolean) {
    this[asked] = isAsked
  }
}
