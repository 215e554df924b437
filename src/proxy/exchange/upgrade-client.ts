import type { Socket } from 'node:net'
import type { UpgradeClient } from './client.js'

/** What a client may send before its upgrade is opened, in bytes. */
const MAX_EARLY_BYTES = 65_536

/**
 * Keeps what a client sends while its upgrade is being asked for. A client that ends its side
 * without having sent anything has left; one that sent something has only finished speaking.
 */
export function keepEarlyBytes(socket: Socket, head: Buffer, onLetGo: () => void): UpgradeClient {
  const client: UpgradeClient = {
    socket,
    head,
    early: head.length > 0 ? [head] : [],
    hasEnded: false,
    letGo() {
      onLetGo()
      for (const event of ['drain', 'data', 'end']) socket.removeAllListeners(event)
    },
  }
  let size = head.length
  socket.on('data', (chunk: Buffer) => {
    client.early.push(chunk)
    size += chunk.length
    if (size > MAX_EARLY_BYTES) socket.pause()
  })
  socket.on('end', () => {
    if (client.early.length === 0) socket.destroy()
    else client.hasEnded = true
  })
  socket.resume()
  return client
}
