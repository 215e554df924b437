// Node's own HTTP client, reading a response from memory.

import { type IncomingMessage, request } from 'node:http'
import { Duplex } from 'node:stream'

/** What a reader made of the bytes of one response. */
export interface Reading {
  /** Statuses of the interim responses. */
  readonly interim: readonly number[]
  readonly status: number
  readonly reason: string
  readonly version: string
  readonly fields: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
  /** Set for 101: the bytes behind it. */
  readonly switched: string | undefined
}

/**
 * What Node makes of these bytes and the end of the connection; undefined when it refuses them.
 * `isLenient`: with its `insecureHTTPParser`.
 */
export function readWithNode(
  method: string,
  bytes: Buffer,
  isLenient = false,
): Promise<Reading | undefined> {
  return new Promise(resolve => {
    const interim: number[] = []
    let reading: { response: IncomingMessage; body: string; switched?: string } | undefined
    const connection = new Duplex({
      read: () => undefined,
      write: (_bytes, _encoding, done) => done(),
    })
    const client = request({
      method,
      createConnection: () => connection,
      insecureHTTPParser: isLenient,
    })
    client.on('information', ({ statusCode }) => interim.push(statusCode))
    client.on('response', response => {
      const own = { response, body: '' }
      reading = own
      response.setEncoding('latin1')
      response.on('data', (text: string) => {
        own.body += text
      })
      response.on('error', () => undefined)
    })
    client.on('upgrade', (response, _socket, head) => {
      reading = { response, body: '', switched: head.toString('latin1') }
      connection.destroy()
    })
    client.on('error', () => undefined)
    client.on('close', () => {
      if (reading === undefined) return resolve(undefined)
      const { response, body, switched } = reading
      if (!response.complete && switched === undefined) return resolve(undefined)
      resolve({
        interim,
        status: response.statusCode ?? 0,
        reason: response.statusMessage ?? '',
        version: response.httpVersion,
        fields: response.rawHeaders,
        body,
        trailers: response.rawTrailers,
        switched,
      })
    })
    client.on('socket', () => {
      connection.push(bytes)
      connection.push(null)
    })
    client.end()
  })
}
