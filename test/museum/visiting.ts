// What a client gets of an exhibit through a proxy, told in a word or two.

import { connect } from 'node:net'
import type { Exhibit } from './exhibits.js'

/** Long enough for every proxy here to give up on its upstream. */
const PATIENCE_MS = 4_000

/** Everything that a client is sent for this request, up to the end of its connection. */
export function received(port: number, method: string, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port })
    let bytes = ''
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.setEncoding('latin1')
    socket.on('data', text => {
      bytes += text
    })
    socket.on('error', error => (bytes === '' ? reject(error) : undefined))
    socket.on('close', () => {
      clearTimeout(patience)
      resolve(bytes)
    })
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: museum.test\r\nConnection: close\r\n\r\n`)
  })
}

/** As it was meant, or what became of it. */
export type Outcome =
  | 'as meant'
  | 'cut'
  | 'nothing'
  | 'no head'
  | 'other body'
  | `no ${string}`
  | `${number}`

/** How this client's bytes compare with what the exhibit means. */
export function outcomeOf({ method, means }: Exhibit, bytes: string): Outcome {
  if (bytes === '') return 'nothing'
  const answer = readFinal(method, bytes)
  if (answer === undefined) return 'no head'
  const { status, body, fields, isWhole } = answer
  if (means === undefined || status !== means.status) return isWhole ? `${status}` : 'cut'
  if (!isWhole) return 'cut'
  if (body !== means.body) return 'other body'
  for (const [name, value] of Object.entries(means.fields ?? {})) {
    if (fields.get(name)?.replace(/\s+/g, ' ') !== value.replace(/\s+/g, ' ')) return `no ${name}`
  }
  return 'as meant'
}

interface Answer {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly body: string
  readonly isWhole: boolean
}

/** The final response, read as leniently as a browser would. */
export function readFinal(method: Exhibit['method'], bytes: string): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  const [start = '', ...lines] = bytes.slice(0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(start)?.[1])
  if (end === -1 || !(status >= 100)) return undefined
  const rest = bytes.slice(end + 4)
  if (status < 200) return readFinal(method, rest)
  const fields = new Map(
    lines.map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const whole = (body: string, isWhole: boolean) => ({ status, fields, body, isWhole })
  if (method === 'HEAD' || status === 204 || status === 304) return whole(rest, true)
  if (/chunked/i.test(fields.get('transfer-encoding') ?? '')) {
    const { body, isWhole } = unchunked(rest)
    return whole(body, isWhole)
  }
  const length = fields.get('content-length')
  return whole(rest, length === undefined || rest.length === Number(length))
}

function unchunked(text: string): { body: string; isWhole: boolean } {
  let body = ''
  let at = 0
  for (;;) {
    const end = text.indexOf('\r\n', at)
    const size = Number.parseInt(text.slice(at, end), 16)
    if (end === -1 || Number.isNaN(size)) return { body, isWhole: false }
    if (size === 0) return { body, isWhole: true }
    body += text.slice(end + 2, end + 2 + size)
    at = end + 2 + size + 2
  }
}
