// Frames of a client of HTTP/2 that is honest, careless or hostile: what RFC 9113 allows, what it
// forbids, and both in any order.

import {
  block,
  END_HEADERS,
  END_STREAM,
  frame,
  frameType,
  getHead,
  literal,
  PADDED,
  settings,
  uint32,
} from '../support/raw-http2.js'
import { below, pick, type Random } from './fuzzer.js'

const PRIORITY = 0x20

/** What was drawn so far on one connection: references lead to it, or beside it. */
export interface Drawn {
  /** The share of what is wrong. */
  readonly malice: number
  nextStream: number
  readonly streams: number[]
}

export const drawnPaths = ['/short', '/hanging', '/events', '/large', '/upload', '/early'] as const

const paths = [...drawnPaths, '*', '', 'x', '/../a', '/%00', '/\xff', `/${'a'.repeat(9_000)}`]

const oddFields: readonly (readonly [string, string])[] = [
  ['connection', 'close'],
  ['transfer-encoding', 'chunked'],
  ['te', 'gzip'],
  ['te', 'trailers'],
  ['Upper', 'x'],
  ['', 'x'],
  ['x y', 'x'],
  [':path', '/again'],
  [':status', '200'],
  [':protocol', 'websocket'],
  ['host', 'evil.test'],
  ['content-length', '5'],
  ['content-length', '-1'],
  ['content-length', '5'],
  ['cookie', 'a=b'],
  ['expect', '100-continue'],
  ['upgrade', 'websocket'],
  ['x-a', 'a\r\nb: c'],
  ['x-a', '\0'],
  ['x-long', 'a'.repeat(9_000)],
  ['origin', 'https://app.example.com'],
  ['access-control-request-method', 'PUT'],
]

/** References that HPACK has and has not, lengths without end, codes that are none (RFC 7541). */
const oddBlocks: readonly Buffer[] = [
  Buffer.from([0x80]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  Buffer.from([0xbf]),
  Buffer.from([0x3f, 0xff, 0xff, 0xff, 0x7f]),
  Buffer.from([0x20]),
  Buffer.from([0x00, 0x7f, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0x00, 0x81, 0xff, 0x81, 0x00]),
  Buffer.from([0x40]),
  // A name that the dynamic table keeps, and references to it.
  Buffer.concat([
    Buffer.from([0x40, 3]),
    Buffer.from('x-k'),
    Buffer.from([100]),
    Buffer.alloc(100, 'v'),
  ]),
  Buffer.alloc(90, 0xbe),
]

const methods = ['GET', 'GET', 'HEAD', 'POST', 'POST', 'OPTIONS', 'CONNECT', 'TRACE', 'get', 'X\0']

function drawHead(random: Random): Buffer {
  const head =
    random() < 0.9
      ? getHead(pick(random, random() < 0.8 ? drawnPaths : paths), [], pick(random, methods))
      : block([[':method', 'GET']])
  const more: Buffer[] = []
  while (random() < 0.25) {
    more.push(random() < 0.7 ? literal(...pick(random, oddFields)) : pick(random, oddBlocks))
  }
  return random() < 0.9 ? Buffer.concat([head, ...more]) : Buffer.concat([...more, head])
}

/** A stream that was opened, is to be opened, was left out, is the server's, or is the connection. */
function reference(random: Random, { streams, nextStream }: Drawn): number {
  if (streams.length > 0 && random() < 0.7) return pick(random, streams)
  return pick(random, [0, 1, 2, nextStream, nextStream + 2, 2 ** 31 - 1])
}

function newStream(random: Random, drawn: Drawn): number {
  if (random() < 0.05) return reference(random, drawn)
  const id = drawn.nextStream
  drawn.nextStream += random() < 0.1 ? 20 : 2
  drawn.streams.push(id)
  return id
}

/** A head in one frame or in several, padded or not, and now and then without its end. */
function headFrames(random: Random, drawn: Drawn): Buffer[] {
  const id = newStream(random, drawn)
  const head = drawHead(random)
  let flags = random() < 0.6 ? END_STREAM : 0
  let payload = head
  if (random() < 0.1) {
    flags |= PRIORITY
    payload = Buffer.concat([uint32(pick(random, [0, 1, id])), Buffer.from([16]), payload])
  }
  if (random() < 0.15) {
    flags |= PADDED
    const length = pick(random, [0, 1, 200, 255])
    const real = random() < 0.7 ? Buffer.alloc(length) : Buffer.alloc(0)
    payload = Buffer.concat([Buffer.from([length]), payload, real])
  }
  if (random() < 0.75) return [frame(frameType.headers, flags | END_HEADERS, id, payload)]
  const cut = below(random, payload.length + 1)
  const frames = [frame(frameType.headers, flags, id, payload.subarray(0, cut))]
  if (random() < 0.15) frames.push(drawFrame(random, drawn))
  while (random() < 0.2) frames.push(frame(frameType.continuation, 0, id))
  const wrong = random() < 0.1 ? reference(random, drawn) : id
  if (random() < 0.8) {
    frames.push(frame(frameType.continuation, END_HEADERS, wrong, payload.subarray(cut)))
  }
  return frames
}

const lengths = [0, 1, 3, 4, 5, 8, 9, 4_000, 16_384]

const pairs: readonly (readonly [number, number])[] = [
  [1, 0],
  [1, 2 ** 32 - 1],
  [2, 1],
  [2, 2],
  [3, 0],
  [4, 0],
  [4, 2 ** 31 - 1],
  [4, 2 ** 31],
  [5, 1],
  [5, 2 ** 24 - 1],
  [6, 0],
  [8, 1],
  [0x4242, 7],
]

function drawFrame(random: Random, drawn: Drawn): Buffer {
  const id = reference(random, drawn)
  return pick<() => Buffer>(random, [
    () => {
      const flags = random() < 0.3 ? END_STREAM : 0
      return frame(frameType.data, flags, id, Buffer.alloc(pick(random, lengths), 'x'))
    },
    () => {
      const said = pick(random, [0, 10, 255])
      const payload = Buffer.concat([Buffer.from([said]), Buffer.alloc(pick(random, [0, 10, 300]))])
      return frame(frameType.data, PADDED, id, payload)
    },
    () => frame(frameType.reset, 0, id, uint32(pick(random, [0, 1, 5, 7, 8, 13, 2 ** 32 - 1]))),
    () => frame(frameType.reset, 0, id, Buffer.alloc(pick(random, lengths.slice(0, 7)))),
    () => settings(...Array.from({ length: below(random, 4) }, () => pick(random, pairs))),
    () => frame(frameType.settings, below(random, 2), id, Buffer.alloc(pick(random, [0, 5, 6]))),
    () => frame(frameType.ping, below(random, 2), 0, Buffer.alloc(8)),
    () => frame(frameType.ping, 0, id, Buffer.alloc(pick(random, [0, 7, 8, 9]))),
    () => {
      const by = pick(random, [0, 1, 65_535, 2 ** 31 - 1, 2 ** 31])
      return frame(frameType.windowUpdate, 0, pick(random, [0, id]), uint32(by))
    },
    () => frame(frameType.windowUpdate, 0, id, Buffer.alloc(pick(random, [0, 3, 5]))),
    () => frame(frameType.priority, 0, id, Buffer.concat([uint32(id), Buffer.from([1])])),
    () => frame(frameType.push, END_HEADERS, id, Buffer.concat([uint32(2), getHead()])),
    () => frame(frameType.goAway, 0, 0, Buffer.alloc(pick(random, [0, 8, 50]))),
    () => frame(frameType.continuation, END_HEADERS, id, getHead()),
    () => frame(10 + below(random, 246), below(random, 256), id, Buffer.alloc(below(random, 20))),
    () => Buffer.from([255, 255, 255, below(random, 11), 0, 0, 0, 0, 1]),
  ])()
}

/** What is right, in an order that need not be. */
function drawRight(random: Random, drawn: Drawn): Buffer {
  const id = drawn.streams.length > 0 ? pick(random, drawn.streams) : 0
  const open = (flags: number, method: string) => {
    const fresh = drawn.nextStream
    drawn.nextStream += 2
    drawn.streams.push(fresh)
    const head = getHead(pick(random, drawnPaths), [], method)
    return frame(frameType.headers, flags | END_HEADERS, fresh, head)
  }
  return pick(random, [
    () => open(END_STREAM, 'GET'),
    () => open(END_STREAM, 'GET'),
    () => open(0, 'POST'),
    () => Buffer.concat([open(0, 'POST'), frame(frameType.data, END_STREAM, drawn.nextStream - 2)]),
    () => frame(frameType.windowUpdate, 0, pick(random, [0, id]), uint32(1_000)),
    () => (id === 0 ? open(0, 'POST') : frame(frameType.reset, 0, id, uint32(8))),
    () => frame(frameType.ping, 0, 0, Buffer.alloc(8)),
    () => settings([4, pick(random, [0, 1, 65_535, 1_000_000])]),
  ])()
}

/** What a client sends at once: one frame, the frames of one head, or many of a kind. */
export function drawFrames(random: Random, drawn: Drawn): Buffer {
  if (random() >= drawn.malice) return drawRight(random, drawn)
  const share = random()
  const frames =
    share < 0.55
      ? headFrames(random, drawn)
      : share < 0.97
        ? [drawFrame(random, drawn)]
        : Array<Buffer>(200).fill(drawFrame(random, drawn))
  const bytes = Buffer.concat(frames)
  if (random() < 0.02) bytes[below(random, bytes.length)] = below(random, 256)
  return bytes
}
