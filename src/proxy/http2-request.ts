import type { IncomingMessage } from 'node:http'
import { constants, type Http2ServerRequest } from 'node:http2'
import type { Duplex } from 'node:stream'

/**
 * Whether a request came over HTTP/2. Told by its kind, never by its version: an HTTP/1 request
 * line may claim any.
 */
export function isHttp2(req: unknown): req is Http2ServerRequest {
  return typeof req === 'object' && req !== null && 'stream' in req
}

/** What carries a request: its connection, or its stream in HTTP/2. It closes with the exchange. */
export function carrierOf(req: IncomingMessage): Duplex {
  return isHttp2(req) ? req.stream : req.socket
}

/**
 * Ends what carries a request, so that its client sees the break. In HTTP/2 only an error does:
 * a stream that just ends is a response that has come to its end.
 */
export function cutCarrier(req: IncomingMessage): void {
  if (isHttp2(req)) req.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else req.socket.destroy()
}

/**
 * The fields of an HTTP/2 request as HTTP/1.1 writes them (RFC 9113, 8.3.1 and 8.2.3): the
 * authority as `Host`, pseudo-fields left out, cookie crumbs put together again.
 */
export function http1Fields(req: Http2ServerRequest): string[] {
  const raw = req.rawHeaders
  const fields: string[] = []
  const crumbs: string[] = []
  let hasHost = false
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    const value = raw[at + 1] as string
    if (name.startsWith(':')) continue
    if (name === 'cookie') {
      crumbs.push(value)
      continue
    }
    if (name === 'host') hasHost = true
    fields.push(name, value)
  }
  if (!hasHost && req.authority !== '') fields.push('host', req.authority)
  if (crumbs.length > 0) fields.push('cookie', crumbs.join('; '))
  return fields
}
