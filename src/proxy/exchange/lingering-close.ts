import type { Socket } from 'node:net'

/** How long a client may still send what it had begun, in milliseconds. */
const LINGER_MS = 2_000

/**
 * Makes the end of this connection a lingering one: our side is closed at once, but what the
 * client is still sending is read and thrown away for a moment. Closing with bytes unread would
 * reset the connection, and the client would lose the reply that says why.
 */
export function lingerOnClose(socket: Socket): void {
  socket.destroySoon = () => linger(socket)
}

/** Ends our side and discards what still arrives, then closes for good. */
export function linger(socket: Socket): void {
  // From here on no parser may read: bytes behind the last request belong to nobody.
  socket.removeAllListeners('data')
  socket.removeAllListeners('end')
  socket.on('data', discard)
  socket.on('end', () => socket.destroy())
  socket.end()
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.once('close', () => clearTimeout(timer))
}

function discard(): void {
  // Read so that the kernel does not answer it with a reset.
}
