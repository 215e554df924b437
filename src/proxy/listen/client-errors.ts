import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ActiveExchange } from '../exchange/active-exchange.js'
import type { ClientConnections } from '../exchange/client-connections.js'
import { failRequest } from '../exchange/failing.js'
import { linger } from '../exchange/lingering-close.js'
import { headText } from '../message/head-text.js'
import { type Reply, replies } from '../message/replies.js'
import { type ResponseRules, withSetFields } from '../message/upstream-response.js'

/** Why a connection was ended by us. */
export type DropReason = 'max-connections' | 'bad-request' | 'header-overflow' | 'timeout'

/**
 * Answers bytes that are no HTTP request, or that come too slowly. A request that Node's parser
 * rejects has no `Origin` yet, so its answer can carry no CORS fields; one that broke off in its
 * body is answered like any other.
 */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  connections: ClientConnections<ActiveExchange>,
  rules: ResponseRules,
  onDropped: (reason: DropReason) => void,
): void {
  const connection = connections.at(socket)
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
  // Of those that wait, only the last can be the one that broke off.
  const waiting = connection.pipelined.at(-1)
  if (waiting?.hasSentAll === false) connection.pipelined.pop()
  const broken = connection.exchanges.find(({ client }) => !client.hasSentAll)
  if (broken !== undefined) failRequest(broken, reply)
  else if (connection.exchanges.length > 0)
    connection.whenIdle = () => writeRaw(socket, reply, rules)
  else if (socket.bytesRead === 0) socket.destroy()
  else writeRaw(socket, reply, rules)
}

function replyTo(error: NodeJS.ErrnoException): {
  readonly reply: Reply
  readonly reason: DropReason
} {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return { reply: replies.headSize, reason: 'header-overflow' }
  }
  if (error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    return { reply: replies.chunkExtensions, reason: 'header-overflow' }
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { reply: replies.slowRequest, reason: 'timeout' }
  }
  return { reply: replies.badRequest, reason: 'bad-request' }
}

/** Written past Node's response objects: there is no request that one could belong to. */
function writeRaw(socket: Socket, { status, error, message }: Reply, rules: ResponseRules): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = `${JSON.stringify({ error, message })}\n`
  const own = ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store']
  const fields = [
    ...withSetFields(own, rules),
    ...['Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close'],
  ]
  socket.write(headText(`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, fields), 'latin1')
  socket.write(body)
  linger(socket)
}
