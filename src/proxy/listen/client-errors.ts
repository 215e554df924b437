import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { isToken } from '../../terms/token.js'
import type { ActiveExchange } from '../exchange/active-exchange.js'
import type { ClientConnections } from '../exchange/client-connections.js'
import { failRequest } from '../exchange/failing.js'
import { linger } from '../exchange/lingering-close.js'
import { headText } from '../message/head-text.js'
import { type Reply, replies, unknownMethod } from '../message/replies.js'
import { MAX_TARGET_LENGTH } from '../message/request-target.js'
import { type ResponseRules, withSetFields } from '../message/upstream-response.js'

/** Why a connection was ended by us. */
export type DropReason = 'max-connections' | 'bad-request' | 'header-overflow' | 'timeout' | 'flood'

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

function replyTo(error: ParserError): {
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
  const method = error.code === 'HPE_INVALID_METHOD' ? methodOf(error) : undefined
  const reply = method === undefined ? replies.badRequest : unknownMethod(method)
  return { reply, reason: 'bad-request' }
}

/** The method of a request line that Node's parser stopped in; undefined where there is no such line. */
function methodOf({ rawPacket, bytesParsed }: ParserError): string | undefined {
  if (rawPacket === undefined || bytesParsed === undefined) return undefined
  const start = rawPacket.lastIndexOf(LF, Math.max(bytesParsed - 1, 0)) + 1
  const line = rawPacket.subarray(start, start + longestLine).toString('latin1')
  const [, method] = /^(\S+) \S+ HTTP\/1\.[01]\r?\n/u.exec(line) ?? []
  return method !== undefined && isToken(method) ? method : undefined
}

/** What Node adds to an error of its parser. */
interface ParserError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

const LF = 0x0a
const longestLine = MAX_TARGET_LENGTH + 256

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
