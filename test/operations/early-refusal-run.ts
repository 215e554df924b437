// A large upload that the API refuses by its head, and closes: how often the client learns why, through
// the sidecar and, in the same run, through HAProxy and Caddy.

import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { startRealProxy } from '../support/real-proxies.js'
import { type RefuserName, startRefuser } from '../support/refusing-servers.js'
import { startSidecar } from '../support/sidecar-process.js'
import { createStrictReader, statusOf } from '../support/strict-http.js'

export interface RefusalReport {
  readonly tries: number
  /** By server and status, and then by what stood in front of it: how often the answer arrived. */
  readonly arrived: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export interface RefusalOptions {
  readonly tries: number
  readonly bytes: number
  readonly servers: readonly RefuserName[]
}

const statuses = ['401', '413'] as const
const piece = Buffer.alloc(65_536, 'a')

export async function earlyRefusals({
  tries,
  bytes,
  servers,
}: RefusalOptions): Promise<RefusalReport> {
  const arrived: Record<string, Record<string, number>> = {}
  for (const name of servers) {
    const server = await startRefuser(name, name === 'raw' ? '' : need(name).path)
    const port = Number(new URL(server.url).port)
    const certificate = createCertificate(need('openssl').path, ['DNS:localhost'])
    const sidecar = await startSidecar({ upstream: server.url })
    const overTls = await startSidecar({
      upstream: server.url,
      flags: ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile],
    })
    const haproxy = await startRealProxy('haproxy', need('haproxy').path, port)
    const caddy = await startRealProxy('caddy', need('caddy').path, port)
    const ways: Readonly<Record<string, (status: string) => Promise<string>>> = {
      sidecar: status => upload(sidecar.port, status, bytes),
      'sidecar, HTTP/2': status => uploadHttp2(overTls.port, certificate.cert, status, bytes),
      haproxy: status => upload(Number(new URL(haproxy.url).port), status, bytes),
      caddy: status => upload(Number(new URL(caddy.url).port), status, bytes),
    }
    for (const status of statuses) {
      const counts: Record<string, number> = {}
      for (let n = 0; n < tries; n++) {
        for (const [way, send] of Object.entries(ways)) {
          const got = await send(status)
          counts[way] = (counts[way] ?? 0) + (got === status ? 1 : 0)
        }
      }
      arrived[`${name} ${status}`] = counts
    }
    await Promise.all([haproxy.close(), caddy.close(), sidecar.stop(), overTls.stop()])
    await server.close()
    certificate.remove()
  }
  return { tries, arrived }
}

/** Where the sidecar passed on fewer answers than the better of the two others. */
export function fallsShort({ arrived }: RefusalReport): string[] {
  return Object.entries(arrived).flatMap(([what, counts]) => {
    const best = Math.max(counts.haproxy ?? 0, counts.caddy ?? 0)
    return Object.entries(counts)
      .filter(([way, count]) => way.startsWith('sidecar') && count < best)
      .map(([way, count]) => `${what}: ${way} ${count}, best ${best}`)
  })
}

/** Uploads and reads at the same time; resolves with the status, or with how the connection ended. */
function upload(port: number, status: string, bytes: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const reader = createStrictReader({ kind: 'response' })
  return new Promise(resolve => {
    const settle = (outcome: string) => {
      resolve(outcome)
      socket.destroy()
    }
    const patience = setTimeout(() => settle('hangs'), 20_000)
    socket.on('close', () => clearTimeout(patience))
    socket.on('data', (piece: Buffer) => {
      reader.push(piece)
      const answer = reader.messages.find(message => statusOf(message) >= 200)
      if (answer !== undefined) settle(String(statusOf(answer)))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
    socket.on('end', () => settle('closed'))
    socket.write(`POST /${status} HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${bytes}\r\n\r\n`)
    pump(socket, bytes)
  })
}

function pump(socket: Socket, bytes: number): void {
  let left = bytes
  const more = () => {
    while (left > 0 && socket.writable) {
      left -= piece.length
      if (!socket.write(piece)) return
    }
  }
  socket.on('drain', more)
  more()
}

async function uploadHttp2(
  port: number,
  ca: string,
  status: string,
  bytes: number,
): Promise<string> {
  const session = connectHttp2(`https://localhost:${port}`, { ca })
  session.on('error', () => undefined)
  await once(session, 'connect')
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${status}`,
    'content-length': bytes,
  })
  const outcome = await new Promise<string>(resolve => {
    let got = 'closed'
    const patience = setTimeout(() => resolve('hangs'), 20_000)
    stream.on('response', headers => {
      got = String(headers[':status'])
    })
    stream.on('end', () => resolve(got))
    stream.on('error', error => resolve(error.message))
    stream.on('close', () => {
      clearTimeout(patience)
      resolve(`closed with ${stream.rstCode}`)
    })
    stream.resume()
    let left = bytes
    const more = () => {
      while (left > 0 && stream.writable) {
        left -= piece.length
        if (!stream.write(piece)) return
      }
      if (left <= 0 && stream.writable) stream.end()
    }
    stream.on('drain', more)
    more()
  })
  session.destroy()
  return outcome
}
