// The page as a person meets it: a browser, the sidecar with its inspector, and an upstream behind.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { Client } from 'undici'
import { loadSettings } from '../../src/config/load.js'
import type { Configuration } from '../../src/serve/serving.js'
import { type Sidecar, startSidecar } from '../../src/start/sidecar.js'
import { need } from '../support/need.js'

export const chromiumNeed = need('chromium')

export const app = 'https://app.example.com'

/** Listed, so that there is something to refuse. */
const usualHeaders = 'content-type,authorization,x-requested-with'

type Flags = Readonly<Record<string, string>>

export interface Stage {
  readonly sidecar: Sidecar
  readonly adminUrl: string
  /** Sends one request through the sidecar as a page of that origin would. */
  send(
    origin: string,
    method?: string,
    path?: string,
    headers?: Record<string, string>,
  ): Promise<void>
  /** Asks first, also for these headers, and sends the request when that was allowed. */
  sendPreflighted(origin: string, method: string, path: string, headers?: string): Promise<void>
  /** What the upstream was asked. */
  requests(): readonly IncomingMessage[]
  reload(flags: Flags): Promise<void>
}

/** A sidecar that allows `app`, with its inspector, before an upstream of its own. */
export async function openStage(test: Test, flags: Flags = {}): Promise<Stage> {
  const requests: IncomingMessage[] = []
  const upstreamUrl = await startUpstream(test, requests)
  const configuration = (changed: Flags) =>
    load(upstreamUrl, { 'allow-origins': app, 'allow-headers': usualHeaders, ...flags, ...changed })
  const sidecar = await startSidecar(await configuration({}), {
    isTerminal: false,
    logDestination: { write: () => {}, flush: async () => {} },
  })
  test.teardown(() => sidecar.close())
  const client = new Client(sidecar.url)
  test.teardown(() => client.destroy())
  const request = async (
    origin: string,
    method: string,
    path: string,
    headers: Record<string, string> = {},
  ) => {
    const { headers: received, body } = await client.request({
      method: method as 'GET',
      path,
      headers: { origin, cookie: 'sid=hunter2', ...headers },
    })
    await body.dump()
    return received
  }
  return {
    sidecar,
    adminUrl: sidecar.adminUrl ?? '',
    requests: () => requests,
    send: async (origin, method = 'GET', path = '/things', headers = {}) => {
      await request(origin, method, path, headers)
    },
    async sendPreflighted(origin, method, path, headers = 'content-type') {
      const answer = await request(origin, 'OPTIONS', path, {
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      })
      const grants =
        answer['access-control-allow-origin'] === origin &&
        lists(answer['access-control-allow-methods'], [method]) &&
        lists(answer['access-control-allow-headers'], headers.split(','))
      if (grants) await request(origin, method, path)
    },
    async reload(changed) {
      sidecar.reload(await configuration(changed))
    },
  }
}

/** As a browser reads the answer to a preflight. */
function lists(line: string | string[] | undefined, wanted: readonly string[]): boolean {
  const listed = String(line ?? '')
    .toLowerCase()
    .split(/\s*,\s*/u)
  return wanted.every(name => listed.includes(name.toLowerCase()))
}

async function load(upstream: string, flags: Flags): Promise<Configuration> {
  const loaded = await loadSettings({
    arguments: [upstream],
    flags: {
      listen: ['127.0.0.1:0'],
      'admin-listen': ['127.0.0.1:0'],
      inspect: ['true'],
      'shutdown-timeout': ['100ms'],
      ...Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, [value]])),
    },
    env: {},
    cwd: tmpdir(),
    isTerminal: false,
  })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ reason }) => reason).join('; '))
  return loaded
}

async function startUpstream(test: Test, requests: IncomingMessage[]): Promise<string> {
  const server = createServer((request, response) => {
    requests.push(request)
    if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: hello\n\n')
      return
    }
    response.writeHead(200, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'set-cookie': 'sid=hunter2; Path=/',
    })
    response.end('{}')
  })
  server.on('upgrade', (request, socket) => {
    test.teardown(() => socket.destroy())
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => socket.destroy())
    socket.write(
      request.url === '/socket'
        ? `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
        : 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function openBrowser(test: Test): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromiumNeed.path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  test.teardown(() => browser.close())
  return browser
}

export const widths = [360, 1440] as const
export const colorSchemes = ['light', 'dark'] as const

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained of: a refused script or style, an exception, a lost request. */
  readonly complaints: readonly string[]
}

export async function visit(
  test: Test,
  browser: Browser,
  url: string,
  look: { width: number; colorScheme?: 'light' | 'dark' },
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.colorScheme ?? 'light',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  test.teardown(() => context.close())
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(url)
  return { page, context, complaints }
}
