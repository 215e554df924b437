import { fstatSync, writeSync } from 'node:fs'
import { codeOf } from '../terms/error-code.js'

/** Where finished log lines go. Neither method ever throws, blocks or keeps more than its limit. */
export interface LogDestination {
  /**
   * Takes one whole line, its newline included, or drops and counts it. `bytes` is its size, for
   * those who know it.
   */
  write(line: string, bytes?: number): void
  /** Resolves when what was taken is written or lost, and after `maxMs` in any case. */
  flush(maxMs: number): Promise<void>
}

/** Puts bytes out piece by piece. */
export interface PieceWriter {
  /** Bytes that are best written at once. A longer line is still one piece. */
  readonly pieceSize: number
  /** Says, now or later, whether it worked; until then the piece is not to be changed. */
  write(piece: Uint8Array, done: (isWritten: boolean) => void): void
}

export interface LogDestinationOptions {
  readonly writer: PieceWriter
  /** Bytes kept while the reader is slow. */
  readonly limit?: number
  /** Told the number of lines that were dropped, as they are. */
  readonly onDropped: (lines: number) => void
}

/** A pipe takes this many bytes whole or not at all, so that lines of several workers never mix. */
const pipePieceSize = 4096
/** A file takes any piece whole, and each system call costs more than many lines. */
const filePieceSize = 16384
const retryMs = 50

/** Lines that go out together. */
interface Piece {
  readonly bytes: Buffer
  readonly used: number
  readonly lines: number
}

/**
 * Queues lines for a writer that may be slow, stuck or gone. Lines of one turn of the event loop go
 * out together, cut into pieces that are never mixed up. Past the limit new lines are dropped; the
 * next one that is taken carries their number as `linesDropped`. Why not pino's own destination:
 * docs/decisions/0011-log-lines-are-dropped.md.
 */
export function createLogDestination(options: LogDestinationOptions): LogDestination {
  const { writer, limit = 1024 * 1024, onDropped } = options
  const queue: Piece[] = []
  /** Lines that still take others: text is put together, and turned into bytes, once for many. */
  let text = ''
  let textBytes = 0
  let textLines = 0
  let spare: Buffer | undefined
  let queuedBytes = 0
  let droppedLines = 0
  let isWriting = false
  let isScheduled = false
  let waiting: (() => void)[] = []

  const drop = (lines: number) => {
    droppedLines += lines
    onDropped(lines)
  }

  const sealText = () => {
    const isUsual = textBytes <= writer.pieceSize
    const bytes =
      (isUsual ? spare : undefined) ??
      Buffer.allocUnsafeSlow(isUsual ? writer.pieceSize : textBytes)
    if (isUsual) spare = undefined
    queue.push({ bytes, used: bytes.write(text), lines: textLines })
    text = ''
    textBytes = 0
    textLines = 0
  }

  const append = (line: string, bytes: number) => {
    if (textLines > 0 && textBytes + bytes > writer.pieceSize) sealText()
    text += line
    textBytes += bytes
    textLines++
    queuedBytes += bytes
  }

  const writeNext = () => {
    isScheduled = false
    if (isWriting) return
    if (queue.length === 0 && textLines > 0) sealText()
    const piece = queue.shift()
    if (piece === undefined) {
      for (const resolve of waiting) resolve()
      waiting = []
      return
    }
    const { bytes, used, lines } = piece
    isWriting = true
    writer.write(bytes.subarray(0, used), isWritten => {
      isWriting = false
      queuedBytes -= used
      if (bytes.length === writer.pieceSize) spare = bytes
      if (!isWritten) drop(lines)
      writeNext()
    })
  }

  return {
    write(line, bytes = Buffer.byteLength(line)) {
      if (queuedBytes + bytes > limit) {
        drop(1)
        return
      }
      if (droppedLines > 0 && line.endsWith('}\n')) {
        const told = `,"linesDropped":${droppedLines}}\n`
        append(line.slice(0, -2) + told, bytes - 2 + told.length)
        droppedLines = 0
      } else append(line, bytes)
      if (!isScheduled && !isWriting) {
        isScheduled = true
        setImmediate(writeNext).unref()
      }
    },
    flush(maxMs) {
      if (!isWriting && queue.length === 0 && textLines === 0) return Promise.resolve()
      return new Promise(resolve => {
        const timer = setTimeout(resolve, maxMs)
        waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
        writeNext()
      })
    },
  }
}

/**
 * Standard output that neither blocks nor throws. Node's own stream does for pipes and sockets
 * only: for a file or a device it writes synchronously and throws when the disk is full.
 */
export function standardOutput(): PieceWriter {
  const file = fstatSync(1)
  if (!file.isFIFO() && !file.isSocket()) return { pieceSize: filePieceSize, write: writeToFile }
  let isClosed = false
  // The reader went away (EPIPE). Logging ends with it; serving does not.
  process.stdout.on('error', () => {
    isClosed = true
  })
  return {
    pieceSize: pipePieceSize,
    write(piece, done) {
      if (isClosed) done(false)
      else process.stdout.write(piece, error => done(!error))
    },
  }
}

const writeToFile: PieceWriter['write'] = (piece, done) => {
  let written = 0
  const writeRest = () => {
    try {
      while (written < piece.length) written += writeSync(1, piece, written)
    } catch (error) {
      // A terminal that another program made non-blocking says "later"; everything else is lost.
      if (codeOf(error) === 'EAGAIN') setTimeout(writeRest, retryMs).unref()
      else done(false)
      return
    }
    done(true)
  }
  writeRest()
}
