import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Handler } from '../exchange/handler.js'
import { linger } from '../exchange/lingering-close.js'
import type { OwnReply } from '../exchange/own-reply.js'
import type { DropReason } from './server.js'

/**
 * Answers bytes that are no HTTP request, or that come too slowly. A request that Node's parser
 * rejects has no `Origin` yet, so its answer can carry no CORS fields; one that broke off in its
 * body is answered like any other.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  handler: Handler,
  onDropped: (reason: DropReason) => void,
): void {
  const connection = handler.connectionOf(socket)
  if (connection.isClosing) {
    // With our side ended, what is still read is thrown away.
    if (!socket.writableEnded) socket.destroy()
    return
  }
  connection.isClosing = true
  if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    socket.destroy()
    return
  }
  const { reply, reason } = replyTo(error)
  onDropped(reason)
  for (const flight of connection.flights) {
    if (!flight.req.complete) {
      handler.failRequest(flight, reply)
      return
    }
  }
  if (connection.flights.length > 0) connection.whenIdle = () => writeRaw(socket, reply)
  else if (socket.bytesRead === 0) socket.destroy()
  else writeRaw(socket, reply)
}

function replyTo(error: NodeJS.ErrnoException): {
  readonly reply: OwnReply
  readonly reason: DropReason
} {
  if (error.code === 'HPE_HEADER_OVERFLOW') return { reply: tooLarge, reason: 'header-overflow' }
  if (error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return { reply: chunkExtensions, reason: 'header-overflow' }
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return { reply: tooSlow, reason: 'timeout' }
  return { reply: badRequest, reason: 'bad-request' }
}

/** Written past Node's response objects: there is no request that one could belong to. */
function writeRaw(socket: Socket, { status, error, message }: OwnReply): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = `${JSON.stringify({ error, message })}\n`
  socket.write(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      'Content-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      'Cache-Control: no-store\r\n' +
      'Connection: close\r\n\r\n' +
      body,
  )
  linger(socket)
}

const badRequest: OwnReply = {
  status: 400,
  error: 'bad-request',
  message: 'These bytes are not a valid HTTP/1.1 request.',
}

const tooLarge: OwnReply = {
  status: 431,
  error: 'header-too-large',
  message: 'The request head is larger than this server accepts.',
}

const chunkExtensions: OwnReply = {
  status: 413,
  error: 'chunk-extensions-too-large',
  message: 'The chunk extensions of the request body are too large.',
}

const tooSlow: OwnReply = {
  status: 408,
  error: 'request-timeout',
  message: 'The request did not arrive in time.',
}
