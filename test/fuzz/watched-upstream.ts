// An upstream that reads each request with two readers and remembers it until somebody claims it.

import { type AddressInfo, createServer, type Socket } from 'node:net'
import { readLeniently } from '../support/lenient-http.js'
import { createStrictReader, methodOf, targetOf, valuesOf } from '../support/strict-http.js'

export interface SeenRequest {
  readonly method: string
  readonly target: string
  readonly body: string
  /** Its first `X-Stream`, when there is one. */
  readonly stream: string | undefined
}

export interface WatchedUpstream {
  readonly url: string
  /** How many whole requests have come. */
  readonly count: number
  /** Requests by the number in the `X-Serial` of their answer. */
  readonly unclaimed: Map<string, SeenRequest>
  /** Where the readers did not see the same one request. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** Answers every whole request with its number. */
export async function startWatchedUpstream(): Promise<WatchedUpstream> {
  const unclaimed = new Map<string, SeenRequest>()
  const problems: string[] = []
  const open = new Set<Socket>()
  let count = 0

  function serve(socket: Socket): void {
    open.add(socket)
    // One request is read at a time, as none may follow before the answer.
    let pieces: Buffer[] = []
    let reader = createStrictReader({ kind: 'request' })
    socket.on('data', (bytes: Buffer) => {
      pieces.push(bytes)
      reader.push(bytes)
      const [message] = reader.messages
      const all = () => Buffer.concat(pieces).toString('latin1')
      if (reader.problem !== undefined)
        problems.push(`${reader.problem} in ${JSON.stringify(all())}`)
      if (message === undefined || reader.problem !== undefined) return
      const request = {
        method: methodOf(message),
        target: targetOf(message),
        body: message.body.toString('latin1'),
      }
      const lenient = readLeniently(all())
      if (reader.messages.length > 1 || reader.rest.length > 0) {
        problems.push(`more than one request in ${JSON.stringify(all())}`)
      } else if (lenient.length !== 1 || shown(lenient[0]) !== shown(request)) {
        problems.push(`strict and lenient readers differ on ${JSON.stringify(all())}`)
      }
      const serial = String(count++)
      unclaimed.set(serial, { ...request, stream: valuesOf(message.headers, 'x-stream')[0] })
      pieces = []
      reader = createStrictReader({ kind: 'request' })
      const body = request.method === 'HEAD' ? '' : 'ok'
      socket.write(`HTTP/1.1 200 OK\r\nX-Serial: ${serial}\r\nContent-Length: 2\r\n\r\n${body}`)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  }

  const server = createServer({ noDelay: true }, serve)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get count() {
      return count
    },
    unclaimed,
    problems,
    close() {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** A request as a text that is the same for the same one. */
export function shown(request: Omit<SeenRequest, 'stream'> | undefined): string {
  return request === undefined ? '' : JSON.stringify([request.method, request.target, request.body])
}
