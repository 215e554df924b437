// The load: wrk where Debian has it, else a small generator of our own.
import { execFile, execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What to ask for, again and again, over connections that are kept. */
export interface Load {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly seconds: number
}

export interface LoadResult {
  readonly requests: number
  readonly errors: number
}

const hasWrk = (() => {
  try {
    execFileSync('wrk', ['-v'], { stdio: 'ignore' })
    return true
  } catch (error) {
    // wrk -v prints its version and exits with 1.
    return (error as { status?: number }).status === 1
  }
})()

export const generator: string = hasWrk ? 'wrk -t1' : 'own'

/** Closed loop: each connection sends its next request when its answer is in. */
export function runLoad(load: Load, scratch: string): Promise<LoadResult> {
  // wrk knows whole seconds only.
  return hasWrk && Number.isInteger(load.seconds) ? runWrk(load, scratch) : runOwn(load)
}

async function runWrk(load: Load, scratch: string): Promise<LoadResult> {
  const { port, path, method = 'GET', headers, connections, seconds } = load
  const script = join(scratch, 'load.lua')
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers["${name}"] = "${value}"`,
  )
  writeFileSync(script, [`wrk.method = "${method}"`, ...lines, ''].join('\n'))
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    script,
    `http://127.0.0.1:${port}${path}`,
  ])
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? 0)
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(
    stdout,
  )
  const socketErrors = sockets?.slice(1).reduce((sum, count) => sum + Number(count), 0) ?? 0
  return {
    requests: number(/(\d+) requests in/),
    errors: number(/Non-2xx or 3xx responses: (\d+)/) + socketErrors,
  }
}

function runOwn(load: Load): Promise<LoadResult> {
  const bytes = Buffer.from(requestText(load))
  const counts = { requests: 0, errors: 0 }
  const sockets: Socket[] = []
  for (let n = 0; n < load.connections; n++) sockets.push(ask(load.port, bytes, counts))
  return new Promise(resolve => {
    setTimeout(() => {
      for (const socket of sockets) socket.destroy()
      resolve(counts)
    }, load.seconds * 1_000)
  })
}

/** The bytes of one request. */
export function requestText({
  port,
  path,
  method = 'GET',
  headers,
}: Omit<Load, 'connections' | 'seconds'>): string {
  const fields = Object.entries({ Host: `127.0.0.1:${port}`, ...headers })
  return `${method} ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

function ask(port: number, bytes: Buffer, counts: { requests: number; errors: number }): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const answers = new AnswerReader((status: number) => {
    counts.requests++
    if (status >= 400) counts.errors++
    socket.write(bytes)
  })
  socket.on('connect', () => socket.write(bytes))
  socket.on('data', chunk => answers.read(chunk))
  socket.on('error', () => {
    counts.errors++
  })
  return socket
}

/** Finds the ends of the answers on one connection. */
export class AnswerReader {
  private head = ''
  private left = -1
  private isChunked = false
  private status = 0
  private readonly onAnswer: (status: number) => void

  constructor(onAnswer: (status: number) => void) {
    this.onAnswer = onAnswer
  }

  read(chunk: Buffer): void {
    if (this.left > 0) {
      this.left -= chunk.length
      if (this.left <= 0) this.end()
      return
    }
    this.head += chunk.toString('latin1')
    if (this.isChunked) {
      if (this.head.endsWith('0\r\n\r\n')) this.end()
      else this.head = this.head.slice(-5)
      return
    }
    const end = this.head.indexOf('\r\n\r\n')
    if (end === -1) return
    this.status = Number(this.head.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.head)
    this.isChunked = /\r\ntransfer-encoding: *chunked/i.test(this.head)
    if (this.isChunked) {
      if (this.head.endsWith('0\r\n\r\n')) this.end()
      return
    }
    this.left = Number(length?.[1] ?? 0) - (this.head.length - end - 4)
    if (this.left <= 0) this.end()
  }

  private end(): void {
    this.head = ''
    this.left = -1
    this.isChunked = false
    this.onAnswer(this.status)
  }
}
