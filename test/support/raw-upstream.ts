// An upstream that keeps every byte it was sent, reads it strictly and answers as its script says.

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import {
  createStrictReader,
  type HttpMessage,
  methodOf,
  type StrictReader,
  targetOf,
} from './strict-http.js'

export interface UpstreamRequest {
  readonly method: string
  readonly target: string
  readonly message: HttpMessage
  readonly connection: UpstreamConnection
}

export interface UpstreamConnection {
  readonly id: number
  readonly socket: Socket
  readonly reader: StrictReader
  /** All bytes received on it. */
  bytes(): Buffer
  /** The sidecar's side has ended or reset it. */
  readonly gone: 'no' | 'fin' | 'reset'
}

/** Answers one request. `bytes` as latin1; called when the head is whole, the body may follow. */
export type Script = (turn: Turn) => void

export interface Turn {
  readonly head: HttpMessage
  readonly connection: UpstreamConnection
  /** 0 for the first request that this upstream got, counted over all connections. */
  readonly index: number
  /** Calls back once the request's body is whole; never, when it is aborted. */
  whenWhole(then: (message: HttpMessage) => void): void
  write(bytes: string | Buffer): void
  fin(): void
  reset(): void
  /** Called at the sidecar's FIN, in place of ending the connection. */
  onFin(then: () => void): void
}

export interface RawUpstream {
  readonly port: number
  readonly url: string
  /** Requests whose head and body arrived whole. */
  readonly requests: readonly UpstreamRequest[]
  /** Heads seen, whole or not. */
  readonly begun: readonly HttpMessage[]
  readonly connections: readonly UpstreamConnection[]
  /** Every departure from strict HTTP in what the sidecar sent. */
  problems(): string[]
  /** Replaces the script and forgets what was seen; open connections stay. */
  play(script: Script): void
  /** Resolves once `done` holds; asked after every event. */
  until<T>(done: () => T | undefined, what: string): Promise<T>
  close(): Promise<void>
}

export const okAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** Answers every request, once it is whole, with these bytes. */
export function answer(bytes: string | Buffer): Script {
  return ({ whenWhole, write }) => whenWhole(() => write(bytes))
}

export interface RawUpstreamOptions {
  readonly host?: string
  readonly port?: number
  readonly tls?: TlsOptions
  readonly patienceMs?: number
}

export async function startRawUpstream(
  script: Script = answer(okAnswer),
  { host = '127.0.0.1', port = 0, tls, patienceMs = 10_000 }: RawUpstreamOptions = {},
): Promise<RawUpstream> {
  let current = script
  let requests: UpstreamRequest[] = []
  let begun: HttpMessage[] = []
  let connections: Connection[] = []
  const open = new Set<Socket>()
  const waiting = new Set<() => void>()
  const changed = () => {
    for (const ask of [...waiting]) ask()
  }

  interface Connection extends UpstreamConnection {
    gone: 'no' | 'fin' | 'reset'
  }

  function serve(socket: Socket): void {
    open.add(socket)
    socket.setNoDelay(true)
    const bytes: Buffer[] = []
    let atFin = () => {
      socket.end()
    }
    let whenWhole: ((message: HttpMessage) => void)[] = []
    const reader = createStrictReader({
      kind: 'request',
      onHead(head) {
        const index = begun.push(head) - 1
        current({
          head,
          connection,
          index,
          whenWhole: then => whenWhole.push(then),
          write: out => {
            if (!socket.destroyed)
              socket.write(typeof out === 'string' ? Buffer.from(out, 'latin1') : out)
          },
          fin: () => socket.end(),
          reset: () => socket.resetAndDestroy(),
          onFin: then => {
            atFin = then
          },
        })
      },
      onMessage(message) {
        requests.push({ method: methodOf(message), target: targetOf(message), message, connection })
        for (const then of whenWhole) then(message)
        whenWhole = []
      },
    })
    const connection: Connection = {
      id: connections.length,
      socket,
      reader,
      bytes: () => Buffer.concat(bytes),
      gone: 'no',
    }
    connections.push(connection)
    socket.on('data', (data: Buffer) => {
      bytes.push(data)
      reader.push(data)
      changed()
    })
    const left = (how: 'fin' | 'reset') => () => {
      if (connection.gone === 'no') connection.gone = how
      changed()
    }
    socket.on('end', () => {
      left('fin')()
      atFin()
    })
    socket.on('error', left('reset'))
    socket.on('close', () => {
      open.delete(socket)
      left('reset')()
    })
    changed()
  }

  const server: Server = tls
    ? createTlsServer(tls, serve)
    : createServer({ allowHalfOpen: true }, serve)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  const authority = host.includes(':') ? `[${host}]` : host

  return {
    port: bound,
    url: `${tls ? 'https' : 'http'}://${authority}:${bound}`,
    get requests() {
      return requests
    },
    get begun() {
      return begun
    },
    get connections() {
      return connections
    },
    problems: () =>
      connections.flatMap(({ reader }) => (reader.problem === undefined ? [] : [reader.problem])),
    play(script) {
      current = script
      requests = []
      begun = []
      connections = connections.filter(({ gone }) => gone === 'no')
    },
    until(done, what) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(ask)
          reject(new Error(`the upstream waited ${patienceMs} ms for ${what}`))
        }, patienceMs)
        function ask(): void {
          const value = done()
          if (value === undefined) return
          clearTimeout(timer)
          waiting.delete(ask)
          resolve(value)
        }
        waiting.add(ask)
        ask()
      })
    },
    close() {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
