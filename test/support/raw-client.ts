// A client that sends exactly the bytes it is given and knows how its connection ended.

import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { createStrictReader, type HttpMessage, type StrictReader, statusOf } from './strict-http.js'

export interface RawClient {
  /** A string is sent as latin1: one character, one byte. */
  write(bytes: string | Buffer): void
  /** Sends FIN; reading goes on. */
  end(): void
  /** Leaves without reading the rest. */
  destroy(): void
  /** Sends RST. */
  reset(): void
  /** Stops reading from the socket, so that its window closes. */
  pause(): void
  resume(): void
  /** Everything received so far. */
  received(): Buffer
  readonly reader: StrictReader
  /** Final responses received whole, interim (1xx) ones left out. */
  responses(): readonly HttpMessage[]
  interim(): readonly HttpMessage[]
  /** Resolves with the nth (from 0) final response once it is whole; rejects when that cannot come. */
  response(n?: number): Promise<HttpMessage>
  /** Resolves with the head of the response being received, or of the first whole one. */
  head(): Promise<HttpMessage>
  /** Resolves once `done` holds; asked after every event of the connection. */
  until<T>(done: () => T | undefined, what: string): Promise<T>
  /** How the peer ended the connection; undefined while it is open. */
  ending(): Ending | undefined
  closed(): Promise<Ending>
  readonly socket: Socket
}

export type Ending = 'fin' | 'reset'

export interface RawClientOptions {
  readonly host?: string
  readonly port: number
  /** The address to call from, such as another one of 127.0.0.0/8. */
  readonly localAddress?: string
  readonly tls?: ConnectionOptions
  /** The method of the nth request, when a HEAD is among them. */
  readonly methodOf?: (index: number) => string
  /** The most that any wait on this connection may take. */
  readonly patienceMs?: number
}

/** Opens a connection; resolves once it is connected. */
export async function openRawClient(options: RawClientOptions): Promise<RawClient> {
  const { host = '127.0.0.1', port, localAddress, patienceMs = 10_000 } = options
  const socket: Socket = options.tls
    ? connectTls({ host, port, ...options.tls })
    : connectTcp({ host, port, ...(localAddress && { localAddress }), allowHalfOpen: true })
  socket.setNoDelay(true)
  const client = readFrom(socket, patienceMs, options.methodOf)
  await new Promise<void>((resolve, reject) => {
    socket.once(options.tls ? 'secureConnect' : 'connect', resolve)
    socket.once('error', reject)
  })
  return client
}

function readFrom(
  socket: Socket,
  patienceMs: number,
  methodOf: ((index: number) => string) | undefined,
): RawClient {
  const received: Buffer[] = []
  const waiting = new Set<() => void>()
  let ending: Ending | undefined
  const reader = createStrictReader({ kind: 'response', ...(methodOf ? { methodOf } : {}) })

  function changed(): void {
    for (const ask of [...waiting]) ask()
  }
  function ended(how: Ending): void {
    if (ending) return
    ending = how
    if (how === 'fin') reader.finish()
    changed()
  }
  socket.on('data', (bytes: Buffer) => {
    received.push(bytes)
    reader.push(bytes)
    changed()
  })
  socket.on('end', () => ended('fin'))
  socket.on('error', () => ended('reset'))
  socket.on('close', () => ended('reset'))

  const finals = () => reader.messages.filter(message => statusOf(message) >= 200)

  function until<T>(done: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => give(new Error(`waited ${patienceMs} ms for ${what}; ${seen()}`)),
        patienceMs,
      )
      function give(result: Error | { value: T }): void {
        clearTimeout(timer)
        waiting.delete(ask)
        if (result instanceof Error) reject(result)
        else resolve(result.value)
      }
      function ask(): void {
        try {
          const value = done()
          if (value !== undefined) give({ value })
        } catch (error) {
          give(error as Error)
        }
      }
      waiting.add(ask)
      ask()
    })
  }
  function seen(): string {
    const bytes = Buffer.concat(received)
    const text = JSON.stringify(bytes.toString('latin1', 0, 300))
    return `seen ${bytes.length} bytes ${text}, connection ${ending ?? 'open'}`
  }
  /** Fails a wait that can no longer be fulfilled. */
  function hopeless(what: string): undefined {
    if (reader.problem) throw new Error(`${what}: not valid HTTP: ${reader.problem}; ${seen()}`)
    if (ending) throw new Error(`${what}: the connection ended; ${seen()}`)
    return undefined
  }

  return {
    socket,
    reader,
    write: bytes => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
    end: () => socket.end(),
    destroy: () => socket.destroy(),
    reset: () => socket.resetAndDestroy(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    received: () => Buffer.concat(received),
    responses: finals,
    interim: () => reader.messages.filter(message => statusOf(message) < 200),
    response: (n = 0) => until(() => finals()[n] ?? hopeless(`response ${n}`), `response ${n}`),
    head: () =>
      until(() => finals()[0] ?? reader.partial ?? hopeless('a response head'), 'a response head'),
    until,
    ending: () => ending,
    closed: () => until(() => ending, 'the connection to end'),
  }
}

/** Sends these bytes over a connection of their own and resolves with the first final response. */
export async function exchange(
  port: number,
  bytes: string,
  options: Omit<RawClientOptions, 'port'> = {},
): Promise<HttpMessage> {
  const method = bytes.slice(0, bytes.indexOf(' '))
  const client = await openRawClient({ methodOf: () => method, ...options, port })
  try {
    client.write(bytes)
    return await client.response()
  } finally {
    client.destroy()
  }
}
