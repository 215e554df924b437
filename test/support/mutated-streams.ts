// Request streams that were bent on purpose: the same seed gives the same streams.

import { doubtfulBytes, variantCount, withVariant } from './framing-variants.js'

export interface MutatedStream {
  readonly pieces: readonly string[]
  readonly description: string
}

/** Small, fast and the same everywhere: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: api.test\r\n\r\n'

function templates(): string[] {
  const host = 'Host: api.test\r\n'
  const inChunks = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`
  return [
    `GET /g HTTP/1.1\r\n${host}\r\n`,
    `POST /p HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    `POST /p HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${inChunks}`,
    `DELETE /d HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${inChunks}`,
    `OPTIONS /o HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n${inChunks}`,
    `GET /g HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`,
    `POST /p HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n1\r\na\r\n0\r\nx-t: 1\r\n\r\n`,
    `POST /p HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi`,
    `PUT /u HTTP/1.1\r\n${host}Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 1\r\n\r\na`,
    `GET /g HTTP/1.1\r\n${host}\r\nPOST /p HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\na`,
  ]
}

const gadgets = [
  ...doubtfulBytes,
  ...['\r\n ', '\r\n\t', '\n ', '\r\r\n', ',', ';', '"', 'x', '+', '-', '0', '0x', '_'],
]

const framingLines = [
  'Content-Length: 0',
  'Content-Length: 4',
  'Content-Length: 5, 5',
  'Content-Length: +5',
  'Content-Length: 0x5',
  'Content-Length: 5_0',
  'content-length: 05',
  'Content_Length: 4',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: "chunked"',
  'transfer-encoding: CHUNKED',
  'Transfer_Encoding: chunked',
  'X: a\r\n Transfer-Encoding: chunked',
  'Connection: Content-Length',
  'Connection: close, Transfer-Encoding',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk',
]

type Random = () => number
type Mutator = (text: string, random: Random) => string

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)] as T
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at)
}

/** Replaces one of the matches. */
function replaceOne(
  text: string,
  what: RegExp,
  random: Random,
  by: (match: string) => string,
): string {
  const matches = [...text.matchAll(what)]
  if (matches.length === 0) return text
  const { index, 0: match } = pick(random, matches)
  return text.slice(0, index) + by(match) + text.slice(index + match.length)
}

/** One of its line ends becomes something like one. */
export function replaceLineEnd(text: string, random: Random): string {
  return replaceOne(text, /\r\n/g, random, () =>
    pick(random, ['\n', '\r', '\r\r\n', '\n\r', '\n\n', '']),
  )
}

const mutators: Readonly<Record<string, Mutator>> = {
  'a gadget at a framing line': (text, random) =>
    replaceOne(text, /(?:Content-Length|Transfer-Encoding)[^\n]*\n/g, random, match => {
      const colon = match.indexOf(':')
      const places = [0, 1, colon, colon + 1, colon + 2, match.length - 2, match.length - 1]
      return insert(
        match,
        pick(random, [...places, below(random, match.length)]),
        pick(random, gadgets),
      )
    }),
  'a doubtful byte in a framing line': (text, random) =>
    withVariant(text, below(random, variantCount), below(random, 4)),
  'a gadget anywhere': (text, random) =>
    insert(text, below(random, text.length), pick(random, gadgets)),
  'another framing line': (text, random) =>
    replaceOne(text, /\r\n(?=[^\r\n]*:)/g, random, () => `\r\n${pick(random, framingLines)}\r\n`),
  'a line twice': (text, random) =>
    replaceOne(text, /[^\r\n]+:[^\r\n]*\r\n/g, random, match => match + match),
  'another line end': replaceLineEnd,
  'another number': (text, random) =>
    replaceOne(text, /\b[0-9a-f]+(?=\r\n)/g, random, match =>
      pick(random, [
        `0${match}`,
        `0x${match}`,
        `+${match}`,
        `-${match}`,
        `${match}.0`,
        `${match}e0`,
        `${match};`,
        `${match} `,
        `${match};a="\r\n"`,
        'ffffffffffffffff',
        '',
        String(below(random, 60)),
      ]),
    ),
  'other case': (text, random) =>
    replaceOne(text, /[A-Za-z-]{3,}/g, random, match =>
      random() < 0.5 ? match.toUpperCase() : match.toLowerCase(),
    ),
  'a byte less': (text, random) => {
    const at = below(random, text.length)
    return text.slice(0, at) + text.slice(at + 1)
  },
  'another byte': (text, random) => {
    const at = below(random, text.length)
    return text.slice(0, at) + String.fromCharCode(below(random, 256)) + text.slice(at + 1)
  },
  'another version': (text, random) =>
    replaceOne(text, /HTTP\/1\.1/g, random, () =>
      pick(random, [
        'HTTP/1.0',
        'HTTP/1.2',
        'HTTP/2.0',
        'HTTP/0.9',
        'http/1.1',
        'HTTP/1.1 ',
        'HTTP/11',
      ]),
    ),
  'another target': (text, random) =>
    replaceOne(text, / \/[a-z]+ /g, random, () =>
      pick(random, [
        ' * ',
        ' //x/y ',
        ' http://api.test/a ',
        ' http://evil.test/a ',
        ' /a#b ',
        ' /a b ',
        ' /a\\b ',
        ' /\xe9 ',
        ' a ',
        ' /%0d%0aX:1 ',
        '  / ',
        '\t/a\t',
      ]),
    ),
  'a request behind it': text => text + smuggled,
  nothing: text => text,
}

/**
 * One stream: a template or a given seed, one to three mutations, cut into one or two pieces.
 * `marker` names the stream in every request of it, so that an answer can be told to be its own.
 */
export function mutateStream(
  random: Random,
  seeds: readonly string[],
  marker: string,
): MutatedStream {
  let text = pick(random, random() < 0.7 ? templates() : seeds)
  const done: string[] = []
  for (let n = 1 + below(random, 3); n > 0; n -= 1) {
    const name = pick(random, Object.keys(mutators))
    text = (mutators[name] as Mutator)(text, random)
    done.push(name)
  }
  text = text.replaceAll('Host: api.test\r\n', `Host: api.test\r\nX-Stream: ${marker}\r\n`)
  const cut = below(random, text.length)
  const pieces = random() < 0.5 ? [text] : [text.slice(0, cut), text.slice(cut)]
  return { pieces, description: done.join(', ') }
}
