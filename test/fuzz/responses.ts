// An upstream that answers with bent bytes. The client gets a valid answer or a cut connection,
// never hangs, never gets what was meant for another, and the next plain request is served.

import { readCases } from '../support/cases.js'
import { exchange, openRawClient } from '../support/raw-client.js'
import { type Script, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { headerOf, statusOf, targetOf } from '../support/strict-http.js'
import { below, bend, type Fuzzer, pick } from './fuzzer.js'

const origin = 'https://app.example.com'

const templates = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n5;a=b\r\nhello\r\n0\r\nx-t: 1\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Origin: *\r\nVary: Accept\r\n\r\n',
  'HTTP/1.0 200 OK\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\nuntil the end',
  'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/next\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
]

export const responses: Fuzzer = {
  name: 'responses',
  atOnce: 16,
  async start() {
    const known = readCases<{ bytes: string }>('upstream-responses.json').map(({ bytes }) => bytes)
    const seeds = [...templates, ...known.filter(bytes => bytes !== '' && !bytes.includes('{{'))]
    const answers = new Map<string, { readonly pieces: string[]; readonly closes: boolean }>()
    const script: Script = ({ head, whenWhole, write, fin }) => {
      whenWhole(() => {
        const target = targetOf(head)
        const bent = answers.get(target)
        if (bent === undefined) {
          write(`HTTP/1.1 200 OK\r\nX-For: ${target}\r\nContent-Length: 2\r\n\r\nok`)
          return
        }
        answers.delete(target)
        for (const piece of bent.pieces) write(piece)
        if (bent.closes) fin()
      })
    }
    const upstream = await startRawUpstream(script)
    const sidecar = await startSidecar({
      upstream: upstream.url,
      flags: [
        ...['--allow-origin', origin, '--upstream-timeout', '300ms'],
        ...['--upstream-idle-timeout', '300ms', '--log-requests', 'off'],
      ],
    })
    let asked = 0
    return {
      async attempt(random) {
        // What the upstream remembers would fill the memory of a long run.
        if (asked % 1_000 === 0) upstream.play(script)
        const target = `/${asked++}`
        // Marked after it was bent: a bent mark would look like somebody else's.
        const bent = bend(random, pick(random, seeds))
        const text = bent.replace('\r\n', `\r\nX-For: ${target}\r\n`)
        const cut = below(random, text.length)
        const pieces = random() < 0.5 ? [text] : [text.slice(0, cut), text.slice(cut)]
        answers.set(target, { pieces, closes: random() < 0.7 })
        const wrong = (what: string) => `${what}: ${JSON.stringify(pieces)}`
        const client = await openRawClient({ port: sidecar.port })
        try {
          client.write(request(target))
          const { reader } = client
          const isOver = () => client.responses()[0] ?? client.ending() ?? reader.problem
          await client.until(isOver, 'an answer or the end')
          if (reader.problem !== undefined) return wrong(reader.problem)
          const [answered] = client.responses()
          const meantFor = answered && headerOf(answered, 'x-for')
          if (meantFor?.match(/^\/\d+$/) && meantFor !== target) {
            return wrong(`got the answer for ${meantFor}`)
          }
        } catch (error) {
          return wrong(String(error))
        } finally {
          client.destroy()
        }
        if (!sidecar.alive) return wrong('the process is gone')
        const unserved = await plainIsServed(sidecar.port, `/next-${target.slice(1)}`)
        return unserved === undefined ? undefined : wrong(unserved)
      },
      async close() {
        await sidecar.stop()
        await upstream.close()
      },
    }
  },
}

const request = (target: string) =>
  `GET ${target} HTTP/1.1\r\nHost: a.test\r\nOrigin: ${origin}\r\n\r\n`

/** A busy machine may miss the short limit once or twice; a poisoned connection is never excused. */
async function plainIsServed(port: number, target: string): Promise<string | undefined> {
  for (let left = 5; ; left--) {
    const answered = await exchange(port, request(target))
    if (statusOf(answered) === 200 && headerOf(answered, 'x-for') === target) return undefined
    if (statusOf(answered) !== 504 || left === 0) {
      return `the next got ${answered.startLine} for ${headerOf(answered, 'x-for')}`
    }
  }
}
