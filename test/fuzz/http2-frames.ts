// Connections of HTTP/2 that send drawn frames and leave in every way, beside clients that ask honestly.
// Those are all answered; a connection that says no more is closed; nothing of any is left behind.

import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect as connectTcp } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawHttp2, preface, settings } from '../support/raw-http2.js'
import { startSidecar } from '../support/sidecar-process.js'
import { type Drawn, drawFrames } from './drawn-frames.js'
import { below, type Fuzzer, pick, type Random } from './fuzzer.js'

const openssl = need('openssl')

/** Each limit, and how long a connection that says no more may be kept at most, on a busy machine. */
const LIMIT = '1s'
/** The upstream is in this process, and busy with drawing. */
const UPSTREAM_LIMIT = '4s'
const KEPT_MS = 30_000
/** How long an honest client waits. */
const PATIENCE_MS = 20_000
const limits = [
  ...['headers', 'request', 'request-idle', 'response-idle', 'keep-alive'].flatMap(of => [
    `--${of}-timeout`,
    LIMIT,
  ]),
  ...['--upstream-timeout', UPSTREAM_LIMIT, '--upstream-idle-timeout', UPSTREAM_LIMIT],
]

const honestBody = 'b'.repeat(30_000)

export const http2Frames: Fuzzer = {
  name: 'http2',
  skip: openssl.skip,
  atOnce: 16,
  async start() {
    const certificate = createCertificate(openssl.path, ['DNS:localhost'])
    const upstream = await startUpstream()
    const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: [...tls, ...limits, '--allow-origin', 'https://app.example.com'],
      admin: true,
      forgetsRequests: true,
    })
    const { port } = sidecar
    const ca = certificate.cert
    const tally = { honest: 0, stayed: 0, answered: 0, closedByServer: 0 }
    let honest: ClientHttp2Session | undefined
    const from = (localAddress: string) => connectTcp({ port, host: '127.0.0.1', localAddress })

    async function session(): Promise<ClientHttp2Session> {
      if (honest !== undefined && !honest.closed && !honest.destroyed) return honest
      // Of another address: what one address may take at most is no fault.
      const socket = connectTls({
        socket: from('127.0.0.2'),
        servername: 'localhost',
        ca,
        ALPNProtocols: ['h2'],
      })
      const opened = connectHttp2(`https://localhost:${port}`, { createConnection: () => socket })
      opened.on('error', () => opened.destroy())
      honest = opened
      return opened
    }

    async function ask(path: string, body?: string): Promise<string | undefined> {
      const asking = (await session()).request(
        { ':path': path, ':method': body === undefined ? 'GET' : 'POST' },
        { endStream: body === undefined },
      )
      let text = ''
      asking.setEncoding('utf8').on('data', (more: string) => {
        text += more
      })
      asking.setTimeout(PATIENCE_MS, () => asking.destroy(new Error('no answer')))
      if (body !== undefined) asking.end(body)
      const status = once(asking, 'response').then(([head]) => head[':status'])
      const ended = once(asking, 'end')
      const seen = await Promise.all([status, ended]).then(
        ([status]) => `${status} ${text}`,
        String,
      )
      tally.honest++
      const due = `200 ${body === undefined ? 'ok' : body.length}`
      // The server may say goodbye just when a request goes out; that one is told so, and sent again.
      if (seen.includes('REFUSED_STREAM') || seen.includes('GOAWAY')) return ask(path, body)
      return seen === due ? undefined : `an honest client got ${seen.slice(0, 200)} for ${path}`
    }

    async function attack(random: Random): Promise<string | undefined> {
      const begin = random() < 0.97 ? [preface, settings()] : [preface.subarray(below(random, 24))]
      const raw = await openRawHttp2({ port, ca, socket: from('127.0.0.3') }, begin)
      const drawn: Drawn = { malice: pick(random, [0, 0.1, 0.6]), nextStream: 1, streams: [] }
      const sent: string[] = []
      if (random() < 0.1) raw.socket.pause()
      for (let steps = 1 + below(random, 40); steps > 0 && !raw.isClosed; steps--) {
        const bytes = drawFrames(random, drawn)
        sent.push(bytes.subarray(0, 60).toString('hex'))
        raw.write(bytes)
        if (random() < 0.3) await new Promise(resolve => setImmediate(resolve))
      }
      if (random() < 0.5) {
        raw.socket.resume()
        // Most leave as soon as something was done with their frames.
        const isStaying = random() < 0.1
        const done = isStaying ? raw.closed() : raw.frame(({ stream }) => stream > 0)
        const late = setTimeout(KEPT_MS, false, { ref: false })
        const isDone = await Promise.race([done.then(() => true), late])
        if (!isDone) return `a connection that says no more is kept: ${sent.join(' ')}`
        if (isStaying) tally.stayed++
      }
      if (raw.isClosed) tally.closedByServer++
      if (raw.frames.some(({ stream }) => stream > 0)) tally.answered++
      if (random() < 0.5) raw.socket.end()
      raw.socket.destroy()
      return undefined
    }

    return {
      tally,
      pid: sidecar.pid,
      async attempt(random) {
        const asked = random() < 0.5 ? ask('/short') : ask('/upload', honestBody)
        const [attacked, answered] = await Promise.all([attack(random), asked])
        return attacked ?? answered ?? (sidecar.alive ? undefined : 'the process is gone')
      },
      async close() {
        honest?.destroy()
        const wrong = await census(sidecar.adminUrl ?? '', upstream).catch(String)
        await sidecar.stop()
        await upstream.close()
        certificate.remove()
        return wrong
      },
    }
  },
}

/** Once every attacker is gone, no exchange and no request at the upstream is left. */
async function census(adminUrl: string, upstream: Upstream): Promise<string | undefined> {
  const until = performance.now() + KEPT_MS
  for (;;) {
    const text = await (await fetch(`${adminUrl}/metrics`)).text()
    const inFlight = /^cors_sidecar_requests_in_flight (\d+)/m.exec(text)?.[1]
    const left = { inFlight, underWay: upstream.underWay }
    if (inFlight === '0' && left.underWay === 0) return undefined
    if (performance.now() > until) return `left behind: ${JSON.stringify(left)}`
    await setTimeout(50)
  }
}

interface Upstream {
  readonly url: string
  /** Requests that are neither answered nor given up. */
  readonly underWay: number
  close(): Promise<unknown>
}

/** Answers, hangs, streams without end, sends much, and refuses early, by path. */
async function startUpstream(): Promise<Upstream> {
  let underWay = 0
  const server: Server = createServer((request, response) => {
    underWay++
    response.on('close', () => underWay--)
    answer(request.url ?? '', response, () => {
      let length = 0
      request.on('data', (bytes: Buffer) => {
        length += bytes.length
      })
      request.on('end', () => response.end(String(length)))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get underWay() {
      return underWay
    },
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    },
  }
}

function answer(path: string, response: ServerResponse, readBody: () => void): void {
  if (path === '/hanging') return
  if (path === '/upload') readBody()
  else if (path === '/events') response.write('data: 1\n\n')
  else if (path === '/large') response.end(Buffer.alloc(300_000))
  else if (path === '/early') response.writeHead(413, { Connection: 'close' }).end()
  else response.end('ok')
}
