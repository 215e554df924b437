// Sends a request that has passed once more, to our own listener: through policy, log and inspector like any other.
import { randomUUID } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { ReplayAnswer } from '../admin/inspector.js'
import type { Exchange } from '../observe/exchange.js'
import { type Fields, fieldPairs } from '../terms/fields.js'
import { hopByHopNames } from '../terms/hop-by-hop.js'

const patienceMs = 30_000
/** What is read of a response before the connection is closed. */
const readLimit = 1024 * 1024

/** Framing and what is for one connection only; bodies were never kept, so there is none to announce. */
const leftOut: ReadonlySet<string> = new Set([...hopByHopNames, 'content-length', 'expect'])
const withoutLength: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Resolves with the id under which it is sent and the status, or with why it was not answered. */
export function replay(
  { method, target, status, requestHeaders }: Exchange,
  proxyUrl: string,
  requestIdHeader: string,
): Promise<ReplayAnswer> {
  if (status === 101) return Promise.resolve({ problem: 'A WebSocket can’t be replayed.' })
  const id = randomUUID()
  return new Promise(resolve => {
    const failed = (error: Error) => resolve({ problem: `It got no response: ${error.message}.` })
    const isTls = proxyUrl.startsWith('https:')
    try {
      const send = isTls ? requestHttps : requestHttp
      const asked = send({
        ...placeOf(proxyUrl),
        method,
        path: target,
        headers: [...headersFor(method, requestHeaders, requestIdHeader), requestIdHeader, id],
        agent: false,
        // Our own certificate, by whatever name it is for.
        ...(isTls && { rejectUnauthorized: false }),
        signal: AbortSignal.timeout(patienceMs),
      })
      asked.on('response', response => {
        let read = 0
        response.on('data', (piece: Buffer) => {
          read += piece.length
          if (read > readLimit) asked.destroy()
        })
        resolve({ id, status: response.statusCode ?? 0 })
      })
      asked.on('error', failed)
      asked.end()
    } catch (error) {
      // Node does not send every target and name that it receives.
      failed(error instanceof Error ? error : new Error(String(error)))
    }
  })
}

function placeOf(proxyUrl: string) {
  if (proxyUrl.startsWith('unix:')) return { socketPath: proxyUrl.slice('unix:'.length) }
  const { hostname, port } = new URL(proxyUrl)
  const host = { '0.0.0.0': '127.0.0.1', '[::]': 'localhost' }[hostname] ?? hostname
  return { host: host.replace(/^\[|\]$/gu, ''), port }
}

function headersFor(method: string, fields: Fields, requestIdHeader: string): string[] {
  const kept = fieldPairs(fields).filter(([line]) => {
    const name = line.toLowerCase()
    return !leftOut.has(name) && name !== requestIdHeader.toLowerCase() && !name.startsWith(':')
  })
  const length = withoutLength.has(method) ? [] : ['Content-Length', '0']
  return [...kept.flat(), ...length, 'Connection', 'close']
}
