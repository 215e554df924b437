// The judge is judged first: what the strict reader takes for a message, and what it refuses.

import t from 'tap'
import { createStrictReader } from './strict-http.js'

function readRequests(bytes: string) {
  const reader = createStrictReader({ kind: 'request' })
  for (const byte of Buffer.from(bytes, 'latin1')) reader.push(Buffer.from([byte]))
  return reader
}

t.test('it reads, one byte at a time,', async t => {
  for (const [what, bytes, bodies] of [
    ['a request without a body', 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n', ['']],
    ['a length', 'POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc', ['abc']],
    [
      'chunks with an extension and a trailer',
      'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nX: y\r\n\r\n',
      ['abc'],
    ],
    [
      'two in a row',
      'POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\naGET / HTTP/1.1\r\n\r\n',
      ['a', ''],
    ],
  ] as const) {
    t.test(what, async t => {
      const reader = readRequests(bytes)
      t.equal(reader.problem, undefined)
      t.strictSame(
        reader.messages.map(({ body }) => body.toString()),
        bodies,
      )
      t.equal(reader.rest.length, 0, 'nothing is left over')
    })
  }
})

t.test('it refuses', async t => {
  for (const [what, bytes] of [
    ['a bare LF', 'GET /a HTTP/1.1\nHost: a\n\n'],
    ['two spaces', 'GET  /a HTTP/1.1\r\n\r\n'],
    ['a space before the colon', 'GET /a HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a control byte in a value', 'GET /a HTTP/1.1\r\nX: a\u0001\r\n\r\n'],
    ['a folded line', 'GET /a HTTP/1.1\r\nX: a\r\n b\r\n\r\n'],
    ['two lengths', 'POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na'],
    ['a length with a leading zero', 'POST /a HTTP/1.1\r\nContent-Length: 01\r\n\r\na'],
    [
      'both framings',
      'POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['another coding', 'POST /a HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n'],
    [
      'a chunk longer than its size',
      'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n',
    ],
    ['a chunk size in words', 'POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n'],
  ] as const) {
    t.test(what, async t => {
      const reader = readRequests(bytes)
      t.type(reader.problem, 'string')
      t.strictSame(reader.messages, [])
    })
  }
})

t.test('a response', async t => {
  const read = (bytes: string, method = 'GET') => {
    const reader = createStrictReader({ kind: 'response', methodOf: () => method })
    reader.push(Buffer.from(bytes, 'latin1'))
    return reader
  }
  t.test('after HEAD has no body, whatever its length says', async t => {
    const reader = read('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', 'HEAD')
    t.equal(reader.messages.length, 1)
  })
  t.test('without a length runs until the close', async t => {
    const reader = read('HTTP/1.1 200 OK\r\n\r\nabc')
    t.equal(reader.messages.length, 0, 'not before')
    reader.finish()
    t.equal(reader.messages[0]?.body.toString(), 'abc')
  })
  t.test('that is cut stays incomplete', async t => {
    const reader = read('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc')
    reader.finish()
    t.strictSame(reader.messages, [])
    t.equal(reader.partial?.complete, false)
    t.equal(reader.partial?.body.toString(), 'abc')
  })
  t.test('may follow an interim one', async t => {
    const reader = read('HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 None\r\n\r\n')
    t.equal(reader.messages.length, 2)
  })
  t.test('204 with a coding is refused', async t => {
    t.type(read('HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n').problem, 'string')
  })
})
