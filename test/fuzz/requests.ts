// Streams of requests, valid ones of every shape and then bent ones, each over one connection.
// One accepted request is one upstream request with the same method, target and body, for a strict
// reader and for a lenient one; what comes back is valid HTTP, in order, and never a 500.

import { connect, type Socket } from 'node:net'
import { readCases } from '../support/cases.js'
import { drawRequest } from '../support/drawn-requests.js'
import { mutateStream } from '../support/mutated-streams.js'
import { startSidecar } from '../support/sidecar-process.js'
import {
  createStrictReader,
  type HttpMessage,
  headerOf,
  methodOf,
  type StrictReader,
  statusOf,
  targetOf,
  valuesOf,
} from '../support/strict-http.js'
import { below, bend, type Fuzzer, type Random } from './fuzzer.js'
import { type SeenRequest, shown, startWatchedUpstream } from './watched-upstream.js'

/** Ends what a stream left unfinished, so that hardly any has to be given up. */
const last = (marker: string) =>
  `GET /last HTTP/1.1\r\nHost: api.test\r\nX-Stream: ${marker}\r\nConnection: close\r\n\r\n`.repeat(
    4,
  )
/** What an upstream that is well can be no reason for. */
const trouble = [500, 502, 503, 504]
/** A stream that is neither answered nor closed for so long is ended by its client. */
const QUIET_MS = 1_000
/** And one that is not closed even then hangs. */
const HUNG_MS = 10_000

export const requests: Fuzzer = {
  name: 'requests',
  atOnce: 24,
  async start() {
    const upstream = await startWatchedUpstream()
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: ['--allow-origin', 'https://app.example.com', '--log-requests', 'off'],
      forgetsRequests: true,
    })
    const seeds = readCases<{ bytes: string }>('raw-requests.json')
      .map(({ bytes }) => bytes)
      .filter(bytes => bytes !== '' && !bytes.includes('{{'))
    const tally = { requests: 0, forwarded: 0, refused: 0, unanswered: 0, quiet: 0 }
    /** By the latest streams: the requests that bear its marker and whose answers did not come. */
    const unanswered = new Map<string, { readonly left: string[]; readonly text: string }>()
    /** How many such requests lost their marker when they were bent, of all streams. */
    const unmarked = new Map<string, number>()
    let streams = 0
    let hasFailed = false

    function judge({ marker, text, answers, expected }: Judged): string | undefined {
      const { messages, problem } = expected
      for (const [at, answer] of answers.entries()) {
        tally.requests++
        const serial = headerOf(answer, 'x-serial')
        const status = statusOf(answer)
        if (trouble.includes(status)) return `answer ${at} is ${answer.startLine}`
        if (serial === undefined) {
          if (status >= 400) tally.refused++
          continue
        }
        tally.forwarded++
        const seen = upstream.unclaimed.get(serial)
        if (seen === undefined) return `answer ${at} had been given before`
        upstream.unclaimed.delete(serial)
        const message = messages[at]
        if (message === undefined) return `answer ${at} to what is no request: ${problem}`
        if (shown(asForwarded(message)) !== shown(seen)) {
          return `request ${at} was ${shown(asForwarded(message))}, the upstream got ${shown(seen)}`
        }
      }
      const left: string[] = []
      for (const message of messages.slice(answers.length)) {
        const request = shown(asForwarded(message))
        if (valuesOf(message.headers, 'x-stream')[0] === marker) left.push(request)
        else unmarked.set(request, (unmarked.get(request) ?? 0) + 1)
      }
      unanswered.set(marker, { left, text })
      if (unanswered.size > 1_000) unanswered.delete(unanswered.keys().next().value as string)
      return undefined
    }

    /** What was forwarded and could not be answered any more; none may have been made up, though. */
    function judgeUnanswered(): string | undefined {
      for (const [serial, seen] of upstream.unclaimed) {
        const from = unanswered.get(seen.stream ?? '')
        if (from === undefined) continue
        upstream.unclaimed.delete(serial)
        tally.unanswered++
        const at = from.left.indexOf(shown(seen))
        if (at === -1) return `${shown(seen)} was made up of ${JSON.stringify(from.text)}`
        from.left.splice(at, 1)
      }
      return undefined
    }

    return {
      tally,
      pid: sidecar.pid,
      async attempt(random) {
        // Bent, it is no other stream's.
        const marker = `s${streams++}-${below(random, 2 ** 31).toString(36)}`
        const { text, pieces } = stream(random, seeds, marker)
        const expected = createStrictReader({ kind: 'request', isServer: true })
        expected.push(Buffer.from(text, 'latin1'))
        const outcome = await send(sidecar.port, pieces, expected)
        if (outcome.wasQuiet) tally.quiet++
        const wrong =
          outcome.problem ??
          upstream.problems[0] ??
          (sidecar.alive ? undefined : 'the process is gone') ??
          judge({ marker, text, answers: outcome.answers, expected }) ??
          judgeUnanswered()
        if (wrong === undefined) return undefined
        hasFailed = true
        return `${wrong}: ${JSON.stringify(pieces)}`
      },
      async close() {
        await sidecar.stop()
        await upstream.close()
        const wrong = judgeUnanswered()
        // After a failure others are cut off on their way.
        if (hasFailed || wrong !== undefined) return wrong
        for (const seen of upstream.unclaimed.values()) {
          const due = unmarked.get(shown(seen)) ?? 0
          if (due === 0) return `nobody asked for ${shown(seen)}`
          unmarked.set(shown(seen), due - 1)
          tally.unanswered++
        }
        return undefined
      },
    }
  },
}

interface Judged {
  readonly marker: string
  readonly text: string
  readonly answers: readonly HttpMessage[]
  readonly expected: StrictReader
}

/** Up to 24 valid requests, then a bent one, cut anywhere. */
function stream(random: Random, seeds: readonly string[], marker: string) {
  let text = ''
  for (let n = below(random, 25); n > 0; n--) text += drawRequest(random, marker)
  let bent = mutateStream(random, seeds, marker).pieces.join('')
  // Where the line to which the marker belongs is bent, it stands behind the first one.
  if (!bent.includes(marker)) bent = bent.replace('\r\n', `\r\nX-Stream: ${marker}\r\n`)
  text += random() < 0.8 ? bent : bend(random, bent)
  const end = last(marker)
  text += end
  const pieces: string[] = []
  // Now and then every byte of the bent part travels alone.
  const most = random() < 0.01 ? 1 : text.length
  let at = most === 1 ? text.length - end.length - Math.min(bent.length, 300) : 0
  if (at > 0) pieces.push(text.slice(0, at))
  while (at < text.length) {
    const length = most === 1 ? 1 : random() < 0.6 ? most : 1 + below(random, most)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return { text, pieces }
}

interface Outcome {
  readonly answers: readonly HttpMessage[]
  readonly problem: string | undefined
  readonly wasQuiet: boolean
}

/** Sends the pieces, each in a packet of its own, and gathers what comes back until the close. */
function send(
  port: number,
  pieces: readonly string[],
  { messages: asked, problem: isBent }: StrictReader,
): Promise<Outcome> {
  return new Promise(resolve => {
    const answers: HttpMessage[] = []
    const reader = createStrictReader({
      kind: 'response',
      methodOf: at => (asked[at] === undefined ? 'GET' : methodOf(asked[at])),
      onMessage: message => {
        if (statusOf(message) >= 200) answers.push(message)
      },
    })
    let wasQuiet = false
    let isHung = false
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    const patience = setTimeout(() => {
      wasQuiet = true
      socket.end()
      patience.refresh()
      socket.once('timeout', () => {
        isHung = true
        socket.destroy()
      })
      socket.setTimeout(HUNG_MS)
    }, QUIET_MS)
    socket.on('data', (bytes: Buffer) => {
      reader.push(bytes)
      patience.refresh()
      if (reader.problem !== undefined) socket.destroy()
      // Nothing more is due: what is left of the stream is the beginning of a request.
      else if (answers.length === asked.length && isBent === undefined) socket.end()
    })
    socket.on('end', () => {
      reader.finish()
      socket.end()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(patience)
      const answer = answers.at(-1)
      // Of a head that can't be read, HEAD isn't known either: the last answer may have a body.
      const isLast = answer !== undefined && headerOf(answer, 'connection') === 'close'
      const problem = isHung ? 'the connection hangs' : isLast ? undefined : reader.problem
      resolve({ answers, problem, wasQuiet })
    })
    writeInTurn(socket, pieces)
  })
}

function writeInTurn(socket: Socket, pieces: readonly string[], at = 0): void {
  if (at >= pieces.length || !socket.writable) return
  socket.write(pieces[at] as string, 'latin1')
  if (at + 1 < pieces.length) setImmediate(writeInTurn, socket, pieces, at + 1)
}

/** A request as the upstream is to see it: an absolute target loses its scheme and authority. */
function asForwarded(message: HttpMessage): Omit<SeenRequest, 'stream'> {
  const target = targetOf(message).replace(/^http:\/\/[^/?]*/i, '')
  return {
    method: methodOf(message),
    target: target.startsWith('/') || target === '*' ? target : `/${target}`,
    body: message.body.toString('latin1'),
  }
}
