// One request by Node's own client, nothing decoded and nothing followed.

import { createHash } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'

export interface Asked {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly trailers: NodeJS.Dict<string>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Sent after the body, which is chunked then. */
  readonly trailers?: Readonly<Record<string, string>>
}

export function ask(url: string, options: AskOptions = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const asking = request(url, {
      method: options.method ?? 'GET',
      headers: { ...lengthOf(options), ...options.headers },
      agent: false,
    })
    asking.once('error', reject)
    asking.once('response', async (response: IncomingMessage) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk as Buffer)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: Buffer.concat(chunks),
          trailers: response.trailers,
        })
      } catch (error) {
        reject(error)
      }
    })
    if (options.trailers) {
      asking.setHeader('Transfer-Encoding', 'chunked')
      asking.setHeader('Trailer', Object.keys(options.trailers).join(', '))
      asking.addTrailers(options.trailers)
    }
    asking.end(options.body)
  })
}

/** Said outright: Node's client sends the body of a DELETE without any framing of its own. */
function lengthOf({ body, headers, trailers }: AskOptions): Record<string, string> {
  const isChunked = trailers !== undefined || headers?.['Transfer-Encoding'] !== undefined
  if (body === undefined || isChunked) return {}
  return { 'Content-Length': String(Buffer.byteLength(body)) }
}

export function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
