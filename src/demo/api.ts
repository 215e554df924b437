// The API of the demo: an ordinary one, written before anybody called it from another origin.
// It sends no CORS header at all and knows no OPTIONS, like the APIs that the sidecar is put before.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

const token = 'demo-token'
const webSocketMagic = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

interface Book {
  id: number
  title: string
  price: number
}

/** Answers one request as the demo's API does. Each call of the outer function has its own books. */
export function demoApi(): (request: IncomingMessage, response: ServerResponse) => void {
  const books: Book[] = [
    { id: 1, title: 'The Preflight Papers', price: 12 },
    { id: 2, title: 'Same Origin Stories', price: 9 },
    { id: 3, title: 'Vary, and Other Small Words', price: 15 },
  ]

  return (request, response) => {
    const path = new URL(request.url ?? '/', 'http://api.invalid').pathname
    const route = `${request.method} ${path}`
    const book = books.find(({ id }) => path === `/books/${id}`)

    if (route === 'GET /books') {
      reply(response, 200, books, { 'x-total-count': String(books.length) })
    } else if (request.method === 'GET' && book) {
      reply(response, 200, book)
    } else if (request.method === 'PUT' && book) {
      changePrice(request, response, book)
    } else if (route === 'POST /session') {
      reply(response, 200, { hello: 'Ada' }, { 'set-cookie': cookie })
    } else if (route === 'GET /session') {
      const known = request.headers.cookie?.includes('demo-session=ada')
      if (known) reply(response, 200, { user: 'Ada' })
      else reply(response, 401, { error: 'Not signed in: the request had no cookie.' })
    } else if (request.method === 'OPTIONS') {
      reply(response, 405, { error: 'This API does not know OPTIONS.' })
    } else {
      reply(response, 404, { error: `There is nothing at ${path}.` })
    }
  }
}

const cookie = 'demo-session=ada; Path=/; HttpOnly; SameSite=Lax'

function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

function changePrice(request: IncomingMessage, response: ServerResponse, book: Book): void {
  if (request.headers.authorization !== `Bearer ${token}`) {
    reply(response, 401, { error: 'The Authorization header is missing or wrong.' })
    return
  }
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (piece: string) => {
    // A demo needs no long bodies; the rest of one that is too long is read and dropped.
    if (text.length < 1024) text += piece
  })
  request.on('end', () => {
    const price = Number(/"price"\s*:\s*(\d{1,6})\b/.exec(text)?.[1])
    if (Number.isNaN(price)) {
      reply(response, 400, { error: 'Send {"price": 14}.' })
      return
    }
    book.price = price
    reply(response, 200, book)
  })
}

/** Accepts a WebSocket from anybody, whatever its Origin, and sends every short text back. */
export function demoWebSocket(request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy())
  const key = request.headers['sec-websocket-key']
  if (!key || request.headers.upgrade?.toLowerCase() !== 'websocket') {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    return
  }
  const accept = createHash('sha1').update(key).update(webSocketMagic).digest('base64')
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  let received = Buffer.alloc(0)
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece])
    for (;;) {
      const frame = firstFrame(received)
      if (frame === 'incomplete') return
      if (frame === 'unsupported') {
        socket.end(Buffer.from([0x88, 0x02, 0x03, 0xeb]))
        return
      }
      received = received.subarray(frame.length)
      if (frame.opcode === 0x8) {
        socket.end(Buffer.from([0x88, 0x00]))
        return
      }
      if (frame.opcode === 0x1) socket.write(textFrame(frame.payload))
    }
  })
}

/** The first whole frame: masked, unfragmented and under 126 bytes, which is all a demo sends. */
function firstFrame(
  bytes: Buffer,
): { opcode: number; payload: Buffer; length: number } | 'incomplete' | 'unsupported' {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return 'incomplete'
  const size = second & 0x7f
  const isWholeMessage = (first & 0x80) !== 0
  const isMasked = (second & 0x80) !== 0
  if (!isWholeMessage || !isMasked || size > 125) return 'unsupported'
  const length = 6 + size
  if (bytes.length < length) return 'incomplete'
  const mask = bytes.subarray(2, 6)
  const payload = Buffer.from(bytes.subarray(6, length))
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] ?? 0)
  return { opcode: first & 0x0f, payload, length }
}

function textFrame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x81, payload.length]), payload])
}
