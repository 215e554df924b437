// Upstream answers that were bent on purpose: the same random numbers give the same answers.

export interface MutatedResponse {
  /** Sent in two packets. */
  readonly pieces: readonly [string, string]
  readonly ending: 'stays' | 'fin' | 'reset'
}

const templates = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-t\r\n\r\n2\r\nok\r\n0\r\nx-t: 1\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nVary: Accept\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/x\r\nSet-Cookie: a=1; Domain=x; Secure\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: a, b\r\n' +
    'Vary: Accept, *\r\nConnection: close, X\r\nX: 1\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
]

const gadgets = [
  ...[
    '\t',
    '\v',
    '\r',
    '\n',
    '\0',
    ' ',
    '\x01',
    '\x7f',
    '\xff',
    '\r\n ',
    '\r\n\r\n',
    ':',
    ',',
    ';',
  ],
  ...['HTTP/1.1 200 OK\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 199 X\r\n\r\n'],
  ...[
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Trailer: a\r\n',
    '__proto__: 1\r\n',
  ],
  ...['Content-Encoding: gzip\r\n', '-1', '0x', '9'.repeat(20)],
]

/** One answer: a template, up to three mutations, cut in two. */
export function mutateResponse(random: () => number): MutatedResponse {
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <T>(items: readonly T[]) => items[below(items.length)] as T
  let text = pick(templates)
  for (let n = below(4); n > 0; n -= 1) {
    const at = below(text.length)
    const [before, after] = [text.slice(0, at), text.slice(at)]
    text = pick([
      before + pick(gadgets) + after,
      before + after.slice(1),
      before + String.fromCharCode(below(256)) + after.slice(1),
      before,
    ])
  }
  const cut = below(text.length)
  const ending = pick(['stays', 'stays', 'fin', 'reset'] as const)
  return { pieces: [text.slice(0, cut), text.slice(cut)], ending }
}
