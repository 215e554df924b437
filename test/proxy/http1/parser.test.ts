// What the upstream's bytes are read as: RFC 9112, what can be mended, and nothing that two readers
// could differ on.
import t from 'tap'
import { ResponseParser } from '../../../src/proxy/http1/parser.js'
import type { ResponseHead } from '../../../src/proxy/message/response-head.js'
import { type UpstreamRepair, upstreamRepairs } from '../../../src/terms/upstream-repair.js'

interface Heard {
  readonly interim: ResponseHead[]
  head?: ResponseHead
  body: string
  trailers?: readonly string[]
  switched?: string
  fault?: string
  readonly repairs: UpstreamRepair[]
  readonly keepsAlive: boolean
  readonly isOver: boolean
}

const defaultSize = 16_384

/** What a parser hears when the bytes come in pieces of this size; `ends`: and then no more. */
function read(
  bytes: string,
  {
    method = 'GET',
    size = bytes.length,
    ends = false,
    isStrict = false,
    maxHeadSize = defaultSize,
  } = {},
): Heard {
  const parser = new ResponseParser()
  const heard: Omit<Heard, 'keepsAlive' | 'isOver'> = { interim: [], body: '', repairs: [] }
  const sink = {
    onRepair: (what: UpstreamRepair) => heard.repairs.push(what),
    onInterim: (head: ResponseHead) => heard.interim.push(head),
    onHead: (head: ResponseHead) => {
      heard.head = head
    },
    onBody: (piece: Buffer) => {
      heard.body += piece.toString('latin1')
    },
    onEnd: (trailers: readonly string[]) => {
      heard.trailers = trailers
    },
    onSwitch: (_head: ResponseHead, early: Buffer) => {
      heard.switched = early.toString('latin1')
    },
    onFault: (detail: string) => {
      heard.fault = detail
    },
  }
  parser.begin(method, sink, { maxHeadSize, isStrict })
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
    ['after chunks that 204 can not have', 'HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\n'],
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
    ['of HTTP/0.9', '<html>ok</html>\r\n\r\n'],
    ['of HTTP without its slash', 'HTTP1.1 200 OK\r\n\r\n'],
    ['of no protocol', '(null) 302 Found\r\n\r\n'],
    ['of no HTTP version', 'HTTP/x.1 200 OK\r\n\r\n'],
    ['of HTTP without a minor version', 'HTTP/1 200 OK\r\n\r\n'],
    ['with a tab in its status line', 'HTTP/1.1\t200 OK\r\n\r\n'],
    ['with a blank before its status line', ' HTTP/1.1 200 OK\r\n\r\n'],
    ['with two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['with four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['with a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['with a lone CR in its status line', 'HTTP/1.1 200 O\rK\r\n\r\n'],
    ['with a NUL in its status line', 'HTTP/1.1 200 O\0K\r\n\r\n'],
    ['with a lone CR', fields('X: a\rb')],
    ['with two CRs', fields('X: a\r')],
    ['with a lone CR in a folded line', fields('X: a\r\n b\rc')],
    ['with a lone CR in a second status line', fields('HTTP/1.1 200\r OK')],
    ['with a folded line before its first field', fields(' X: a')],
    ['with a control byte in a name', fields('X\x01: a')],
    ['with a NUL', fields('X: \0')],
    ['with a space before a colon', fields('X : a')],
    ['with a tab before a colon', fields('X\t: a')],
    ['with a control byte in a line without a colon', fields('X\x01y')],
    ['with a lone CR in a line without a colon', fields('X\ry')],
    ['with a length without its colon', fields('Content-Length 2')],
    ['with a length among other words', fields('My content length: 2')],
    ['with a coding among other words', fields('The Transfer_Encoding is chunked')],
    ['with a line without a name', fields(': x')],
    ['with two lengths', fields('Content-Length: 2\r\nContent-Length: 3')],
    ['with a list of two lengths', fields('Content-Length: 2, 3')],
    ['with a folded length', fields('Content-Length:\r\n 2')],
    ['with a folded coding', fields('Transfer-Encoding: chunked\r\n ')],
    ['with a list that ends in a comma', fields('Content-Length: 2,')],
    ['with a folded length of two parts', fields('Content-Length: 1\r\n 2')],
    ['with an odd byte in the name of its length', fields('Content-Length\xa0: 2')],
    ['with an odd byte in the name of its coding', fields('(Transfer-Encoding): chunked')],
    ['with a control byte before its length', fields('Content-Length: \x0b2')],
    ['with a control byte before its coding', fields('Transfer-Encoding: \x0bchunked')],
    ['with an empty length', fields('Content-Length:')],
    ['with a signed length', fields('Content-Length: +2')],
    ['with a hexadecimal length', fields('Content-Length: 0x2')],
    ['with a negative length', fields('Content-Length: -1')],
    ['with an inexact length', fields('Content-Length: 9007199254740993')],
    [
      'with two lengths beside chunks',
      fields('Content-Length: 2\r\nContent-Length: 3\r\nTransfer-Encoding: chunked'),
    ],
    [
      'with a length beside chunks in HTTP/1.0',
      'HTTP/1.0 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['with nothing above chunks', fields('Transfer-Encoding: chunked,')],
    ['with identity above chunks', fields('Transfer-Encoding: chunked, identity')],
    ['with a byte before its coding that is no blank', fields('Transfer-Encoding: \xa0chunked')],
    ['with a byte before its length that is no blank', fields('Content-Length: 2,\xa02')],
    ['with a parameter of its coding', fields('Transfer-Encoding: chunked;q=1')],
    ['with another coding', fields('Transfer-Encoding: gzip')],
    ['with another coding below chunks', fields('Transfer-Encoding: gzip, chunked')],
    ['with another coding between chunks', fields('Transfer-Encoding: chunked, gzip, chunked')],
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
    ['with a blank before its size', chunks(' 2\r\nok\r\n')],
    ['with a number behind its size', chunks('2 3\r\nok\r\n')],
    ['that begins with LF behind a bare LF', chunks('2\n\nk\r\n')],
    ['with a size that is no number', chunks('ZZ\r\nok\r\n')],
    ['with a signed size', chunks('-2\r\nok\r\n')],
    ['with a prefixed size', chunks('0x2\r\nok\r\n')],
    ['with an inexact size', chunks('20000000000000\r\nok\r\n')],
    ['with a lone CR behind its size', chunks('2\rok')],
    ['with more than its size', chunks('2\r\noker\r\n')],
    ['with a lone CR behind its bytes', chunks('2\r\nok\rx')],
    ['with a control byte in an extension', chunks('2;\x01\r\nok\r\n')],
    ['with endless extensions', chunks(`2;${'a'.repeat(20_000)}\r\nok\r\n`)],
    ['with endless extensions of many chunks', chunks(`1;${'a'.repeat(90)}\r\nx\r\n`.repeat(200))],
    ['with endless trailers', chunks(`0\r\n${'X: y\r\n'.repeat(4_000)}`)],
    ['with a broken trailer', chunks('0\r\nX : y\r\n\r\n')],
    ['with a length among its trailers', chunks('0\r\nContent-Length: 3\r\n\r\n')],
    ['with a coding among its trailers', chunks('0\r\nTransfer-Encoding: chunked\r\n\r\n')],
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

const whole = 'Content-Length: 2\r\n\r\nok'
const inChunks = `${ok}Transfer-Encoding: chunked\r\n\r\n`

/** What is mended, from what, and the fields that it comes to where they matter. */
const mended: readonly (readonly [UpstreamRepair, string, string, (readonly string[])?])[] = [
  ['empty-line', 'an empty line before the head', `\r\n\r\n${ok}${whole}`],
  ['status-line', 'no blank behind the status', `HTTP/1.1 200\r\n${whole}`],
  ['status-line', 'two blanks before the status', `HTTP/1.1  200 OK\r\n${whole}`],
  ['status-line', 'a sub-status, as IIS has it', `HTTP/1.1 200.13 OK\r\n${whole}`],
  ['status-line', 'HTTP/1.2', `HTTP/1.2 200 OK\r\n${whole}`],
  ['status-line', 'HTTP/2.0', `HTTP/2.0 200 OK\r\n${whole}`],
  ['status-line', 'HTTP/0.9 with a status', `HTTP/0.9 200 OK\r\n${whole}`],
  ['status-line', 'lower case', `http/1.1 200 ok\r\n${whole}`],
  ['status-line', 'SHOUTcast', 'ICY 200 OK\r\n\r\nok'],
  [
    'repeated-status-line',
    'a second status line',
    `${ok}HTTP/1.0 404 No\r\n${whole}`,
    ['Content-Length', '2'],
  ],
  ['bare-line-feed', 'LF behind the status line', `HTTP/1.1 200 OK\n${whole}`],
  ['bare-line-feed', 'LF behind a field', `${ok}X: y\n${whole}`, ['X', 'y', 'Content-Length', '2']],
  ['bare-line-feed', 'LF as the empty line', `${ok}Content-Length: 2\r\n\nok`],
  ['bare-line-feed', 'LF everywhere', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
  ['bare-line-feed', 'LF behind a chunk size', `${inChunks}2\nok\r\n0\r\n\r\n`],
  ['bare-line-feed', 'LF behind a chunk extension', `${inChunks}2;a\nok\r\n0\r\n\r\n`],
  ['bare-line-feed', 'LF behind a chunk', `${inChunks}2\r\nok\n0\r\n\r\n`],
  ['bare-line-feed', 'LF behind the trailers', `${inChunks}2\r\nok\r\n0\r\n\n`],
  [
    'folded-field',
    'a folded field',
    `${ok}X: a \r\n \t b\r\n\tc\r\n${whole}`,
    ['X', 'a b c', 'Content-Length', '2'],
  ],
  [
    'folded-field',
    'a fold of nothing',
    `${ok}X: a\r\n \r\n${whole}`,
    ['X', 'a', 'Content-Length', '2'],
  ],
  ['folded-field', 'a value that begins in the next line', `${ok}X:\r\n a\r\n${whole}`],
  ['folded-field', 'a folded trailer', `${inChunks}2\r\nok\r\n0\r\nX: y\r\n z\r\n\r\n`],
  [
    'control-byte',
    'control bytes in a value',
    `${ok}X: \x7fa\x01\x0cb\x1f\r\n${whole}`,
    ['X', 'a  b', 'Content-Length', '2'],
  ],
  ['control-byte', 'a control byte in the phrase', `HTTP/1.1 200 O\x01K\r\n${whole}`],
  [
    'odd-field-name',
    'names that nobody can pass on',
    `${ok}X(y): a\r\n\xe9: b\r\n@c: d\r\n${whole}`,
    ['Content-Length', '2'],
  ],
  [
    'odd-field-name',
    'names with blanks in them',
    `${ok}PHP Warning:  x\r\nTue, 12 Jun 2012 01:56:34 GMT\r\nBy Serv : y\r\n${whole}`,
    ['Content-Length', '2'],
  ],
  [
    'line-without-colon',
    'what a program printed',
    `${ok}PTZ_CMD pPtz->nX=1 ,pPtz->nY=2\r\n${whole}`,
    ['Content-Length', '2'],
  ],
  ['line-without-colon', 'the rest of a broken line', `${ok}X: "\r\ny"\r\n${whole}`],
  ['line-without-colon', 'a trailer', `${inChunks}2\r\nok\r\n0\r\nX y\r\n\r\n`],
  [
    'repeated-length',
    'a length in two lines',
    `${ok}Content-Length: 2\r\nX: y\r\ncontent-length: 02\r\n\r\nok`,
    ['Content-Length', '2', 'X', 'y'],
  ],
  [
    'repeated-length',
    'a list of one length',
    `${ok}Content-Length: 2, 2,2\r\n\r\nok`,
    ['Content-Length', '2'],
  ],
  [
    'length-beside-chunked',
    'a length beside chunks',
    `${ok}Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  ],
  ['identity-coding', 'identity', `${ok}Transfer-Encoding: identity\r\n\r\nok`],
  [
    'identity-coding',
    'identity of HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: Identity\r\n\r\nok',
  ],
  ['identity-coding', 'identity beside a length', `${ok}Transfer-Encoding: identity\r\n${whole}`],
  ['identity-coding', 'no coding at all', `${ok}Transfer-Encoding:\r\n${whole}`],
  [
    'identity-coding',
    'identity below chunks',
    `${ok}Transfer-Encoding: identity, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  ],
  [
    'repeated-coding',
    'chunks named twice',
    `${ok}Transfer-Encoding: chunked\r\ntransfer-encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  ],
  ['no-line-behind-chunks', 'an end behind the last chunk', `${inChunks}2\r\nok\r\n0\r\n`],
  ['blank-behind-chunk-size', 'blanks behind chunk sizes', `${inChunks}2  \t\r\nok\r\n0 \r\n\r\n`],
  [
    'blank-behind-chunk-size',
    'a blank before an extension',
    `${inChunks}2 ;a=b\r\nok\r\n0\r\n\r\n`,
  ],
]

t.test('what can be read in one way only is mended:', async t => {
  const kinds = new Set(mended.map(([what]) => what))
  t.strictSame([...kinds].sort(), Object.keys(upstreamRepairs).sort(), 'every kind')
  for (const [repair, what, bytes, fields] of mended) {
    t.test(what, async t => {
      for (const size of [bytes.length, 1, 2, 3, 7]) {
        const heard = read(bytes, { size, ends: true })
        t.equal(heard.fault, undefined, `in pieces of ${size}`)
        t.strictSame([heard.head?.status, heard.body, heard.repairs], [200, 'ok', [repair]])
        if (fields !== undefined) t.strictSame(heard.head?.fields, fields)
        t.equal(heard.keepsAlive, false, 'and the connection carries no other request')
      }
    })
    t.test(`${what}: not by strictUpstream`, async t => {
      const heard = read(bytes, { ends: true, isStrict: true })
      t.match(heard.fault, upstreamRepairs[repair])
      t.strictSame([heard.repairs, heard.trailers, heard.keepsAlive], [[], undefined, false])
    })
  }
})

t.test('each repair is told once', async t => {
  const text =
    'HTTP/1.1 103 E\nX: a\n b\n c\n\nHTTP/1.1 200 OK\nX: a\n b\nTransfer-Encoding: chunked\n\n0\n\n'
  t.strictSame(read(text).repairs, ['bare-line-feed', 'folded-field'])
})

t.test('a head of more fields than anybody sends is refused', async t => {
  for (const [fields, fault] of [
    [5_000, undefined],
    [5_001, 'it has too many headers'],
  ] as const) {
    const text = `${ok}${'X:\r\n'.repeat(fields)}\r\n`
    t.equal(read(text, { maxHeadSize: 65_536 }).fault, fault)
  }
})

t.test('a head is read up to its limit', async t => {
  const maxHeadSize = defaultSize
  const head = (size: number) =>
    `${ok}X: ${'a'.repeat(size - ok.length - 26)}\r\nContent-Length: 0\r\n\r\n`
  for (const size of [1, 1_000, maxHeadSize]) {
    t.equal(read(head(maxHeadSize), { size }).head?.fields.length, 4)
    t.equal(read(head(maxHeadSize + 1), { size }).fault, 'its head is too long')
  }
})

t.test('an end of the connection ends no response that has more to come', async t => {
  for (const [what, bytes] of [
    ['a head', ok],
    ['a body', `${ok}Content-Length: 3\r\n\r\nok`],
    ['a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nok`],
    ['the last chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`],
    ['the end of the trailers', `${ok}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n`],
  ] as const) {
    t.test(what, async t => t.equal(read(bytes, { ends: true }).trailers, undefined))
  }
})

t.test('one that is stopped hears no more', async t => {
  const parser = new ResponseParser()
  const heard: string[] = []
  const never = () => heard.push('more')
  const sink = {
    onHead: () => parser.stop(),
    ...{ onRepair: never, onInterim: never, onBody: never },
    ...{ onEnd: never, onSwitch: never, onFault: never },
  }
  parser.begin('GET', sink, { maxHeadSize: defaultSize, isStrict: true })
  parser.read(Buffer.from(`${ok}Content-Length: 0\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`))
  t.strictSame([heard, parser.isOver, parser.keepsAlive], [[], true, false])
})
