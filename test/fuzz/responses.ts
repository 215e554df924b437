// An upstream that answers with bent bytes. A response that the parser takes for whole reaches the
// client as it is; of all others it gets an error or a cut connection, and never what was meant
// for another. Nothing hangs, and the next plain request is served.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { readCases } from '../support/cases.js'
import { startSidecar } from '../support/sidecar-process.js'
import { createStrictReader, type HttpMessage, headerOf, statusOf } from '../support/strict-http.js'
import { bentResponse } from './bent-response.js'
import { below, bend, type Fuzzer, pick, type Random } from './fuzzer.js'
import { readWithOurs } from './own-client.js'

const origin = 'https://app.example.com'
/** Far more than the sidecar may wait for an upstream that says nothing. */
const HUNG_MS = 15_000

/** An answer to nothing. */
const poison = 'HTTP/1.1 200 OK\r\nX-For: /poison\r\nContent-Length: 0\r\n\r\n'

interface Answer {
  readonly pieces: readonly string[]
  readonly ends: boolean
}

export const responses: Fuzzer = {
  name: 'responses',
  atOnce: 48,
  async start() {
    const known = readCases<{ bytes: string }>('upstream-responses.json')
      .map(({ bytes }) => bytes)
      .filter(bytes => bytes !== '' && !bytes.includes('{{'))
    const answers = new Map<string, Answer>()
    const upstream = await startUpstream(answers)
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: [
        ...['--allow-origin', origin, '--upstream-timeout', '300ms'],
        ...['--upstream-idle-timeout', '300ms', '--log-requests', 'off'],
      ],
      forgetsRequests: true,
    })
    const tally = { whole: 0, errors: 0, cut: 0 }
    const idle: Client[] = []
    let asked = 0

    async function ask(method: string, target: string): Promise<HttpMessage | undefined> {
      const client = idle.pop() ?? openClient(sidecar.port)
      const answer = await client.ask(method, target)
      if (client.isOpen()) idle.push(client)
      return answer
    }

    return {
      tally,
      pid: sidecar.pid,
      async attempt(random) {
        const target = `/${asked++}`
        const method = random() < 0.05 ? 'HEAD' : 'GET'
        const bent = random() < 0.8 ? bentResponse(random) : bend(random, pick(random, known))
        // Marked after it was bent: a bent mark would look like somebody else's.
        // And never empty: a request that gets no byte is rightly sent once more.
        const text = (bent || ' ').replace('\r\n', `\r\nX-For: ${target}\r\n`)
        const bytes = Buffer.from(text, 'latin1')
        const read = (ends: boolean) => readWithOurs(method, bytes, () => bytes.length, ends)
        // Where more is due, an end that is left open makes the sidecar wait for its time-out.
        const open = read(false)
        const isWhole = open.reading !== undefined
        const ends = random() < (isWhole ? 0.3 : 0.95)
        // What nobody asked for comes with the answer: nothing tells a later packet of it from the
        // answer to the next request.
        const behind = isWhole && random() < 0.1 ? poison : ''
        const isOne = (isWhole && !open.keepsAlive) || behind !== ''
        const given = { pieces: isOne ? [text + behind] : cut(random, text), ends }
        answers.set(target, given)
        const wrong = (what: string) => `${what}: ${method} ${JSON.stringify(given)}`
        const { reading } = read(ends)
        const answer = await ask(method, target)
        if (!sidecar.alive) return wrong('the process is gone')
        if (answer === undefined) tally.cut++
        else if ([502, 504].includes(statusOf(answer)) && headerOf(answer, 'x-for') === undefined) {
          tally.errors++
        } else {
          tally.whole++
          const got = JSON.stringify([statusOf(answer), answer.body.toString('latin1')])
          const meant = reading && JSON.stringify([reading.status, reading.body])
          if (got !== meant) return wrong(`got ${got}, not ${meant}`)
          if (headerOf(answer, 'x-for')?.includes(target) === false) return wrong('for another')
        }
        const unserved = await plain(ask, `/next-${target.slice(1)}`)
        return unserved === undefined ? undefined : wrong(unserved)
      },
      async close() {
        for (const client of idle) client.close()
        await sidecar.stop()
        await upstream.close()
        return undefined
      },
    }
  },
}

function cut(random: Random, text: string): string[] {
  if (random() < 0.5) return [text]
  const at = below(random, text.length)
  return [text.slice(0, at), text.slice(at)]
}

/** A busy machine may miss the short limit once or twice; a poisoned connection is never excused. */
async function plain(
  ask: (method: string, target: string) => Promise<HttpMessage | undefined>,
  target: string,
): Promise<string | undefined> {
  for (let left = 5; ; left--) {
    const answer = await ask('GET', target)
    const meantFor = answer && headerOf(answer, 'x-for')
    if (answer !== undefined && statusOf(answer) === 200 && meantFor === target) return undefined
    if (answer === undefined || statusOf(answer) !== 504 || left === 0) {
      return `the next got ${answer?.startLine} for ${meantFor}`
    }
  }
}

interface Client {
  /** The final response; undefined when the connection is cut before its end. Rejects for a hang. */
  ask(method: string, target: string): Promise<HttpMessage | undefined>
  isOpen(): boolean
  close(): void
}

/** A connection to the sidecar that carries one request after another. */
function openClient(port: number): Client {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  let ended = false
  let settle: (() => void) | undefined
  let reader = createStrictReader({ kind: 'response' })
  const over = () => {
    ended = true
    settle?.()
  }
  socket.on('data', (bytes: Buffer) => {
    reader.push(bytes)
    settle?.()
  })
  socket.on('error', () => socket.destroy())
  socket.on('end', over)
  socket.on('close', over)
  return {
    ask(method, target) {
      reader = createStrictReader({ kind: 'response', methodOf: () => method })
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: a.test\r\nOrigin: ${origin}\r\n\r\n`)
      return new Promise((resolve, reject) => {
        const patience = setTimeout(() => reject(new Error(`${target} hangs`)), HUNG_MS)
        settle = () => {
          const answer = reader.messages.find(message => statusOf(message) >= 200)
          if (answer === undefined && reader.problem === undefined && !ended) return
          clearTimeout(patience)
          settle = undefined
          if (reader.problem !== undefined) reject(new Error(reader.problem))
          else if (reader.rest.length > 0) reject(new Error('bytes behind the answer'))
          else resolve(answer)
          if (answer !== undefined && headerOf(answer, 'connection') === 'close') ended = true
        }
      })
    },
    isOpen: () => !ended && socket.writable,
    close: () => socket.destroy(),
  }
}

/** Each piece in a packet of its own. */
function writeInTurn(socket: Socket, answer: Answer, at = 0): void {
  const piece = answer.pieces[at]
  if (piece !== undefined) {
    socket.write(piece, 'latin1')
    setImmediate(writeInTurn, socket, answer, at + 1)
  } else if (answer.ends) socket.end()
}

async function startUpstream(answers: Map<string, Answer>) {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    open.add(socket)
    let text = ''
    let isEnding = false
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1')
      // What comes behind an end of ours is asked again on another connection. It may come before
      // that end is sent, which would then end the wrong answer.
      if (!text.includes('\r\n\r\n') || isEnding) return
      const target = text.split(' ', 2)[1] as string
      text = ''
      const bent = answers.get(target)
      answers.delete(target)
      if (bent === undefined) {
        socket.write(`HTTP/1.1 200 OK\r\nX-For: ${target}\r\nContent-Length: 2\r\n\r\nok`)
        return
      }
      isEnding = bent.ends
      writeInTurn(socket, bent)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const socket of open) socket.destroy()
      return new Promise(resolve => server.close(resolve))
    },
  }
}
