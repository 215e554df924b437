// Stand-ins for servers of local models: what each answers to origins and hosts by its documentation, and
// tokens that come when they are asked for.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface ModelServer {
  readonly url: string
  /** Sends the next token of the response under way. */
  next(): void
}

/** Answers it, or says which fields its answer has. */
type Rules = (request: IncomingMessage) => Readonly<Record<string, string>> | 403 | 404

const preflightOf = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined

const localName =
  /^(?:localhost|[\w.-]+\.(?:localhost|local|internal)|127\.\d+\.\d+\.\d+)(?::\d+)?$/
const ollamaOrigin =
  /^(?:https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::\d+)?|(?:app|file|tauri|vscode-webview|vscode-file):\/\/.*)$/

export const modelServers: Readonly<Record<string, Rules>> = {
  Ollama: ({ headers: { host = '', origin } }) => {
    if (!localName.test(host)) return 403
    if (origin === undefined || origin === `http://${host}`) return {}
    if (!ollamaOrigin.test(origin)) return 403
    return {
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Headers': 'Authorization,Content-Type,User-Agent,X-Stainless-Lang',
    }
  },
  'llama.cpp': request => {
    if (!preflightOf(request) && request.headers.authorization !== 'Bearer local') return 403
    return {
      'Access-Control-Allow-Origin': request.headers.origin ?? '',
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': '*',
    }
  },
  vLLM: ({ headers }): Readonly<Record<string, string>> =>
    headers.origin === undefined ? {} : { 'Access-Control-Allow-Origin': '*' },
  'LM Studio': request => (request.method === 'OPTIONS' ? 404 : {}),
}

export async function startModelServer(t: Test, rules: Rules): Promise<ModelServer> {
  let under: ServerResponse | undefined
  let sent = 0
  const server = createServer((request, response) => {
    request.resume()
    const answer = rules(request)
    if (typeof answer === 'number') return void response.writeHead(answer).end()
    if (preflightOf(request)) return void response.writeHead(204, answer).end()
    response.writeHead(200, { 'Content-Type': 'text/event-stream', ...answer })
    response.flushHeaders()
    under = response
    sent = 0
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    next() {
      sent += 1
      under?.write(`data: token ${sent}\n\n`)
      if (sent === 3) under?.end()
    },
  }
}
