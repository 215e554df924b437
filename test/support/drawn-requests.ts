// Valid requests of every shape that the grammar knows, drawn at random.

import { drawChunks } from './drawn-chunks.js'

type Random = () => number

const methods = [
  ...['GET', 'GET', 'GET', 'HEAD', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'OPTIONS'],
  ...['PROPFIND', 'REPORT'],
]
const targets = ['/g', '/', '/p/q/r', '/a?b=c&d', '/%2e%2e/x', '/a%00b', '/~u;v=1,2!$*()', '/?']
const origins = ['https://app.example.com', 'https://other.example', 'null']
const names = [
  'X-A',
  'x-b',
  'Accept',
  'Cookie',
  'X_C',
  'If-None-Match',
  'Range',
  '__proto__',
  "!#'*",
]
const behind = 'GET /smuggled HTTP/1.1\r\nHost: api.test\r\n\r\n'

/** One request with a line `X-Stream: marker`, and all of its body. */
export function drawRequest(random: Random, marker: string): string {
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(items: readonly T[]) => items[below(items.length)] as T
  const blank = () => pick([' ', ' ', ' ', '', '\t', '  ', ' \t '])
  const cased = (name: string) =>
    pick([name, name, name.toLowerCase(), name.toUpperCase()]) as string
  const line = (name: string, value: string) =>
    `${cased(name)}:${blank()}${value}${random() < 0.1 ? blank() : ''}\r\n`
  const text = (limit: number) => {
    let drawn = ''
    for (let n = below(limit); n > 0; n--) {
      drawn += String.fromCharCode(random() < 0.9 ? 0x21 + below(94) : 0x80 + below(128))
    }
    return drawn
  }

  const method = pick(methods)
  const lines = [line('Host', 'api.test'), `X-Stream: ${marker}\r\n`]
  for (let n = below(5); n > 0; n--) lines.push(line(pick(names), text(20)))
  if (random() < 0.4) lines.push(line('Origin', pick(origins)))
  if (method === 'OPTIONS' && random() < 0.6) {
    lines.push(line('Access-Control-Request-Method', pick(['PUT', 'GET', 'put'])))
    if (random() < 0.5) lines.push(line('Access-Control-Request-Headers', text(12)))
  }
  if (random() < 0.05)
    lines.push(line('Connection', pick(['keep-alive', 'X-A', 'keep-alive, x-b'])))
  const hasBody =
    random() < (method === 'POST' || method === 'PUT' || method === 'PATCH' ? 0.9 : 0.1)
  let body = ''
  if (hasBody) {
    const bytes = pick(['', behind, `${text(60)}\r\n\r\n${text(9)}`, '0\r\n\r\n', behind.repeat(3)])
    if (random() < 0.06) lines.push(line('Expect', '100-continue'))
    if (random() < 0.5) {
      lines.push(line('Content-Length', String(bytes.length)))
      body = bytes
    } else {
      lines.push(line('Transfer-Encoding', pick(['chunked', 'chunked', 'Chunked', 'CHUNKED'])))
      const trailers = random() < 0.1 ? line('X-Trailer', text(9)) : ''
      body = drawChunks(random, bytes, [';a', ';a=b', ';a="b c"', ';'], trailers)
    }
  }
  const order = lines.map(each => [random(), each] as const).sort(([a], [b]) => a - b)
  const path = random() < 0.3 ? `/${text(12).replace(/[^!-~]|[#\\"<>^`{|}%]/g, '')}` : pick(targets)
  return `${method} ${path} HTTP/1.1\r\n${order.map(([, each]) => each).join('')}\r\n${body}`
}
