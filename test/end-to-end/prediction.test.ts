// What the policy predicts is what Chromium and Firefox do: every policy with every kind of request,
// from two origins, with and without credentials, over upstreams that behave well and badly.
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { chromium } from 'playwright-core'
import puppeteer from 'puppeteer-core'
import t, { type Test } from 'tap'
import { loadSettings } from '../../src/config/load.js'
import { type Explanation, explain } from '../../src/observe/explanation.js'
import type { Configuration } from '../../src/serve/serving.js'
import { startSidecar } from '../../src/start/sidecar.js'
import { need } from '../support/need.js'

// A browser on a busy machine takes its time; nothing here waits for any.
t.setTimeout(300_000)

interface Sidecar {
  readonly url: string
  readonly policies: Configuration['policies']
}

/** One request of a page, as the page's own script gets it. */
interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly credentials: 'omit' | 'include'
  readonly by: 'fetch' | 'EventSource' | 'WebSocket'
}

interface Case extends Sent {
  readonly name: string
  /** A socket that opens counts as readable. */
  readonly predicted: 'readable' | 'blocked'
}

const methods = ['GET', 'POST', 'PUT', 'patch'] as const
const headerSets: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'content-type': 'application/json' },
  { authorization: 'Bearer x' },
  { 'x-trace': '1' },
]
const credentialModes = ['omit', 'include'] as const

/** What an upstream may do, by path. Nothing of it may change whether the page can read. */
const behaviours = {
  '/plain': [200, []],
  '/error': [500, []],
  '/own-star': [200, ['Access-Control-Allow-Origin', '*']],
  '/own-other': [200, ['Access-Control-Allow-Origin', 'https://other.example', 'Vary', 'Accept']],
  '/own-doubled': [
    200,
    ['Access-Control-Allow-Origin', '*', 'Access-Control-Allow-Origin', 'https://other.example'],
  ],
  '/own-credentials': [
    200,
    ['Access-Control-Allow-Origin', '*', 'Access-Control-Allow-Credentials', 'true'],
  ],
  '/redirect-relative': [302, ['Location', '/plain']],
  '/events': [200, ['Content-Type', 'text/event-stream']],
} as const

type Path = keyof typeof behaviours

function isBehaviour(path: string): path is Path {
  return Object.hasOwn(behaviours, path)
}

async function listen(
  test: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer(answer)
  server.on('upgrade', (request, socket) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64')
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
    test.teardown(() => socket.destroy())
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    )
  })
  await new Promise<void>(resolve => server.listen(0, resolve))
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function openSidecar(
  test: Test,
  upstream: string,
  flags: Readonly<Record<string, string>>,
): Promise<Sidecar> {
  const loaded = await loadSettings({
    arguments: [upstream],
    flags: {
      listen: ['127.0.0.1:0'],
      'admin-listen': ['off'],
      'shutdown-timeout': ['100ms'],
      ...Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, [value]])),
    },
    env: {},
    cwd: tmpdir(),
    isTerminal: false,
  })
  if (!loaded.ok) throw new Error(loaded.problems.map(({ reason }) => reason).join('; '))
  const { settings, policies } = loaded
  const sidecar = await startSidecar(
    { settings, policies, isContainer: false },
    { isTerminal: false, logDestination: { write: () => {}, flush: async () => {} } },
  )
  test.teardown(() => sidecar.close())
  return { url: sidecar.url, policies }
}

/** The rules of the Fetch Standard, applied to what the sidecar says that it would send. */
function isReadable({ decision, response }: Explanation, credentials: string): boolean {
  const sent = new Map(response.headers.map(([name, value]) => [name.toLowerCase(), value]))
  const allowed = sent.get('access-control-allow-origin')
  if (decision.verdict !== 'allowed') return false
  if (credentials === 'omit') return allowed === '*' || allowed === decision.origin
  return allowed === decision.origin && sent.get('access-control-allow-credentials') === 'true'
}

interface Scene {
  readonly pageOrigins: readonly string[]
  /** Every case, by the origin of the page that sends it. */
  readonly cases: ReadonlyMap<string, readonly Case[]>
}

async function setScene(test: Test): Promise<Scene> {
  const pagePort = await listen(test, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<!doctype html><title>page</title>')
  })
  const known = `http://localhost:${pagePort}`
  const stranger = `http://127.0.0.1:${pagePort}`
  const pageOrigins = [known, stranger]

  const upstreamPort = await listen(test, (request, response) => {
    request.resume()
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (path.startsWith('/to/')) {
      response.writeHead(302, { location: decodeURIComponent(path.slice('/to/'.length)) })
    } else {
      const [status, headers] = behaviours[isBehaviour(path) ? path : '/plain']
      response.writeHead(status, [...headers])
    }
    response.end()
  })
  const upstream = `http://127.0.0.1:${upstreamPort}`
  const silent = 'http://127.0.0.1:1'

  const cases = new Map<string, Case[]>(pageOrigins.map(origin => [origin, []]))
  let count = 0
  const add = (
    policy: string,
    sidecar: Sidecar,
    origin: string,
    sent: Omit<Sent, 'url' | 'by'> & { path: string; by?: Sent['by'] },
    stillReadable = true,
  ) => {
    const { path, method, headers, credentials, by = 'fetch' } = sent
    const names = Object.keys(headers).join(',')
    const isUpgrade = by === 'WebSocket'
    const question = { origin, method, headers: names, path, isUpgrade }
    const explanation = explain(sidecar.policies, question)
    const isGranted = isUpgrade
      ? explanation.decision.verdict === 'allowed'
      : isReadable(explanation, credentials)
    count += 1
    cases.get(origin)?.push({
      name: `${policy}: ${origin} ${by} ${method} ${path} [${names}] ${credentials}`,
      // An address of its own for each, so that no remembered preflight answers for another.
      url: `${isUpgrade ? sidecar.url.replace('http', 'ws') : sidecar.url}${path}?n=${count}`,
      by,
      method,
      headers,
      credentials,
      predicted: stillReadable && isGranted ? 'readable' : 'blocked',
    })
  }

  const plainPolicies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'one origin': { 'allow-origins': known },
    'one origin, no credentials': { 'allow-origins': known, 'allow-credentials': 'false' },
    everyone: { 'allow-origins': '*' },
    'everyone, every header': { 'allow-origins': '*', 'allow-headers': '*', 'allow-methods': '*' },
    'one origin, everything': {
      'allow-origins': known,
      'allow-headers': '*',
      'allow-methods': '*',
    },
    'few methods and headers': {
      'allow-origins': `${known},${stranger}`,
      'allow-methods': 'PUT',
      'allow-headers': 'x-trace',
    },
    'strangers blocked': { 'allow-origins': known, 'on-disallowed': 'block' },
    'strangers like the public': { 'allow-origins': known, 'on-disallowed': 'public' },
    nobody: { 'allow-origins': 'https://other.example' },
  }
  const sidecars = new Map<string, Sidecar>()
  for (const [policy, flags] of Object.entries(plainPolicies)) {
    const sidecar = await openSidecar(test, upstream, flags)
    sidecars.set(policy, sidecar)
    for (const origin of pageOrigins) {
      for (const method of methods) {
        for (const headers of headerSets) {
          for (const credentials of credentialModes) {
            add(policy, sidecar, origin, { path: '/plain', method, headers, credentials })
          }
        }
      }
      for (const credentials of credentialModes) {
        const sent = { method: 'GET', headers: {}, credentials }
        add(policy, sidecar, origin, { ...sent, path: '/events', by: 'EventSource' })
        add(policy, sidecar, origin, { ...sent, path: '/socket', by: 'WebSocket' })
      }
      for (const path of Object.keys(behaviours)) {
        for (const credentials of credentialModes) {
          add(policy, sidecar, origin, { path, method: 'GET', headers: {}, credentials })
        }
      }
    }
  }

  const unreachable = await openSidecar(test, silent, { 'allow-origins': known })
  for (const origin of pageOrigins) {
    for (const credentials of credentialModes) {
      const sent = { path: '/plain', method: 'GET', headers: {}, credentials }
      add('upstream unreachable', unreachable, origin, sent)
    }
  }

  // A redirect to another origin makes the page's origin null there, and no policy but * allows it.
  for (const [policy, first] of sidecars) {
    for (const [elsewhere, second] of sidecars) {
      if (first === second) continue
      for (const credentials of credentialModes) {
        const readable = isReadable(explain(second.policies, { origin: 'null' }), credentials)
        const path = `/to/${encodeURIComponent(`${second.url}/plain`)}`
        const sent = { path, method: 'GET', headers: {}, credentials }
        add(`${policy}, redirected to ${elsewhere}`, first, known, sent, readable)
      }
    }
  }
  return { pageOrigins, cases }
}

/** Runs in the page: sends each request and says whether its answer could be read. */
async function sendAll(all: readonly Sent[]): Promise<('readable' | 'blocked')[]> {
  const verdicts: ('readable' | 'blocked')[] = []
  let next = 0
  const opened = (url: string, by: string, credentials: string) => {
    const target =
      by === 'WebSocket'
        ? new WebSocket(url)
        : new EventSource(url, { withCredentials: credentials === 'include' })
    return new Promise<void>((resolve, reject) => {
      target.addEventListener('open', () => resolve())
      target.addEventListener('error', () => reject(new Error('not opened')))
    }).finally(() => target.close())
  }
  const work = async () => {
    for (let at = next++; at < all.length; at = next++) {
      const sent = all[at]
      if (!sent) continue
      const { url, by, ...init } = sent
      const attempt = by === 'fetch' ? fetch(url, init) : opened(url, by, init.credentials)
      verdicts[at] = await attempt.then(
        () => 'readable' as const,
        () => 'blocked' as const,
      )
    }
  }
  await Promise.all([work(), work(), work(), work()])
  return verdicts
}

/** A browser, as far as this test drives one. */
interface Driven {
  run(pageOrigin: string, cases: readonly Sent[]): Promise<readonly string[]>
}

async function openChromium(test: Test, executablePath: string): Promise<Driven> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-background-networking',
  ]
  const browser = await chromium.launch({ executablePath, args })
  test.teardown(() => browser.close())
  return {
    async run(pageOrigin, cases) {
      const page = await browser.newPage()
      await page.goto(pageOrigin)
      return page.evaluate(sendAll, [...cases])
    },
  }
}

async function openFirefox(test: Test, executablePath: string): Promise<Driven> {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true })
  test.teardown(() => browser.close())
  return {
    async run(pageOrigin, cases) {
      const page = await browser.newPage()
      await page.goto(pageOrigin)
      return page.evaluate(sendAll, cases)
    },
  }
}

const chromiumNeed = need('chromium')
const firefoxNeed = need('firefox')

for (const [name, { path, skip }, open] of [
  ['Chromium', chromiumNeed, openChromium],
  ['Firefox', firefoxNeed, openFirefox],
] as const) {
  t.test(`${name} does what the policy predicts`, { skip }, async t => {
    const scene = await setScene(t)
    const browser = await open(t, path)
    for (const origin of scene.pageOrigins) {
      const cases = scene.cases.get(origin) ?? []
      const verdicts = await browser.run(origin, cases)
      const differences = cases
        .map((one, at) => ({ ...one, seen: verdicts[at] }))
        .filter(({ predicted, seen }) => predicted !== seen)
        .map(one => `${one.name}: predicted ${one.predicted}, was ${one.seen}`)
      t.strictSame(differences, [], `${cases.length} requests from ${origin}`)
      for (const verdict of ['readable', 'blocked']) {
        const share = cases.filter(({ predicted }) => predicted === verdict).length
        t.ok(share >= 50, `${share} of them are predicted to be ${verdict}`)
      }
    }
  })
}
