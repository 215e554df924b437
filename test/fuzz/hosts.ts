// Names of hosts, listed and foreign, in every spelling: what is listed is served however it is spelt, and
// what a browser would read as anything else never is, over HTTP/1.1, HTTP/2, and in absolute targets.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { compileHosts, compileLocalHosts } from '../../src/policy/served-hosts.js'
import { isValidHost } from '../../src/proxy/message/request-target.js'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import {
  block,
  END_HEADERS,
  END_STREAM,
  frame,
  frameType,
  openRawHttp2,
} from '../support/raw-http2.js'
import { startSidecar } from '../support/sidecar-process.js'
import { drawAny, drawHonest, isOnList, listed, page } from './drawn-hosts.js'
import { type Fuzzer, pick, type Random } from './fuzzer.js'

const openssl = need('openssl')

/** What is the same of a listener with its own default and of one with a list. */
interface Listener {
  readonly list: readonly string[]
  readonly takesAddresses: boolean
  readonly serves: (host: string) => boolean
  readonly port: number
}

export const hosts: Fuzzer = {
  name: 'hosts',
  skip: openssl.skip,
  atOnce: 8,
  async start() {
    const certificate = createCertificate(openssl.path, ['DNS:localhost'])
    const reached = new Set<string>()
    const upstream = createServer((request, response) => {
      reached.add(request.url ?? '')
      response.end('ok')
    })
    await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
    const { port } = upstream.address() as AddressInfo
    const flags = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile, '-o', page]
    const begin = (more: readonly string[]) =>
      startSidecar({
        upstream: `http://127.0.0.1:${port}`,
        flags: [...flags, ...more],
        keepsHosts: true,
        forgetsRequests: true,
      })
    const [byDefault, byList] = await Promise.all([
      begin([]),
      begin(listed.flatMap(name => ['--allow-host', name])),
    ])
    const listeners: readonly Listener[] = [
      {
        list: ['localhost', '*.localhost', '127.0.0.1', '[::1]', 'shop.example.com'],
        takesAddresses: true,
        serves: compileLocalHosts([page]),
        port: byDefault.port,
      },
      { list: listed, takesAddresses: false, serves: compileHosts(listed), port: byList.port },
    ]
    const tally = { hosts: 0, served: 0, refused: 0 }
    let asked = 0

    /** What went wrong with a host, served or not. */
    function judge(
      { list, takesAddresses }: Listener,
      host: string,
      isServed: boolean,
      isMeant: boolean,
    ) {
      tally.hosts++
      if (isServed) tally.served++
      else tally.refused++
      if (isServed && !isOnList(host, list, takesAddresses)) return `serves ${JSON.stringify(host)}`
      return isMeant && !isServed ? `refuses ${JSON.stringify(host)}` : undefined
    }

    return {
      tally,
      pid: byList.pid,
      async attempt(random) {
        const listener = pick(random, listeners)
        for (let n = 0; n < 50; n++) {
          const isMeant = random() < 0.3
          const host = isMeant ? drawHonest(random, listener.list) : drawAny(random, listener.list)
          const wrong = judge(listener, host, isValidHost(host) && listener.serves(host), isMeant)
          if (wrong !== undefined) return `the function ${wrong}`
        }
        const isMeant = random() < 0.3
        const host = isMeant ? drawHonest(random, listener.list) : drawAny(random, listener.list)
        const path = `/${asked++}`
        const way = pick(random, [askOverHttp1, askOverHttp2])
        const { status, sent } = await way(random, listener.port, host, path)
        const isServed = reached.delete(path) || (status >= 200 && status < 300)
        const wrong = judge(listener, host, isServed, isMeant)
        if (wrong !== undefined) return `${status}, it ${wrong}: ${JSON.stringify(sent)}`
        return byDefault.alive && byList.alive ? undefined : 'the process is gone'
      },
      async close() {
        await Promise.all([byDefault.stop(), byList.stop()])
        upstream.closeAllConnections()
        upstream.close()
        certificate.remove()
        return undefined
      },
    }
  },
}

/** What may stand beside a host, and change nothing. */
const besides: readonly (readonly [string, string])[] = [
  ['x-forwarded-host', 'localhost'],
  ['forwarded', 'host=localhost'],
  ['x-host', 'localhost'],
  ['x-original-host', 'localhost'],
  ['origin', page],
  ['access-control-request-method', 'PUT'],
  ['upgrade', 'websocket'],
]

const drawBesides = (random: Random) => besides.filter(() => random() < 0.2)
const drawMethod = (random: Random) => pick(random, ['GET', 'HEAD', 'OPTIONS', 'DELETE'])

interface Asked {
  /** 0 for none. */
  readonly status: number
  readonly sent: string
}

async function askOverHttp1(
  random: Random,
  port: number,
  host: string,
  path: string,
): Promise<Asked> {
  // An absolute target that names another host than the field is refused, so it is said twice.
  const target = random() < 0.3 ? `http://${host}${path}` : path
  const lines = [
    `${drawMethod(random)} ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...drawBesides(random).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ]
  const sent = `${lines.join('\r\n')}\r\n\r\n`
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  let text = ''
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more
  })
  socket.on('error', () => socket.destroy())
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.write(sent, 'latin1')
  await closed
  return { status: Number(text.split(' ', 2)[1] ?? 0), sent }
}

async function askOverHttp2(
  random: Random,
  port: number,
  host: string,
  path: string,
): Promise<Asked> {
  const raw = await openRawHttp2({ port, rejectUnauthorized: false })
  const name = random() < 0.7 ? ':authority' : 'host'
  const pseudo: (readonly [string, string])[] = [
    [':method', drawMethod(random)],
    [':scheme', pick(random, ['https', 'http'])],
    [':path', path],
  ]
  const fields = drawBesides(random).filter(([field]) => field !== 'upgrade')
  const head = block([...pseudo, [name, host], ...fields])
  raw.write(frame(frameType.headers, END_HEADERS | END_STREAM, 1, head))
  const about = [frameType.headers, frameType.reset, frameType.goAway] as readonly number[]
  const answer = await raw.frame(({ type }) => about.includes(type))
  raw.socket.destroy()
  return {
    status: answer?.type === frameType.headers ? statusIn(answer.payload) : 0,
    sent: head.toString('latin1'),
  }
}

/** The status with which a response head begins: indexed, or a literal (RFC 7541, appendix A). */
function statusIn(head: Buffer): number {
  const at = [200, 204, 206, 304, 400, 404, 500]
  const first = head[0] ?? 0
  if (first >= 0x88 && first <= 0x8e) return at[first - 0x88] ?? 0
  return 403
}
