import { fstatSync, writeSync } from 'node:fs'

/** Where finished log lines go. Neither method ever throws, blocks or keeps more than its limit. */
export interface LogDestination {
  /** Takes one whole line, its newline included, or drops and counts it. */
  write(line: string): void
  /** Resolves when what was taken is written or lost, and after `maxMs` in any case. */
  flush(maxMs: number): Promise<void>
}

/** Puts one piece of text out and says, now or later, whether that worked. */
export type WritePiece = (piece: string, done: (isWritten: boolean) => void) => void

export interface LogDestinationOptions {
  readonly writePiece: WritePiece
  /** Characters kept while the reader is slow. */
  readonly limit?: number
  /** Told the number of lines that were dropped, as they are. */
  readonly onDropped: (lines: number) => void
}

/** A pipe takes this many bytes whole or not at all, so that lines of several workers never mix. */
const pieceLimit = 4096
const retryMs = 50
/** How long lines are gathered before they go out together: a system call costs more than a line. */
const gatherMs = 10

/**
 * Queues lines for a writer that may be slow, stuck or gone. Past the limit new lines are dropped;
 * the next one that is taken carries their number as `linesDropped`.
 */
export function createLogDestination(options: LogDestinationOptions): LogDestination {
  const { writePiece, limit = 1024 * 1024, onDropped } = options
  let queue: string[] = []
  let next = 0
  let queuedLength = 0
  let droppedLines = 0
  let isWriting = false
  let isScheduled = false
  let waiting: (() => void)[] = []

  const drop = (lines: number) => {
    droppedLines += lines
    onDropped(lines)
  }

  const takePiece = () => {
    let piece = ''
    let bytes = 0
    let lines = 0
    while (next < queue.length) {
      const line = queue[next] as string
      bytes += Buffer.byteLength(line)
      if (lines > 0 && bytes > pieceLimit) break
      piece += line
      lines++
      next++
    }
    if (next === queue.length) {
      queue = []
      next = 0
    }
    return { piece, lines }
  }

  const writeNext = () => {
    isScheduled = false
    if (isWriting) return
    if (queue.length === 0) {
      for (const resolve of waiting) resolve()
      waiting = []
      return
    }
    const { piece, lines } = takePiece()
    isWriting = true
    writePiece(piece, isWritten => {
      isWriting = false
      queuedLength -= piece.length
      if (!isWritten) drop(lines)
      writeNext()
    })
  }

  return {
    write(line) {
      if (queuedLength + line.length > limit) {
        drop(1)
        return
      }
      let text = line
      if (droppedLines > 0 && line.endsWith('}\n')) {
        text = `${line.slice(0, -2)},"linesDropped":${droppedLines}}\n`
        droppedLines = 0
      }
      queue.push(text)
      queuedLength += text.length
      if (!isScheduled && !isWriting) {
        isScheduled = true
        setTimeout(writeNext, gatherMs).unref()
      }
    },
    flush(maxMs) {
      if (!isWriting && queue.length === 0) return Promise.resolve()
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
export function standardOutput(): WritePiece {
  const file = fstatSync(1)
  if (!file.isFIFO() && !file.isSocket()) return writeToFile
  let isClosed = false
  // The reader went away (EPIPE). Logging ends with it; serving does not.
  process.stdout.on('error', () => {
    isClosed = true
  })
  return (piece, done) => {
    if (isClosed) done(false)
    else process.stdout.write(piece, error => done(!error))
  }
}

const writeToFile: WritePiece = (piece, done) => {
  const bytes = Buffer.from(piece)
  let written = 0
  const writeRest = () => {
    try {
      while (written < bytes.length) written += writeSync(1, bytes, written)
    } catch (error) {
      // A terminal that another program made non-blocking says "later"; everything else is lost.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') setTimeout(writeRest, retryMs).unref()
      else done(false)
      return
    }
    done(true)
  }
  writeRest()
}
