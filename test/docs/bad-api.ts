// An API that makes each mistake that a browser has words for, and the page that calls it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

const grant = 'Access-Control-Allow-Origin'
const methods = 'Access-Control-Allow-Methods'
const headers = 'Access-Control-Allow-Headers'
const credentials = 'Access-Control-Allow-Credentials'

interface Answer {
  readonly status: number
  readonly fields: readonly string[]
}

const plain = (...fields: string[]): Answer => ({ status: 200, fields })
const preflight = (...fields: string[]): Answer => ({ status: 204, fields })

/** What a badly set up API does, by path; PAGE is the page's origin. */
const api: Readonly<Record<string, { readonly asked?: Answer; readonly sent?: Answer }>> = {
  '/silent': {},
  '/silent-when-asked': { asked: preflight() },
  '/other': { sent: plain(grant, 'https://other.example') },
  '/slash': { sent: plain(grant, 'PAGE/') },
  '/no-scheme': { sent: plain(grant, 'localhost') },
  '/other-when-asked': { asked: preflight(grant, 'https://other.example') },
  '/doubled': { sent: plain(grant, 'PAGE', grant, '*') },
  '/listed': { sent: plain(grant, 'PAGE, https://other.example') },
  '/doubled-when-asked': { asked: preflight(grant, 'PAGE', grant, '*') },
  '/star': { sent: plain(grant, '*') },
  '/star-when-asked': { asked: preflight(grant, '*', methods, 'PUT') },
  '/no-credentials': { sent: plain(grant, 'PAGE') },
  '/misspelt-credentials': { sent: plain(grant, 'PAGE', credentials, 'True') },
  '/no-credentials-when-asked': { asked: preflight(grant, 'PAGE', methods, 'PUT') },
  '/not-found-when-asked': { asked: { status: 404, fields: [grant, 'PAGE'] } },
  '/moved-when-asked': { asked: { status: 302, fields: [grant, 'PAGE', 'Location', '/silent'] } },
  '/no-method': { asked: preflight(grant, 'PAGE', methods, 'POST') },
  '/no-header': { asked: preflight(grant, 'PAGE', headers, 'content-type') },
  '/bad-methods': { asked: preflight(grant, 'PAGE', methods, 'P@UT') },
  '/bad-headers': { asked: preflight(grant, 'PAGE', methods, 'PUT', headers, 'x trace') },
  '/star-headers': { asked: preflight(grant, '*', headers, '*'), sent: plain(grant, '*') },
  '/moved-with-password': {
    sent: { status: 302, fields: [grant, 'PAGE', 'Location', 'http://user:word@127.0.0.1/'] },
  },
  '/open': { asked: preflight(grant, '*'), sent: plain(grant, '*', 'ETag', '"1"') },
}

async function listen(test: Test, server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A page, an API on another origin that does CORS badly, and a port without a listener. */
export interface Scene {
  readonly page: string
  readonly pagePort: number
  readonly api: string
  /** Where nobody listens. */
  readonly nobody: string
}

export async function setScene(test: Test): Promise<Scene> {
  const pagePort = await listen(
    test,
    createServer((_incoming, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end('<!doctype html><title>page</title><link rel="icon" href="data:,">')
    }),
  )
  const page = `http://localhost:${pagePort}`
  const server = createServer((incoming, response) => {
    incoming.resume()
    const behaviour = api[(incoming.url ?? '').split('?')[0] ?? ''] ?? {}
    const answer = incoming.method === 'OPTIONS' ? behaviour.asked : behaviour.sent
    const { status, fields } = answer ?? plain()
    response.writeHead(
      status,
      fields.map(field => field.replace('PAGE', page)),
    )
    response.end()
  })
  server.on('upgrade', (_incoming, socket) => socket.end('HTTP/1.1 403 No\r\n\r\n'))
  const port = await listen(test, server)
  const closed = createServer()
  const nobody = await listen(test, closed)
  await new Promise(resolve => closed.close(resolve))
  return { page, pagePort, api: `http://127.0.0.1:${port}`, nobody: `http://127.0.0.1:${nobody}` }
}
