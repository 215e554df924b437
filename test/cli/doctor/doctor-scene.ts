// A server that answers as a test wants, and the doctor that is sent to it.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Invocation } from '../../../src/cli/command.js'
import { doctor } from '../../../src/cli/doctor.js'

export const app = 'https://app.example.com'

export interface Reply {
  readonly status?: number
  /** Flat, so that a line can come twice. */
  readonly headers: readonly string[]
}

export type Server = (request: IncomingMessage, origin: string | undefined) => Reply

/** Starts it and returns its address. A name that is not its own gets nothing, as it should be. */
export async function serve(test: Test, answer: Server): Promise<string> {
  const server = createServer((request, response) => {
    const isOwn = /^(?:127\.0\.0\.1|localhost):/.test(request.headers.host ?? '')
    const { status = 200, headers } = isOwn
      ? answer(request, request.headers.origin)
      : { status: 421, headers: [] }
    request.resume()
    response.writeHead(status, [...headers])
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

export interface Outcome {
  readonly code: number
  readonly text: string
  readonly errors: string
}

type Flags = Readonly<Record<string, string | readonly string[]>>

/** Calls the doctor as the command line would. */
export async function see(urls: string | readonly string[], flags: Flags = {}): Promise<Outcome> {
  let text = ''
  let errors = ''
  const all: Flags = { origin: app, ...flags }
  const own = Object.entries(all).filter(([, values]) => [values].flat().length > 0)
  const invocation: Invocation = {
    load: { env: {}, cwd: '/', isTerminal: false },
    own: new Map(own.map(([name, values]) => [name, [values].flat()])),
    arguments: [urls].flat(),
    commands: [],
    isColoured: false,
    print: piece => {
      text += piece
    },
    printError: piece => {
      errors += piece
    },
  }
  const code = await doctor(invocation)
  return { code, text, errors }
}

export interface Seen {
  readonly url: string
  readonly origin: string
  readonly method: string
  readonly prognosis: Readonly<Record<string, boolean>>
  readonly hops: readonly { url: string; status: number }[]
  readonly findings: readonly { code: string; gravity: string; message: string }[]
}

/** The diagnoses, as a program reads them. */
export async function seen(urls: string | readonly string[], flags: Flags = {}): Promise<Seen[]> {
  const { text } = await see(urls, { json: 'true', ...flags })
  return JSON.parse(text).diagnoses
}
