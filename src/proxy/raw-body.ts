import type { IncomingMessage } from 'node:http'

/** From this length on, a body is worth reading past Node's parser, in bytes. */
export const RAW_BODY_SIZE = 4 * 1024 * 1024

/**
 * Hands over the rest of a body of known length as the connection delivers it. Node's parser copies
 * each piece of a body into memory of its own, which doubles what a large one costs; its length
 * being known, nothing in it needs parsing.
 *
 * `onData` gets each piece, never a byte beyond `length`; `onEnd` follows the last one. A
 * connection that ends earlier is told by the response's own `close`. The connection is in use by
 * this body alone afterwards: the caller drops it. False, with nothing changed, when pieces that
 * the parser has already copied are still waiting.
 */
export function readRaw(
  response: IncomingMessage,
  length: number,
  onData: (chunk: Buffer) => void,
  onEnd: () => void,
): boolean {
  const { socket } = response
  if (socket === null || socket.destroyed || response.readableLength > 0) return false
  let left = length
  socket.removeAllListeners('data')
  socket.on('data', (chunk: Buffer) => {
    if (left === 0) return
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk
    left -= part.length
    onData(part)
    if (left === 0) onEnd()
  })
  return true
}
