// The clients of a soak run. Most keep their connections and ask one request after another; some
// stream events, upgrade or leave. Every answer is checked, by its head and its body.

import { connect, type Socket } from 'node:net'

const origin = 'https://app.example.com'
/** Longer than anything that goes well takes. */
const HUNG_MS = 20_000

/** What is asked for, and what must come back. */
interface Question {
  readonly kind: string
  readonly bytes: string
  readonly status: number
  readonly body: string
}

function question(kind: string, request: string, status: number, body: string): Question {
  const [method = '', path = ''] = request.split(' ')
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: api.test', `Origin: ${origin}`]
  if (method === 'OPTIONS') lines.push('Access-Control-Request-Method: PUT')
  const sent = method === 'POST' ? body : ''
  if (method === 'POST') lines.push(`Content-Length: ${sent.length}`)
  return { kind, bytes: `${lines.join('\r\n')}\r\n\r\n${sent}`, status, body }
}

const questions: readonly Question[] = [
  ...Array.from({ length: 12 }, () => question('GET', 'GET /', 200, '')),
  ...Array.from({ length: 4 }, () => question('preflight', 'OPTIONS /', 204, '')),
  ...Array.from({ length: 3 }, () => question('POST', 'POST /', 200, 'a'.repeat(500))),
  question('POST of 20 kB', 'POST /', 200, 'b'.repeat(20_000)),
]
const events = question('events', 'GET /events', 200, 'data: tick\n\n'.repeat(3))
/** Requests on one connection before its client opens another. */
const REQUESTS_PER_CONNECTION = 500

export interface Load {
  /** Requests that were answered as they should be, by kind. */
  readonly counts: Readonly<Record<string, number>>
  /** Connections that the clients opened. */
  readonly connections: number
  readonly failures: readonly string[]
  /** Resolves when all clients are done. */
  readonly over: Promise<unknown>
}

/** Runs the clients until `isOver`. */
export function startLoad(port: number, isOver: () => boolean): Load {
  const counts: Record<string, number> = {}
  const failures: string[] = []
  const load = { counts, connections: 0, failures, over: Promise.resolve<unknown>(undefined) }

  async function work(act: () => Promise<void>): Promise<void> {
    while (!isOver()) {
      await act().catch(error => {
        if (failures.length < 10) failures.push(String(error))
      })
    }
  }
  function count(kind: string): void {
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  function open(): Socket {
    load.connections++
    return connect({ port, host: '127.0.0.1', noDelay: true })
  }
  async function askInTurn(): Promise<void> {
    let left = REQUESTS_PER_CONNECTION
    let at = load.connections
    await converse(
      open(),
      () => {
        if (left-- <= 0 || isOver()) return undefined
        return questions[at++ % questions.length]
      },
      count,
    )
  }
  const actors = [
    ...Array.from({ length: 20 }, () => askInTurn),
    ...Array.from({ length: 4 }, () => () => {
      let left = 20
      return converse(open(), () => (left-- > 0 && !isOver() ? events : undefined), count)
    }),
    ...Array.from({ length: 2 }, () => () => echo(open(), count)),
    ...Array.from({ length: 2 }, () => () => leave(open(), count)),
  ]
  load.over = Promise.all(actors.map(work))
  return load
}

/** Asks what `next` gives, each after the answer to the one before, then closes. */
function converse(
  socket: Socket,
  next: () => Question | undefined,
  count: (kind: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    let asked: Question | undefined
    const fail = (what: string) => {
      socket.destroy()
      reject(new Error(`${asked?.kind}: ${what}`))
    }
    const ask = () => {
      asked = next()
      if (asked === undefined) socket.end()
      else socket.write(asked.bytes, 'latin1')
    }
    socket.setTimeout(HUNG_MS, () => fail('no answer'))
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1')
      if (asked === undefined) return fail(`not asked for: ${received.slice(0, 60)}`)
      const end = answerEnd(received)
      if (end === undefined) return
      const wrong = judge(received.slice(0, end), asked)
      received = received.slice(end)
      if (wrong !== undefined) return fail(wrong)
      if (received !== '') return fail(`bytes behind the answer: ${received.slice(0, 60)}`)
      count(asked.kind)
      ask()
    })
    socket.on('error', error => fail(String(error)))
    socket.on('close', () => {
      if (asked === undefined) resolve()
      else fail('the connection ended')
    })
    ask()
  })
}

/** Where the answer ends at the front of the text, or undefined while it has not come whole. */
function answerEnd(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = /\r\nContent-Length: (\d+)/i.exec(text.slice(0, head))?.[1]
  if (length !== undefined) {
    const end = head + 4 + Number(length)
    return text.length < end ? undefined : end
  }
  if (!/\r\nTransfer-Encoding: chunked/i.test(text.slice(0, head))) return head + 4
  const last = text.indexOf('\r\n0\r\n\r\n', head + 2)
  return last === -1 ? undefined : last + 7
}

function judge(answer: string, { status, body }: Question): string | undefined {
  const end = answer.indexOf('\r\n\r\n')
  const head = answer.slice(0, end)
  const rest = answer.slice(end + 4)
  if (!head.startsWith(`HTTP/1.1 ${status} `)) return `got ${head.slice(0, 40)}`
  if (!head.includes(`\r\nAccess-Control-Allow-Origin: ${origin}\r\n`)) return 'no grant'
  const isChunked = /\r\nTransfer-Encoding: chunked/i.test(head)
  const got = isChunked ? rest.replace(/(?:^|\r\n)[0-9a-f]+\r\n(?:\r\n$)?/g, '') : rest
  return got === body ? undefined : `${got.length} bytes, not ${body.length}`
}

/** Opens an upgrade, sends something, gets it back, closes. */
function echo(socket: Socket, count: (kind: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: api.test\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    )
    let received = ''
    socket.setTimeout(HUNG_MS, () => socket.destroy())
    socket.setEncoding('latin1').on('data', text => {
      if (received === '') socket.write('hello')
      received += text
      if (received.endsWith('\r\n\r\nhello')) socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      if (!received.endsWith('\r\n\r\nhello')) {
        reject(new Error(`upgrade: got ${JSON.stringify(received.slice(0, 60))}`))
        return
      }
      count('upgrade')
      resolve()
    })
  })
}

/** Asks for what never comes, and goes. */
function leave(socket: Socket, count: (kind: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write('GET /slow HTTP/1.1\r\nHost: api.test\r\n\r\n')
    socket.on('error', reject)
    socket.on('close', () => {
      count('abort')
      resolve()
    })
    setTimeout(() => socket.resetAndDestroy(), 20)
  })
}
