// Valid responses of every shape that the grammar knows, drawn at random.

import { drawChunks } from './drawn-chunks.js'

type Random = () => number

const names = ['X-A', 'x-b', 'Set-Cookie', 'Vary', 'ETag', 'Location', '__proto__', "!#'*", 'Date']
const statuses = [
  '200 OK',
  '200 OK',
  '201 ',
  '206 Part',
  '301 \xe9',
  '404 Not Found',
  '500',
  '999 X',
]
const behind = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nown'

/** One response with all of its body, interim ones before it, and sometimes bytes behind it. */
export function drawResponse(random: Random): string {
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(items: readonly T[]) => items[below(items.length)] as T
  const blank = () => pick([' ', ' ', ' ', '', '\t', '  ', ' \t '])
  const cased = (name: string) => pick([name, name, name.toLowerCase(), name.toUpperCase()])
  const line = (name: string, value: string) =>
    `${cased(name)}:${blank()}${value}${random() < 0.05 ? ' ' : ''}\r\n`
  const text = (limit: number) => {
    let drawn = ''
    for (let n = below(limit); n > 0; n--) {
      drawn += String.fromCharCode(random() < 0.9 ? 0x20 + below(95) : 0x80 + below(128))
    }
    return drawn.trim()
  }
  const some = (most: number) => {
    let lines = ''
    for (let n = below(most); n > 0; n--) lines += line(pick(names), text(16))
    return lines
  }
  const chunks = (bytes: string) => {
    const trailers = random() < 0.3 ? some(4) : ''
    return drawChunks(random, bytes, [';a', ';a=b', ';a="b c"', ';a;b=c'], trailers)
  }

  let drawn = ''
  while (random() < 0.1)
    drawn += `HTTP/1.1 ${pick(['100 Continue', '103 Hints', '102 P'])}\r\n${some(2)}\r\n`
  if (random() < 0.03)
    return `${drawn}HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi`
  const version = random() < 0.1 ? '1.0' : '1.1'
  const bytes = pick([
    '',
    'ok',
    `${text(60)}\r\n\r\n${text(9)}`,
    '0\r\n\r\n',
    behind,
    behind.repeat(9),
  ])
  const kind = below(8)
  const status = kind === 0 ? pick(['204 No Content', '304 Not Modified']) : pick(statuses)
  let framing = ''
  let body = ''
  if (kind === 0) framing = random() < 0.2 ? line('Content-Length', '7') : ''
  else if (kind < 4) {
    framing = line('Content-Length', String(bytes.length))
    body = bytes
  } else if (kind < 7) {
    framing = line('Transfer-Encoding', pick(['chunked', 'chunked', 'Chunked', 'CHUNKED']))
    body = chunks(bytes)
  } else body = bytes
  const connection =
    random() < 0.1 ? line('Connection', pick(['close', 'keep-alive', 'x, Close'])) : ''
  const surplus = random() < 0.05 ? pick([behind, 'x', '\r\n']) : ''
  return `${drawn}HTTP/${version} ${status}\r\n${some(4)}${framing}${some(3)}${connection}\r\n${body}${surplus}`
}
