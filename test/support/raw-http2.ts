// A client of HTTP/2 that sends exactly the frames it is given, right or wrong (RFC 9113, 4 and 6).

import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const END_STREAM = 1
export const END_HEADERS = 4
export const PADDED = 8

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

/** Identifiers and values, as in RFC 9113, 6.5.1. */
export const settings = (...pairs: readonly (readonly [number, number])[]): Buffer =>
  frame(
    frameType.settings,
    0,
    0,
    Buffer.concat(
      pairs.map(([id, value]) => Buffer.concat([Buffer.from([id >> 8, id & 255]), uint32(value)])),
    ),
  )

/** An integer of HPACK (RFC 7541, 5.1). */
function integer(value: number, prefixBits: number, pattern: number): Buffer {
  const most = 2 ** prefixBits - 1
  if (value < most) return Buffer.from([pattern | value])
  const bytes = [pattern | most]
  let rest = value - most
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

const text = (value: string): Buffer =>
  Buffer.concat([integer(Buffer.byteLength(value, 'latin1'), 7, 0), Buffer.from(value, 'latin1')])

/** A field as HPACK writes it when nothing is to be remembered (RFC 7541, 6.2.2). */
export const literal = (name: string, value: string): Buffer =>
  Buffer.concat([Buffer.from([0]), text(name), text(value)])

export const block = (fields: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(fields.map(([name, value]) => literal(name, value)))

/** The head of an ordinary request. */
export const getHead = (
  path = '/',
  more: readonly (readonly [string, string])[] = [],
  method = 'GET',
): Buffer =>
  block([
    [':method', method],
    [':scheme', 'https'],
    [':authority', 'localhost'],
    [':path', path],
    ...more,
  ])

export interface RawHttp2 {
  readonly socket: TLSSocket
  readonly frames: readonly Frame[]
  write(...frames: readonly Buffer[]): void
  /** Resolves with the first frame, past or to come, that is wanted; undefined when none can come. */
  frame(wanted: (one: Frame) => boolean): Promise<Frame | undefined>
  readonly isClosed: boolean
  closed(): Promise<void>
}

/** Connects, agrees on HTTP/2, and sends the preface and these settings, unless told otherwise. */
export async function openRawHttp2(
  options: ConnectionOptions & { readonly port: number },
  begin: readonly Buffer[] = [preface, settings()],
): Promise<RawHttp2> {
  const socket = connectTls({
    host: '127.0.0.1',
    servername: 'localhost',
    ALPNProtocols: ['h2'],
    ...options,
  })
  const frames: Frame[] = []
  const waiting = new Set<() => void>()
  let rest = Buffer.alloc(0)
  let isClosed = false
  const changed = () => {
    for (const ask of [...waiting]) ask()
  }
  socket.on('data', bytes => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3)
      const [type = 0, flags = 0] = rest.subarray(3, 5)
      const stream = rest.readUInt32BE(5) & 0x7fffffff
      frames.push({ type, flags, stream, payload: Buffer.from(rest.subarray(9, end)) })
      rest = rest.subarray(end)
    }
    changed()
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    isClosed = true
    changed()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  for (const bytes of begin) socket.write(bytes)
  const until = <T>(done: () => { readonly value: T } | undefined): Promise<T> =>
    new Promise(resolve => {
      const ask = () => {
        const found = done()
        if (found === undefined) return
        waiting.delete(ask)
        resolve(found.value)
      }
      waiting.add(ask)
      ask()
    })
  return {
    socket,
    frames,
    write: (...given) => void socket.write(Buffer.concat(given)),
    frame: wanted =>
      until(() => {
        const value = frames.find(wanted)
        return value !== undefined || isClosed ? { value } : undefined
      }),
    get isClosed() {
      return isClosed
    },
    closed: () => until(() => (isClosed ? { value: undefined } : undefined)),
  }
}
