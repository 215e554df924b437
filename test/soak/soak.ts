// Everything at once for a long time: what must not grow is measured while it runs.

import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'

export interface SoakReport {
  readonly requests: number
  /** What did not go as it should have; the first few. */
  readonly failures: readonly string[]
  /** Heap in use after a collection, over the second half of the run. */
  readonly heapMibPerTenMinutes: number
  readonly heapMib: { readonly first: number; readonly last: number }
  readonly descriptors: { readonly before: number; readonly peak: number; readonly after: number }
  readonly eventLoopDelayMs: { readonly median: number; readonly worst: number }
}

const origin = 'https://app.example.com'
const atOnce = 24
/** Idle upstream connections are dropped after 4 s, looked at once a second. */
const settleMs = 6_000

/** Runs the mixed load for that long, then lets everything go and looks at what is left. */
export async function soak(forMs: number): Promise<SoakReport> {
  const upstream = await startUpstream()
  const sidecar = await startSidecar({
    upstream: `http://127.0.0.1:${portOf(upstream)}`,
    config: { allowOrigins: [origin], keepAliveTimeout: '1s' },
    nodeFlags: [
      '--expose-gc',
      ...['--import', 'data:text/javascript,process.on("SIGUSR2", () => globalThis.gc())'],
    ],
    admin: true,
  })
  const samples: Sample[] = []
  const sample = async () => samples.push(await measure(sidecar))
  await sample()
  const until = performance.now() + forMs
  const failures: string[] = []
  let requests = 0
  async function work(): Promise<void> {
    while (performance.now() < until) {
      const [name, run] = actions[requests++ % actions.length] as (typeof actions)[number]
      await run(sidecar.port).catch(error => {
        if (failures.length < 10) failures.push(`${name}: ${error}`)
      })
    }
  }
  const reloads = setInterval(() => sidecar.signal('SIGHUP'), 2_000)
  const between = setInterval(sample, Math.max(1_000, forMs / 120))
  await Promise.all(Array.from({ length: atOnce }, work))
  clearInterval(reloads)
  clearInterval(between)
  await new Promise(resolve => setTimeout(resolve, settleMs))
  await sample()
  if (!sidecar.alive) failures.push('the process is gone')
  await sidecar.stop()
  upstream.closeAllConnections()
  upstream.close()

  const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample]
  const delays = samples.slice(1).map(({ delayMs }) => delayMs)
  return {
    requests,
    failures,
    heapMibPerTenMinutes: slope(samples.slice(samples.length >> 1, -1)) * 600,
    heapMib: { first: first.heapMib, last: last.heapMib },
    descriptors: {
      before: first.descriptors,
      peak: Math.max(...samples.map(({ descriptors }) => descriptors)),
      after: last.descriptors,
    },
    eventLoopDelayMs: {
      median: delays.sort((a, b) => a - b)[delays.length >> 1] ?? 0,
      worst: Math.max(...delays),
    },
  }
}

interface Sample {
  readonly atSeconds: number
  readonly heapMib: number
  readonly descriptors: number
  readonly delayMs: number
}

async function measure(sidecar: SidecarProcess): Promise<Sample> {
  sidecar.signal('SIGUSR2')
  const text = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    atSeconds: performance.now() / 1_000,
    heapMib: value('nodejs_heap_size_used_bytes') / 2 ** 20,
    descriptors: value('process_open_fds'),
    delayMs: value('nodejs_eventloop_lag_p99_seconds') * 1_000,
  }
}

/** MiB per second, by least squares. */
function slope(samples: readonly Sample[]): number {
  if (samples.length < 2) return 0
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const atMean = mean(({ atSeconds }) => atSeconds)
  const heapMean = mean(({ heapMib }) => heapMib)
  const covariance = mean(one => (one.atSeconds - atMean) * (one.heapMib - heapMean))
  return covariance / mean(one => (one.atSeconds - atMean) ** 2)
}

async function startUpstream(): Promise<Server> {
  const server = createServer((req, res) => {
    if (req.url === '/events') {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      let left = 3
      const timer = setInterval(() => {
        res.write('data: tick\n\n')
        left--
        if (left === 0) res.end()
        if (left === 0 || res.destroyed) clearInterval(timer)
      }, 10)
      return
    }
    if (req.url === '/slow') return
    req.pipe(res)
  })
  server.on('upgrade', (_req, socket: Socket) => {
    socket.on('error', () => socket.destroy())
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    socket.pipe(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

const actions: readonly (readonly [string, (port: number) => Promise<void>])[] = [
  ['GET', port => ask(port, 'GET', '/', 200)],
  ['POST', port => ask(port, 'POST', '/', 200, 'a'.repeat(20_000))],
  ['GET', port => ask(port, 'GET', '/', 200)],
  ['preflight', port => ask(port, 'OPTIONS', '/', 204)],
  ['GET', port => ask(port, 'GET', '/', 200)],
  ['events', port => ask(port, 'GET', '/events', 200, undefined, 'data: tick\n\n'.repeat(3))],
  ['GET', port => ask(port, 'GET', '/', 200)],
  ['upgrade', echo],
  ['GET', port => ask(port, 'GET', '/', 200)],
  ['abort', leave],
]

async function ask(
  port: number,
  method: string,
  path: string,
  status: number,
  body = '',
  expected = body,
): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = {
      Origin: origin,
      ...(method === 'OPTIONS' ? { 'Access-Control-Request-Method': 'PUT' } : {}),
    }
    request({ port, host: '127.0.0.1', method, path, headers }, resolve)
      .on('error', reject)
      .end(body)
  })
  let received = ''
  for await (const chunk of response.setEncoding('utf8')) received += chunk
  if (response.statusCode !== status) throw new Error(`status ${response.statusCode}`)
  if (received !== expected) throw new Error(`${received.length} bytes, not ${expected.length}`)
  if (response.headers['access-control-allow-origin'] !== origin) throw new Error('no grant')
}

/** Opens an upgrade, sends something, gets it back, closes. */
function echo(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    let received = ''
    socket.setEncoding('latin1').on('data', text => {
      if (received === '') socket.write('hello')
      received += text
      if (received.endsWith('\r\n\r\nhello')) socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      if (received.endsWith('\r\n\r\nhello')) resolve()
      else reject(new Error(`got ${JSON.stringify(received.slice(0, 60))}`))
    })
  })
}

/** Asks for what never comes, and goes. */
function leave(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET /slow HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    setTimeout(() => socket.resetAndDestroy(), 20)
  })
}
