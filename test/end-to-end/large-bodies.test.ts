// Bodies larger than any buffer: whole, in step, cut where they are cut.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { createServer as createTlsServer, request as requestTls } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { Client } from 'undici'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'

t.setTimeout(300_000)

const mebibyte = 1024 * 1024
const body = randomBytes(9 * mebibyte + 12_345)
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

async function scene(t: Test, answer: (req: IncomingMessage, res: ServerResponse) => void) {
  const api = createServer(answer)
  await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
  const { port } = api.address() as AddressInfo
  const sidecar = await startSidecar({ upstream: `http://127.0.0.1:${port}` })
  t.teardown(async () => {
    await sidecar.stop()
    api.closeAllConnections()
    api.close()
  })
  return { sidecar }
}

t.test('a large body of known length arrives whole, and the connection goes on', async t => {
  const { sidecar } = await scene(t, (req, res) => {
    if (req.url === '/small') res.end('small')
    else res.writeHead(200, { 'content-length': body.length }).end(body)
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.close())
  for (let round = 0; round < 3; round++) {
    const large = await client.request({ method: 'GET', path: '/large' })
    t.equal(digest(Buffer.from(await large.body.arrayBuffer())), digest(body), `round ${round}`)
    const small = await client.request({ method: 'GET', path: '/small' })
    t.equal(await small.body.text(), 'small', 'the next answer on the same connection')
  }
})

t.test('a client that reads slowly gets the same bytes', async t => {
  const { sidecar } = await scene(t, (_req, res) => {
    res.writeHead(200, { 'content-length': body.length }).end(body)
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.close())
  const { body: stream } = await client.request({ method: 'GET', path: '/' })
  const pieces: Buffer[] = []
  for await (const piece of stream) {
    pieces.push(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.equal(digest(Buffer.concat(pieces)), digest(body))
})

t.test('a large body that breaks off is cut for the client too', async t => {
  const { sidecar } = await scene(t, (_req, res) => {
    res.writeHead(200, { 'content-length': body.length })
    res.write(body.subarray(0, 6 * mebibyte), () => res.destroy())
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.destroy())
  const { body: stream } = await client.request({ method: 'GET', path: '/' })
  await t.rejects(stream.arrayBuffer(), 'never a clean end')
  t.equal(sidecar.alive, true)
})

t.test('bytes behind a large body reach nobody', async t => {
  const { sidecar } = await scene(t, (_req, res) => {
    res.writeHead(200, { 'content-length': body.length })
    res.write(body)
    res.socket?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON')
  })
  const client = new Client(sidecar.url)
  t.teardown(() => client.close())
  for (let round = 0; round < 2; round++) {
    const { body: stream } = await client.request({ method: 'GET', path: '/' })
    t.equal(digest(Buffer.from(await stream.arrayBuffer())), digest(body))
  }
})

t.test('a client that leaves in a large body stops the upstream', async t => {
  const gone = new Promise<void>(resolve => {
    scene(t, (_req, res) => {
      res.writeHead(200, { 'content-length': 64 * mebibyte })
      const more = () => {
        if (!res.destroyed) res.write(body)
      }
      res.on('drain', more)
      res.on('close', () => resolve())
      more()
    }).then(({ sidecar }) => {
      const socket = connect(sidecar.port, '127.0.0.1')
      let seen = 0
      socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
      socket.on('data', piece => {
        seen += piece.length
        if (seen > 5 * mebibyte) socket.destroy()
      })
      socket.on('error', () => socket.destroy())
    })
  })
  await gone
  t.pass('the upstream saw the end')
})

const openssl = need('openssl')
const secret = randomBytes(3 * mebibyte)

/** A body of its own for each number, cut at random places. */
function bodyOf(number: number): Buffer {
  const start = (number * 104_729) % mebibyte
  return secret.subarray(start, start + 2 * mebibyte + number)
}

/** More than may be read in large pieces at a time. */
const atOnce = 40

/** Reads to the end, with a pause behind every few pieces. */
async function readSlowly(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  let pieces = 0
  for await (const piece of stream) {
    hash.update(piece)
    pieces++
    if (pieces % 7 === 0) for (let n = 0; n < 20; n++) await new Promise(setImmediate)
  }
  return hash.digest('hex')
}

interface Asked {
  readonly port: number
  readonly path: string
  /** Sent in the request, in chunks of uneven length if its own is even. */
  readonly body?: Buffer | undefined
  readonly ca?: string | undefined
}

type Ask = (asked: Asked) => Promise<AsyncIterable<Buffer>>

function send(to: Writable, body: Buffer | undefined): void {
  if (body === undefined) to.end()
  else Readable.from(cut(body)).pipe(to)
}

function* cut(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 50_001) yield body.subarray(at, at + 50_001)
}

const methodAndFields = (body: Buffer | undefined) =>
  body === undefined
    ? {}
    : { method: 'POST', headers: body.length % 2 === 0 ? {} : { 'content-length': body.length } }

const overHttp1: Ask = ({ port, path, body }) =>
  new Promise((resolve, reject) => {
    const options = { port, path, host: '127.0.0.1', agent: false, ...methodAndFields(body) }
    send(request(options, resolve).on('error', reject), body)
  })

const overTls: Ask = ({ port, path, body, ca }) =>
  new Promise((resolve, reject) => {
    const options = { port, path, ca, host: 'localhost', agent: false, ...methodAndFields(body) }
    send(requestTls(options, resolve).on('error', reject), body)
  })

const overHttp2: Ask = async ({ port, path, body, ca }) => {
  const session = connectHttp2(`https://localhost:${port}`, ca === undefined ? {} : { ca })
  const method = body === undefined ? 'GET' : 'POST'
  const stream = session.request({ ':path': path, ':method': method })
  stream.on('close', () => session.close())
  send(stream, body)
  await once(stream, 'response')
  return stream
}

interface Way {
  readonly what: string
  readonly upstreamIsTls: boolean
  readonly ask: Ask
}

/** Runs `run` for each way a body can take, between clients and upstreams of all kinds. */
function eachWay(
  t: Test,
  answer: (req: IncomingMessage, res: ServerResponse) => void,
  run: (
    t: Test,
    ask: (path: string, body?: Buffer) => Promise<AsyncIterable<Buffer>>,
  ) => Promise<void>,
): void {
  const ways: readonly Way[] = [
    { what: 'over HTTP/1.1', upstreamIsTls: false, ask: overHttp1 },
    { what: 'over TLS from TLS', upstreamIsTls: true, ask: overTls },
    { what: 'over HTTP/2', upstreamIsTls: false, ask: overHttp2 },
    { what: 'over HTTP/2 from TLS', upstreamIsTls: true, ask: overHttp2 },
  ]
  for (const { what, upstreamIsTls, ask } of ways) {
    const isTls = ask !== overHttp1
    t.test(what, { skip: isTls && openssl.skip }, async t => {
      const certificate = openssl.skip
        ? undefined
        : createCertificate(openssl.path, ['DNS:localhost'])
      t.teardown(() => certificate?.remove())
      const api = upstreamIsTls
        ? createTlsServer({ cert: certificate?.cert, key: certificate?.key }, answer)
        : createServer(answer)
      await new Promise<void>(resolve => api.listen(0, '127.0.0.1', resolve))
      const { port } = api.address() as AddressInfo
      const sidecar = await startSidecar({
        upstream: upstreamIsTls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
        flags: [
          ...(isTls ? ['--tls-cert', String(certificate?.certFile)] : []),
          ...(isTls ? ['--tls-key', String(certificate?.keyFile)] : []),
          ...(upstreamIsTls ? ['--upstream-ca', String(certificate?.certFile)] : []),
          // A busy machine takes its time for so many handshakes.
          '--connect-timeout=60s',
        ],
      })
      t.teardown(async () => {
        await sidecar.stop()
        api.closeAllConnections()
        api.close()
      })
      await run(t, (path, body) => ask({ port: sidecar.port, path, body, ca: certificate?.cert }))
    })
  }
}

t.test('many at once, to clients that stop and go, keep their own bytes', async t => {
  const answer = (req: IncomingMessage, res: ServerResponse) => {
    const own = bodyOf(Number(req.url?.slice(2)))
    // Even ones in chunks of uneven length, odd ones with their length.
    if (req.url?.startsWith('/c') === true) {
      for (let at = 0; at < own.length; at += 50_001) res.write(own.subarray(at, at + 50_001))
      res.end()
    } else res.writeHead(200, { 'content-length': own.length }).end(own)
  }
  eachWay(t, answer, async (t, ask) => {
    for (let round = 0; round < 2; round++) {
      const numbers = Array.from({ length: atOnce }, (_, n) => round * atOnce + n)
      const digests = await Promise.all(
        numbers.map(async n => readSlowly(await ask(`/${n % 2 === 0 ? 'c' : 'l'}${n}`))),
      )
      t.strictSame(
        digests,
        numbers.map(n => digest(bodyOf(n))),
      )
    }
  })
})

t.test('many at once, to an upstream that stops and goes, keep their own bytes', async t => {
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    res.end(await readSlowly(req))
  }
  eachWay(t, answer, async (t, ask) => {
    for (let round = 0; round < 2; round++) {
      const numbers = Array.from({ length: atOnce }, (_, n) => round * atOnce + n)
      const digests = await Promise.all(numbers.map(async n => text(await ask(`/${n}`, bodyOf(n)))))
      t.strictSame(
        digests,
        numbers.map(n => digest(bodyOf(n))),
      )
    }
  })
})

t.test('a body in tiny chunks, to a client that stops and goes, causes no alarm', async t => {
  const chunks = 500_000
  const chunk = '0123456789abcdef'
  const upstream = createTcpServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      socket.write(`10\r\n${chunk}\r\n`.repeat(chunks))
      socket.end('0\r\n\r\n')
    })
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const sidecar = await startSidecar({ upstream: `http://127.0.0.1:${port}` })
  t.teardown(() => upstream.close())
  const received = await readSlowly(await overHttp1({ port: sidecar.port, path: '/' }))
  t.equal(received, digest(Buffer.from(chunk.repeat(chunks))))
  const { stderr } = await sidecar.stop()
  t.equal(stderr, '')
})
