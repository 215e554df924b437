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
import { Http2Traffic } from '../exchange/http2-traffic.js'
import { isBackedUp } from '../exchange/socket-handle.js'
import type { DropReason } from './client-errors.js'

/** What HTTP/2 connections need to know of the settings. Times in milliseconds; 0 for no limit. */
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
/** How often sessions without a stream are looked at: what their limits may come late by, twice. */
const LOOK_MS = 400

/** One session, and since when it has carried no stream. Times are monotonic. */
interface Watched {
  readonly session: ServerHttp2Session
  readonly socket: TLSSocket
  readonly traffic: Http2Traffic
  streams: number
  hasServed: boolean
  quietSince: number
  /** The last stream whose head was whole. */
  lastStream: number
  /** Bytes read when the last stream ended, and since when there is more; 0 for never. */
  bytesRead: number
  noisySince: number
  isEnding: boolean
}

/** The HTTP/2 side of a TLS listener: its connections agreed on `h2`, its requests go the same way. */
export class Http2Sessions {
  private readonly rules: Http2Rules
  private readonly handler: Handler
  private readonly onDropped: (reason: DropReason) => void
  private readonly server: Http2Server
  private readonly sessions = new Set<Watched>()
  private timer: NodeJS.Timeout | undefined
  /** What begins the requests whose heads were read in this turn of the event loop. */
  private arrived: (() => void)[] = []

  constructor(rules: Http2Rules, handler: Handler, onDropped: (reason: DropReason) => void) {
    this.rules = rules
    this.handler = handler
    this.onDropped = onDropped
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
    for (const { session } of this.sessions) session.close()
  }

  /** Ends every connection, whatever is under way on it. */
  cut(): void {
    for (const { session } of this.sessions) session.destroy()
  }

  private watch(session: ServerHttp2Session, socket: TLSSocket): void {
    const watched: Watched = {
      session,
      socket,
      traffic: new Http2Traffic(socket),
      streams: 0,
      hasServed: false,
      quietSince: performance.now(),
      lastStream: 0,
      bytesRead: 0,
      noisySince: 0,
      isEnding: false,
    }
    this.sessions.add(watched)
    this.timer ??= setInterval(() => this.lookAtAll(), LOOK_MS).unref()
    session.on('close', () => this.sessions.delete(watched))
    const begin = (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      _flags: number,
      rawHeaders: readonly string[],
    ) => this.serve(watched, stream, headers, rawHeaders)
    session.on('stream', begin)
  }

  private serve(
    watched: Watched,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ): void {
    const { session, socket, traffic } = watched
    watched.streams++
    watched.hasServed = true
    watched.lastStream = stream.id ?? 0
    stream.once('close', () => {
      watched.streams--
      watched.quietSince = performance.now()
      watched.bytesRead = socket.bytesRead
      watched.noisySince = 0
    })
    this.limitRequest(stream)
    if (this.handler.isDraining) session.close()
    const method = headers[':method'] ?? 'GET'
    const target = headers[':path'] ?? ''
    const client = new Http2Client(stream, { method, target, rawHeaders }, socket, traffic)
    this.beginSoon(() => this.handler.begin(client, this.handler.connections.at(socket)))
  }

  /**
   * Begins a request when all that was read with it has been looked at: a reset may be right behind
   * its head, a thousand times over, and each would have cost a connection to the upstream.
   */
  private beginSoon(begin: () => void): void {
    this.arrived.push(begin)
    if (this.arrived.length > 1) return
    setImmediate(() => {
      const { arrived } = this
      this.arrived = []
      for (const each of arrived) each()
    })
  }

  private limitRequest(stream: ServerHttp2Stream): void {
    if (stream.endAfterHeaders || this.rules.requestTimeout === 0) return
    const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), this.rules.requestTimeout)
    const clear = () => clearTimeout(late)
    stream.once('end', clear)
    stream.once('close', clear)
  }

  private lookAtAll(): void {
    const now = performance.now()
    for (const watched of this.sessions) this.look(watched, now)
    if (this.sessions.size > 0) return
    clearInterval(this.timer)
    this.timer = undefined
  }

  /**
   * Ends a session that asks for nothing. By the count of streams, not by silence: frames that ask
   * for nothing keep no connection open, and a head whose end never comes is told by nothing else.
   */
  private look(watched: Watched, now: number): void {
    const { session, socket, traffic } = watched
    if (traffic.isFlood) {
      this.onDropped('flood')
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM)
      session.destroy()
    }
    if (session.destroyed || watched.streams > 0) return
    if (watched.isEnding) {
      // Node waits for the streams of half a head, too, which nobody else knows of.
      if (!isBackedUp(socket)) session.destroy()
      return
    }
    if (watched.noisySince === 0 && isNoisy(watched)) watched.noisySince = now
    const { headersTimeout, keepAliveTimeout } = this.rules
    const quietFor = watched.hasServed ? keepAliveTimeout : headersTimeout
    const isOver =
      isPast(watched.quietSince, quietFor, now) || isPast(watched.noisySince, headersTimeout, now)
    if (!isOver) return
    watched.isEnding = true
    session.close()
  }
}

/** Whether it has sent something that led to no request: some frame, or the begin of a head. */
function isNoisy({ session, socket, bytesRead, lastStream }: Watched): boolean {
  return socket.bytesRead !== bytesRead || (session.state.lastProcStreamID ?? 0) > lastStream
}

function isPast(since: number, ms: number, now: number): boolean {
  return since !== 0 && ms !== 0 && now - since > ms
}
