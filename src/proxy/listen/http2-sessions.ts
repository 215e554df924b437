import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Handler } from '../exchange/handler.js'
import { Http2Client } from '../exchange/http2-client.js'

/** What HTTP/2 connections need to know of the settings. Times in milliseconds. */
export interface Http2Rules {
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  /** Bytes of a request head. */
  readonly maxHeaderSize: number
}

/** Streams at once on one connection; browsers open about a hundred. */
const STREAM_LIMIT = 128
/** Name/value pairs of a head that Node takes apart; fewer are judged by our own limit. */
const PAIR_LIMIT = 2_000
/** Bytes of an upload that may be on their way: one round trip's worth on a fast line. */
const WINDOW_SIZE = 262_144

/** The HTTP/2 side of a TLS listener: its connections agreed on `h2`, its requests go the same way. */
export class Http2Sessions {
  private readonly rules: Http2Rules
  private readonly handler: Handler
  private readonly server: Http2Server
  private readonly sessions = new Set<ServerHttp2Session>()

  constructor(rules: Http2Rules, handler: Handler) {
    this.rules = rules
    this.handler = handler
    this.server = createServer({
      settings: {
        maxConcurrentStreams: STREAM_LIMIT,
        maxHeaderListSize: rules.maxHeaderSize,
        initialWindowSize: WINDOW_SIZE,
      },
      maxHeaderListPairs: PAIR_LIMIT,
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 50,
    })
  }

  /** Takes over a connection whose TLS handshake has agreed on HTTP/2. */
  take(socket: TLSSocket): void {
    this.server.once('session', session => this.watch(session, socket))
    this.server.emit('connection', socket)
  }

  /** Tells clients to open no more streams; those under way go on. */
  drain(): void {
    for (const session of this.sessions) session.close()
  }

  /** Ends every connection, whatever is under way on it. */
  cut(): void {
    for (const session of this.sessions) session.destroy()
  }

  private watch(session: ServerHttp2Session, socket: TLSSocket): void {
    const { headersTimeout, keepAliveTimeout } = this.rules
    this.sessions.add(session)
    session.on('close', () => this.sessions.delete(session))
    let streams = 0
    // By the count of streams, not by silence: frames that ask for nothing keep no connection open.
    let idle = setTimeout(() => session.close(), headersTimeout)
    session.on('close', () => clearTimeout(idle))
    const connection = this.handler.connections.at(socket)
    const begin = (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      _flags: number,
      rawHeaders: readonly string[],
    ) => {
      streams++
      clearTimeout(idle)
      this.limitRequest(stream)
      if (this.handler.isDraining) session.close()
      const method = headers[':method'] ?? 'GET'
      const target = headers[':path'] ?? ''
      const client = new Http2Client(stream, { method, target, rawHeaders }, socket)
      stream.once('close', () => {
        streams--
        if (streams === 0) idle = setTimeout(() => session.close(), keepAliveTimeout)
      })
      this.handler.begin(client, connection)
    }
    session.on('stream', begin)
  }

  private limitRequest(stream: ServerHttp2Stream): void {
    if (stream.endAfterHeaders || this.rules.requestTimeout === 0) return
    const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), this.rules.requestTimeout)
    const clear = () => clearTimeout(late)
    stream.once('end', clear)
    stream.once('close', clear)
  }
}
