// Thousands of bent request streams through the sidecar to three readers at once: Node's parser,
// a strict one and a lenient one. One accepted request is one upstream request, for all of them.
//
// SMUGGLING_SEED repeats a run, SMUGGLING_STREAMS sets its length.

import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { readCases } from '../support/cases.js'
import { readLeniently } from '../support/lenient-http.js'
import { mutateStream, seededRandom } from '../support/mutated-streams.js'
import { exchange, openRawClient } from '../support/raw-client.js'
import { type LogLine, startSidecar } from '../support/sidecar-process.js'
import {
  createStrictReader,
  headerOf,
  methodOf,
  statusOf,
  targetOf,
} from '../support/strict-http.js'

const seed = Number(process.env.SMUGGLING_SEED ?? Math.floor(Math.random() * 2 ** 32))
const count = Number(process.env.SMUGGLING_STREAMS ?? 10_000)
const atOnce = 48
/** A stream whose request is not finished is given up after this long without an answer. */
const quietMs = 400

/** Ends what a stream left unfinished, so that hardly any has to be given up. */
const end = 'GET /end HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n'.repeat(4)
/** What a request says whose marker was bent away. */
const unmarked = 'unmarked'
/** The sidecar left within a request, as it does when its client breaks off. */
const abandoned = ['ECONNRESET', 'HPE_INVALID_EOF_STATE']

interface SeenRequest {
  readonly id: string
  readonly method: string
  readonly target: string
  readonly body: string
}

interface UpstreamSide {
  readonly bytes: Buffer[]
  readonly requests: SeenRequest[]
}

t.setTimeout(300_000)
t.comment(`SMUGGLING_SEED=${seed}`)

t.test(`${count} mutated streams`, async t => {
  t.setTimeout(300_000)
  const upstream = await startWatchedUpstream()
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['--allow-origin', 'https://app.example.com', '--log-requests', 'all'],
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })

  const random = seededRandom(seed)
  const seeds = readCases<{ bytes: string }>('raw-requests.json')
    .map(({ bytes }) => bytes)
    .filter(bytes => bytes !== '' && !bytes.includes('{{'))
  const crossed: string[] = []
  let answers = 0
  let sent = 0
  async function sendStreams(): Promise<void> {
    while (sent < count && sidecar.alive) {
      const marker = `s${sent}`
      sent += 1
      const { pieces, description } = mutateStream(random, seeds, marker)
      for (const response of await send(sidecar.port, [...pieces, end])) {
        answers += 1
        const echoed = headerOf(response, 'x-echo')?.split(', ') ?? []
        if (!echoed.every(name => name === marker || name === unmarked)) {
          crossed.push(`${echoed} reached ${marker}: ${description}: ${JSON.stringify(pieces)}`)
        }
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sendStreams))

  t.ok(sidecar.alive, 'the process lives')
  const last = await exchange(sidecar.port, 'GET /last HTTP/1.1\r\nHost: api.test\r\n\r\n')
  t.equal(statusOf(last), 200, 'the next request is served')
  await sidecar.log(line => line.path === '/last', 'the last request')
  t.strictSame(crossed, [], 'no client gets the answer of another')
  t.strictSame(upstream.parserErrors, [], "Node's parser takes every byte that was forwarded")

  const seen = upstream.connections.flatMap(({ requests }) => requests)
  t.comment(`${answers} answers, ${seen.length} requests reached the upstream`)
  t.ok(seen.length > count / 10, 'many of them were forwarded')
  t.ok(answers > seen.length, 'and some were refused')
  for (const disagreement of upstream.connections.flatMap(disagreementsOf).slice(0, 5)) {
    t.fail('the readers disagree', { disagreement })
  }

  const logged = new Map<unknown, LogLine[]>()
  for (const line of sidecar.logs) {
    if (line.event === 'request') logged.set(line.id, [...(logged.get(line.id) ?? []), line])
  }
  t.equal(new Set(seen.map(({ id }) => id)).size, seen.length, 'no request was sent twice')
  const strangers = seen.filter(({ id, method, target }) => {
    const [line, ...more] = logged.get(id) ?? []
    const path = target.split('?')[0]
    return !line || more.length > 0 || line.method !== method || line.path !== path
  })
  t.strictSame(strangers.slice(0, 5), [], 'each upstream request is one request of the log')
  const ids = new Set(seen.map(({ id }) => id))
  const missing = [...logged.values()]
    .flat()
    .filter(line => line.status === 200 && !ids.has(String(line.id)))
  t.strictSame(missing.slice(0, 5), [], 'each request that was served reached the upstream')
  t.strictSame(sidecar.logs.filter(line => 'notJson' in line).slice(0, 5), [], 'the log is JSON')
})

/** Sends the pieces, each in a packet of its own; what came back before a close or a silence. */
async function send(port: number, pieces: readonly string[]) {
  const client = await openRawClient({ port })
  let timer: NodeJS.Timeout | undefined
  const quiet = new Promise<void>(resolve => {
    const again = () => {
      clearTimeout(timer)
      timer = setTimeout(resolve, quietMs)
    }
    client.socket.on('data', again)
    client.socket.once('close', () => resolve())
    client.socket.once('end', () => resolve())
    again()
  })
  for (const piece of pieces) {
    client.write(piece)
    await new Promise(resolve => setImmediate(resolve))
  }
  await quiet
  clearTimeout(timer)
  client.destroy()
  return client.responses()
}

/** A Node server that also keeps the bytes of each connection. */
async function startWatchedUpstream() {
  const connections: UpstreamSide[] = []
  const bySocket = new WeakMap<Socket, UpstreamSide>()
  const parserErrors: string[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const seen = {
      id: String(request.headers['x-request-id']),
      method: request.method ?? '',
      target: request.url ?? '',
      body: '',
    }
    request.setEncoding('latin1').on('data', (text: string) => {
      seen.body += text
    })
    request.on('end', () => {
      bySocket.get(request.socket)?.requests.push(seen)
      response.setHeader('X-Echo', request.headers['x-stream'] ?? unmarked)
      response.end('ok')
    })
  })
  server.on('connection', (socket: Socket) => {
    const side: UpstreamSide = { bytes: [], requests: [] }
    connections.push(side)
    bySocket.set(socket, side)
    socket.on('data', (bytes: Buffer) => side.bytes.push(bytes))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!abandoned.includes(error.code ?? '')) parserErrors.push(`${error.code}: ${error.message}`)
    socket.destroy()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    connections,
    parserErrors,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    },
  }
}

/** Where the three readers do not see the same requests on one upstream connection. */
function disagreementsOf({ bytes, requests }: UpstreamSide): string[] {
  const all = Buffer.concat(bytes)
  const strict = createStrictReader({ kind: 'request' })
  strict.push(all)
  if (strict.problem !== undefined) return [`not strict: ${strict.problem}`]
  const byStrict = strict.messages.map(message =>
    shown({
      method: methodOf(message),
      target: targetOf(message),
      body: message.body.toString('latin1'),
    }),
  )
  const lenient = readLeniently(all.toString('latin1')).map(shown)
  const byNode = requests.map(shown)
  // Left by the sidecar, Node drops a last request that it has not handed over yet.
  const isSame = (others: string[]) => others.join() === byStrict.join()
  const isAllButLast = byNode.join() === byStrict.slice(0, -1).join()
  return [
    ...(isSame(lenient) ? [] : [`strict ${byStrict}, lenient ${lenient}`]),
    ...(isSame(byNode) || isAllButLast ? [] : [`strict ${byStrict}, Node ${byNode}`]),
  ]
}

function shown({ method, target, body }: Omit<SeenRequest, 'id'>): string {
  return JSON.stringify([method, target, body])
}
