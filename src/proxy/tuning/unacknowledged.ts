import { type FileHandle, open } from 'node:fs/promises'

/**
 * The lines of `/proc/net/tcp` whose send queue is not empty: its length in hexadecimal digits, and
 * behind the timers and the owner the inode of the socket.
 */
const queued =
  /^ *\d+: \S+ \S+ \S+ (?!00000000)([0-9A-F]{8}):[0-9A-F]{8} \S+ \S+ +\d+ +\d+ (\d+) /gm

const tables = process.platform === 'linux' ? ['/proc/self/net/tcp', '/proc/self/net/tcp6'] : []
/** More than the kernel gives at once. */
const READ_SIZE = 16_384

/**
 * How many bytes the kernel holds of each TCP connection that the other side has not acknowledged,
 * by the inode of its socket. Those of which it holds none are left out, and so is everything where
 * the kernel does not tell.
 */
export async function readUnacknowledged(): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>()
  for (const path of tables) {
    let file: FileHandle | undefined
    try {
      file = await open(path)
      await readTable(file, found)
    } catch {
      // Without it, what the kernel took has to stand for what the client took.
    } finally {
      await file?.close()
    }
  }
  return found
}

/** Piece by piece: with many connections the table is megabytes long. */
async function readTable(file: FileHandle, found: Map<number, number>): Promise<void> {
  const piece = Buffer.allocUnsafe(READ_SIZE)
  let rest = ''
  for (;;) {
    const { bytesRead } = await file.read(piece, 0, READ_SIZE)
    if (bytesRead === 0) return
    const text = rest + piece.toString('latin1', 0, bytesRead)
    const end = text.lastIndexOf('\n') + 1
    rest = text.slice(end)
    for (const [, length = '', inode] of text.slice(0, end).matchAll(queued)) {
      found.set(Number(inode), Number.parseInt(length, 16))
    }
  }
}
