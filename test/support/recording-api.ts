// The API that recipes and examples are put in front of: it answers anything, and remembers what
// it was asked. Of CORS it knows nothing unless told.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

export interface RecordingApi {
  readonly port: number
  readonly requests: readonly { method: string; url: string; headers: IncomingMessage['headers'] }[]
  /** WebSockets that were opened. */
  readonly sockets: number
  close(): Promise<void>
}

export async function startRecordingApi(
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<RecordingApi> {
  const requests: RecordingApi['requests'][number][] = []
  let sockets = 0
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request
    requests.push({ method, url, headers: request.headers })
    response.writeHead(200, { 'Content-Type': 'application/json', ...headers })
    response.end(JSON.stringify({ port, method, url }))
  })
  const echo = new WebSocketServer({ server })
  echo.on('connection', socket => {
    sockets += 1
    socket.on('message', data => socket.send(String(data)))
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get sockets() {
      return sockets
    },
    close() {
      for (const socket of echo.clients) socket.terminate()
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
