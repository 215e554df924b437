import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

export interface WsEcho {
  readonly url: string
  /** Sockets that are open on its side. */
  readonly open: number
  /** Resolves once none is; its side may learn of an end after the client has. */
  empty(): Promise<void>
  close(): Promise<void>
}

/** A WebSocket server from a package: sends every message back, text as text, bytes as bytes. */
export async function startWsEcho(): Promise<WsEcho> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', socket => {
    socket.on('message', (data, binary) => socket.send(data, { binary }))
  })
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return server.clients.size
    },
    async empty() {
      for (const socket of server.clients) await once(socket, 'close')
    },
    close() {
      for (const socket of server.clients) socket.terminate()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
