import type { IncomingMessage } from 'node:http'
import { constants, type Http2ServerRequest } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Whether a request came over HTTP/2. Told by its kind, never by its version: an HTTP/1 request
 * line may claim any.
 */
export function isHttp2(req: unknown): req is Http2ServerRequest {
  // Read and not looked for with `in`, which walks the whole chain of prototypes each time.
  return typeof req === 'object' && (req as { stream?: unknown } | null)?.stream !== undefined
}

/** What carries a request: its connection, or its stream in HTTP/2. It closes with the exchange. */
export function carrierOf(req: IncomingMessage): Duplex {
  return isHttp2(req) ? req.stream : req.socket
}

/**
 * Ends what carries a request, so that its client sees the break. In HTTP/2 only an error does,
 * and in HTTP/1.0 only a reset: there a response ends where its stream or connection ends.
 */
export function cutCarrier(req: IncomingMessage): void {
  if (isHttp2(req)) req.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else if (req.httpVersionMinor === 0 && canReset(req.socket)) req.socket.resetAndDestroy()
  else req.socket.destroy()
}

/** Only TCP knows a reset: unix sockets have none, and TLS tells of the break in its own way. */
function canReset(socket: Socket): boolean {
  return socket.remoteAddress !== undefined && !('encrypted' in socket)
}

/**
 * The fields of an HTTP/2 request as HTTP/1.1 writes them (RFC 9113, 8.3.1 and 8.2.3): the
 * authority as `Host`, pseudo-fields left out, cookie crumbs put together again.
 */
export function http1Fields(req: Http2ServerRequest): string[] {
  const raw = req.rawHeaders
  const fields: string[] = []
  const crumbs: string[] = []
  const authority = req.headers[':authority']
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    const value = raw[at + 1] as string
    if (name.startsWith(':')) continue
    if (name === 'cookie') {
      crumbs.push(value)
      continue
    }
    // Said twice alike it is one; said differently, two Host lines, which are refused.
    if (name !== 'host' || value !== authority) fields.push(name, value)
  }
  if (authority !== undefined) fields.push('host', authority)
  if (crumbs.length > 0) fields.push('cookie', crumbs.join('; '))
  return fields
}
