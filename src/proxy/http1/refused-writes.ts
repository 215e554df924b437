import type { Duplex } from 'node:stream'

type Done = (error?: Error | null) => void

/**
 * Lets a socket be read after its peer refused to take more. A server that turns an upload down
 * answers and closes; the write that fails then would have Node destroy the socket, with the answer
 * unread in the kernel. `onRefused` hears of the first error; what is written after it goes nowhere.
 */
export function surviveRefusedWrites(socket: Duplex, onRefused: (error: Error) => void): void {
  const write = socket._write.bind(socket)
  const writev = socket._writev?.bind(socket)
  let isRefused = false
  let done: Done = () => undefined
  // One for all writes: the next begins when the last is done.
  const settle: Done = error => {
    if (error instanceof Error && !isRefused) {
      isRefused = true
      onRefused(error)
    }
    done()
  }
  socket._write = (piece, encoding, written) => {
    done = written
    if (isRefused) done()
    else write(piece, encoding, settle)
  }
  if (writev === undefined) return
  socket._writev = (pieces, written) => {
    done = written
    if (isRefused) done()
    else writev(pieces, settle)
  }
}
