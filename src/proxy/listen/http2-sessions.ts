import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { Handler } from '../exchange/handler.js'

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

/**
 * The HTTP/2 side of a TLS listener: takes connections that agreed on `h2` and hands their
 * requests to the same handler, through Node's compatibility layer.
 */
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
    const serve = (req: unknown, res: unknown) =>
      handler.onRequest(req as IncomingMessage, res as ServerResponse)
    this.server.on('request', serve)
    this.server.on('checkContinue', serve)
    this.server.on('checkExpectation', serve)
    this.server.on('session', session => this.watch(session))
  }

  /** Takes over a connection whose TLS handshake has agreed on HTTP/2. */
  take(socket: TLSSocket): void {
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

  private watch(session: ServerHttp2Session): void {
    const { headersTimeout, keepAliveTimeout } = this.rules
    this.sessions.add(session)
    session.on('close', () => this.sessions.delete(session))
    let streams = 0
    // By the count of streams, not by silence: frames that ask for nothing keep no connection open.
    let idle = setTimeout(() => session.close(), headersTimeout)
    session.on('close', () => clearTimeout(idle))
    session.on('stream', stream => {
      streams++
      clearTimeout(idle)
      this.limitRequest(stream)
      if (this.handler.isDraining) session.close()
      stream.once('close', () => {
        streams--
        if (streams === 0) idle = setTimeout(() => session.close(), keepAliveTimeout)
      })
    })
  }

  private limitRequest(stream: ServerHttp2Stream): void {
    if (stream.endAfterHeaders) return
    const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), this.rules.requestTimeout)
    const clear = () => clearTimeout(late)
    stream.once('end', clear)
    stream.once('close', clear)
  }
}
