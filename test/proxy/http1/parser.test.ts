// What the upstream's bytes are read as: RFC 9112, and nothing that two readers could differ on.
import t from 'tap'
import { type ResponseHead, ResponseParser } from '../../../src/proxy/http1/parser.js'

interface Heard {
  readonly interim: ResponseHead[]
  head?: ResponseHead
  body: string
  trailers?: readonly string[]
  switched?: string
  fault?: string
  readonly keepsAlive: boolean
  readonly isOver: boolean
}

/** What a parser hears when the bytes come in pieces of this size; `ends`: and then no more. */
function read(bytes: string, { method = 'GET', size = bytes.length, ends = false } = {}): Heard {
  const parser = new ResponseParser()
  const heard: Omit<Heard, 'keepsAlive' | 'isOver'> = { interim: [], body: '' }
  parser.begin(method, {
    onInterim: head => heard.interim.push(head),
    onHead: head => {
      heard.head = head
    },
    onBody: piece => {
      heard.body += piece.toString('latin1')
    },
    onEnd: trailers => {
      heard.trailers = trailers
    },
    onSwitch: (_head, early) => {
      heard.switched = early.toString('latin1')
    },
    onFault: detail => {
      heard.fault = detail
    },
  })
  // One buffer for all pieces, as a connection has it: what is kept must have been copied.
  const shared = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const length = shared.write(bytes.slice(at, at + size), 'latin1')
    parser.read(shared.subarray(0, length))
    shared.fill('?')
  }
  if (ends) parser.finish()
  const { keepsAlive, isOver } = parser
  return { ...heard, keepsAlive, isOver }
}

const ok = 'HTTP/1.1 200 OK\r\n'

t.test('a response is read', async t => {
  const rows: readonly (readonly [string, string, object, object])[] = [
    [
      'with case, order and repeats of its fields, and no blanks around their values',
      `${ok}X-b:  1 \r\nx-A:\t2\t3\r\nX-B:\r\nContent-Length: 2\r\n\r\nok`,
      {},
      {
        head: { status: 200, reason: 'OK', version: '1.1', length: 2, isChunked: false },
        fields: ['X-b', '1', 'x-A', '2\t3', 'X-B', '', 'Content-Length', '2'],
        body: 'ok',
        keepsAlive: true,
      },
    ],
    [
      'with bytes above 7f',
      `${ok}X: \xe9\xff\r\nContent-Length: 0\r\n\r\n`,
      {},
      { fields: ['X', '\xe9\xff', 'Content-Length', '0'], keepsAlive: true },
    ],
    [
      'with an empty phrase',
      'HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n',
      {},
      { head: { reason: '' } },
    ],
    ['without a phrase', 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', {}, { head: { reason: '' } }],
    [
      'in chunks, with extensions and trailers',
      `${ok}Transfer-Encoding: Chunked\r\n\r\n2;a="b"\r\nok\r\n00A\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n`,
      {},
      { body: 'ok0123456789', trailers: ['X-T', '1'], keepsAlive: true, isOver: true },
    ],
    [
      'in chunks, without trailers',
      `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      {},
      { body: '', trailers: [], keepsAlive: true },
    ],
    [
      'up to the end of its connection',
      `${ok}\r\nsome bytes`,
      { ends: true },
      { body: 'some bytes', trailers: [], keepsAlive: false },
    ],
    [
      'without a body, to HEAD',
      `${ok}Content-Length: 2\r\n\r\n`,
      { method: 'HEAD' },
      { head: { length: 2 }, body: '', trailers: [], keepsAlive: true },
    ],
    [
      'without a body, to HEAD with chunks promised',
      `${ok}Transfer-Encoding: chunked\r\n\r\n`,
      { method: 'HEAD' },
      { head: { isChunked: true }, trailers: [], keepsAlive: true },
    ],
    ['without a body, in 204', 'HTTP/1.1 204 No\r\n\r\n', {}, { trailers: [], keepsAlive: true }],
    [
      'without a body, in 304',
      'HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n',
      {},
      { trailers: [], keepsAlive: true },
    ],
    [
      'behind interim ones',
      `HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: </a>\r\n\r\n${ok}Content-Length: 1\r\n\r\na`,
      {},
      { interim: 2, head: { status: 200 }, body: 'a', keepsAlive: true },
    ],
    [
      'as a switch of protocols, with what came behind it',
      'HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\nhello',
      {},
      { switched: 'hello', isOver: true },
    ],
  ]
  for (const [what, bytes, options, expected] of rows) {
    t.test(what, async t => {
      for (const size of what.includes('switch') ? [bytes.length] : [bytes.length, 1, 2, 3, 7]) {
        const heard = read(bytes, { ...options, size })
        t.equal(heard.fault, undefined)
        t.match(
          { ...heard, fields: heard.head?.fields, interim: heard.interim.length },
          expected,
          `in pieces of ${size}`,
        )
      }
    })
  }
})

t.test('the connection carries no other request', async t => {
  for (const [what, bytes] of [
    ['after Connection: close', `${ok}Connection: x, Close\r\nContent-Length: 0\r\n\r\n`],
    ['after HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
    [
      'after chunks in HTTP/1.0',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['after bytes that nobody asked for', `${ok}Content-Length: 1\r\n\r\nab`],
    ['after a body that 204 can not have', 'HTTP/1.1 204 N\r\nContent-Length: 1\r\n\r\na'],
    ['after a second answer', `${ok}Content-Length: 0\r\n\r\n`.repeat(2)],
  ] as const) {
    t.test(what, async t => {
      const heard = read(bytes)
      t.strictSame([heard.fault, heard.trailers, heard.keepsAlive], [undefined, [], false])
    })
  }
  t.test('but one that says so in HTTP/1.0 does', async t => {
    const bytes = 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n'
    t.equal(read(bytes).keepsAlive, true)
  })
})

t.test('a head is refused', async t => {
  const fields = (lines: string) => `${ok}${lines}\r\n\r\n`
  for (const [what, bytes] of [
    ['of another protocol', 'SSH-2.0-OpenSSH\r\n'],
    ['of HTTP/0.9', 'HTTP/0.9 200 OK\r\n\r\n'],
    ['of HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['of HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['in lower case', 'http/1.1 200 OK\r\n\r\n'],
    ['behind an empty line', `\r\n${fields('Content-Length: 0')}`],
    ['with two spaces', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['with two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['with four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['with a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['with a control byte in its phrase', 'HTTP/1.1 200 O\x01K\r\n\r\n'],
    ['with a lone LF behind its status line', 'HTTP/1.1 200 OK\nX: y\r\n\r\n'],
    ['with a lone LF behind a field', fields('X: y\nZ: 1')],
    ['with a lone CR', fields('X: a\rb')],
    ['with a lone LF at its end', 'HTTP/1.1 200 OK\r\nX: y\r\n\n'],
    ['with a NUL', fields('X: \0')],
    ['with DEL', fields('X: \x7f')],
    ['with a control byte', fields('X: \x01')],
    ['with a folded line', fields('X: a\r\n b')],
    ['with a space before a colon', fields('X : a')],
    ['with a line without a colon', fields('X')],
    ['with a line without a name', fields(': x')],
    ['with a name that is no token', fields('X(y): a')],
    ['with a name that is no ASCII', fields('\xe9: a')],
    ['with two lengths', fields('Content-Length: 2\r\nContent-Length: 2')],
    ['with a list of lengths', fields('Content-Length: 2, 2')],
    ['with an empty length', fields('Content-Length:')],
    ['with a signed length', fields('Content-Length: +2')],
    ['with a hexadecimal length', fields('Content-Length: 0x2')],
    ['with an inexact length', fields('Content-Length: 9007199254740993')],
    ['with a length beside chunks', fields('Content-Length: 2\r\nTransfer-Encoding: chunked')],
    ['with another coding', fields('Transfer-Encoding: gzip')],
    ['with another coding below chunks', fields('Transfer-Encoding: gzip, chunked')],
    ['with a tab behind its length', fields('Content-Length: 0 \t')],
    ['with a tab behind its coding', fields('Transfer-Encoding: chunked\t')],
    ['with chunks twice', fields('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked')],
    ['with an interim body', 'HTTP/1.1 103 E\r\nContent-Length: 2\r\n\r\nok'],
    ['that does not end', `${ok}X: ${'a'.repeat(20_000)}`],
    ['that is too long', fields(`X: ${'a'.repeat(20_000)}`)],
    ['behind too many interim ones', 'HTTP/1.1 103 E\r\n\r\n'.repeat(65)],
  ] as const) {
    t.test(what, async t => {
      for (const size of [bytes.length, 1]) {
        const heard = read(bytes, { size })
        t.type(heard.fault, 'string', `in pieces of ${size}`)
        t.strictSame([heard.head, heard.body, heard.keepsAlive], [undefined, '', false])
      }
    })
  }
})

t.test('a chunked body is refused', async t => {
  const chunks = (text: string) => `${ok}Transfer-Encoding: chunked\r\n\r\n${text}`
  for (const [what, bytes] of [
    ['without a size', chunks('\r\n')],
    ['with a size that is no number', chunks('ZZ\r\nok\r\n')],
    ['with a signed size', chunks('-2\r\nok\r\n')],
    ['with a prefixed size', chunks('0x2\r\nok\r\n')],
    ['with a blank behind its size', chunks('2 \r\nok\r\n')],
    ['with an inexact size', chunks('20000000000000\r\nok\r\n')],
    ['with a lone LF behind its size', chunks('2\nok\n0\n\n')],
    ['with a lone CR behind its size', chunks('2\rok')],
    ['with more than its size', chunks('2\r\noker\r\n')],
    ['with a lone CR behind its bytes', chunks('2\r\nok\rx')],
    ['with a control byte in an extension', chunks('2;\x01\r\nok\r\n')],
    ['with a lone LF in an extension', chunks('2;\nok\r\n')],
    ['with endless extensions', chunks(`2;${'a'.repeat(20_000)}\r\nok\r\n`)],
    ['with endless extensions of many chunks', chunks(`1;${'a'.repeat(90)}\r\nx\r\n`.repeat(200))],
    ['with endless trailers', chunks(`0\r\n${'X: y\r\n'.repeat(4_000)}`)],
    ['with a broken trailer', chunks('0\r\nX y\r\n\r\n')],
    ['with a length among its trailers', chunks('0\r\nContent-Length: 3\r\n\r\n')],
    ['with a coding among its trailers', chunks('0\r\nTransfer-Encoding: chunked\r\n\r\n')],
    ['with a folded trailer', chunks('0\r\nX: y\r\n z\r\n\r\n')],
  ] as const) {
    t.test(what, async t => {
      for (const size of [bytes.length, 1]) {
        const heard = read(bytes, { size })
        t.type(heard.fault, 'string', `in pieces of ${size}`)
        t.strictSame([heard.trailers, heard.keepsAlive], [undefined, false])
      }
    })
  }
})

t.test('an end of the connection ends no response that has more to come', async t => {
  for (const [what, bytes] of [
    ['a head', ok],
    ['a body', `${ok}Content-Length: 3\r\n\r\nok`],
    ['a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nok`],
    ['the last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`],
    ['the end of the trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`],
  ] as const) {
    t.test(what, async t => t.equal(read(bytes, { ends: true }).trailers, undefined))
  }
})

t.test('one that is stopped hears no more', async t => {
  const parser = new ResponseParser()
  const heard: string[] = []
  const never = () => heard.push('more')
  parser.begin('GET', {
    onHead: () => parser.stop(),
    ...{ onInterim: never, onBody: never, onEnd: never, onSwitch: never, onFault: never },
  })
  parser.read(Buffer.from(`${ok}Content-Length: 0\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`))
  t.strictSame([heard, parser.isOver, parser.keepsAlive], [[], true, false])
})
