// An upstream without a word of CORS, unless a request asks it to play one that has some.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Play {
  readonly status: number
  readonly headers: readonly (readonly [string, string | string[]])[]
  /** Whether the connection breaks behind the head. */
  readonly cut: boolean
}

export interface PlainUpstream {
  readonly port: number
  close(): void
}

/** Answers as the `X-Play` of a request says, and tells with `X-Handled` which Origin it saw. */
export async function startPlainUpstream(): Promise<PlainUpstream> {
  const server = createServer((request, response) => {
    const { status, headers, cut } = playOf(request)
    for (const [name, value] of headers) response.setHeader(name, value)
    response.setHeader('X-Handled', request.headers.origin ?? 'none')
    if (cut) {
      response.writeHead(status, { 'Content-Length': 100 })
      response.write('part', () => response.socket?.resetAndDestroy())
      return
    }
    response.writeHead(status)
    response.end()
  })
  server.on('upgrade', (request, socket) => {
    const handled = request.headers.origin ?? 'none'
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => undefined)
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\nX-Handled: ${handled}\r\n\r\n`,
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function playOf({ headers }: IncomingMessage): Play {
  const text = headers['x-play']
  return typeof text === 'string'
    ? JSON.parse(decodeURIComponent(text))
    : { status: 200, headers: [], cut: false }
}
