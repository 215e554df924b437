// Heads of like preflights are kept and sent again: each must still be its own request's answer.

import t from 'tap'
import { pageOrigin, setStage } from '../support/forwarding-scene.js'
import { type HttpMessage, headerOf, statusOf } from '../support/strict-http.js'

const stage = await setStage()
t.teardown(() => stage.close())

const preflight = (lines: readonly string[] = [], version = '1.1') =>
  `${[
    `OPTIONS /items HTTP/${version}`,
    'Host: a.test',
    `Origin: ${pageOrigin}`,
    'Access-Control-Request-Method: PUT',
    ...lines,
  ].join('\r\n')}\r\n\r\n`

const asks = (names: string) => `Access-Control-Request-Headers: ${names}`

function summary(answer: HttpMessage) {
  return {
    status: statusOf(answer),
    origin: headerOf(answer, 'access-control-allow-origin'),
    headers: headerOf(answer, 'access-control-allow-headers'),
    connection: headerOf(answer, 'connection'),
  }
}

t.test('like preflights get the same answer, one after the other and at once', async t => {
  const scene = await stage.scene(t, { flags: ['--allow-headers', 'x-one,x-two'] })
  const client = await scene.client()
  client.write(preflight([asks('x-one')]))
  const first = await client.response(0)
  t.match(summary(first), { status: 204, origin: pageOrigin, connection: 'keep-alive' })
  client.write(preflight([asks('x-one')]).repeat(20))
  const last = await client.response(20)
  t.match(headerOf(last, 'keep-alive'), headerOf(first, 'keep-alive') ?? '')
  const undated = ({ headers }: HttpMessage) =>
    headers.filter(([name]) => name.toLowerCase() !== 'date')
  for (const answer of client.responses()) t.same(undated(answer), undated(first))
  for (const answer of client.responses()) t.ok(headerOf(answer, 'date'))
})

t.test('what an answer repeats of its request is its own', async t => {
  const scene = await stage.scene(t, { flags: ['--allow-headers', '*', '--allow-methods', '*'] })
  const client = await scene.client()
  for (const names of ['x-aa', 'x-bb', 'x-aa', 'x-cc']) {
    const at = client.responses().length
    client.write(preflight([asks(names)]))
    t.equal(summary(await client.response(at)).headers, names)
  }
})

t.test('behind like ones', async t => {
  for (const [what, request, expected] of [
    ['one that asks for the end has it', preflight(['Connection: close']), { connection: 'close' }],
    ['one of HTTP/1.0 is the last', preflight([], '1.0'), { connection: 'close' }],
    ['a refused one is told what is allowed', preflight([asks('x-foreign')]), { status: 204 }],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t, { flags: ['--allow-headers', 'x-one'] })
      const client = await scene.client()
      client.write(preflight().repeat(3))
      await client.response(2)
      client.write(request)
      t.match(summary(await client.response(3)), expected)
    })
  }
})

t.test('the date goes on', async t => {
  const scene = await stage.scene(t, { flags: ['--allow-headers', 'x-one'] })
  const dates = new Set<string>()
  while (dates.size < 2) {
    // A connection ends with its thousandth answer, and a second may hold more of them.
    const client = await scene.client()
    for (let at = 0; dates.size < 2 && at < 500; at++) {
      client.write(preflight())
      dates.add(headerOf(await client.response(at), 'date') ?? '')
    }
  }
  const [before = '', after = ''] = dates
  t.ok(Date.parse(after) > Date.parse(before))
})

t.test('those that come together on many connections are all answered', async t => {
  const scene = await stage.scene(t, { flags: ['--allow-headers', 'x-one'] })
  const clients = await Promise.all(Array.from({ length: 150 }, () => scene.client()))
  for (let round = 0; round < 5; round++) {
    for (const client of clients) client.write(preflight([asks('x-one')]))
    const answers = await Promise.all(clients.map(client => client.response(round)))
    for (const answer of answers) t.match(summary(answer), { status: 204, headers: 'x-one' })
  }
  // Some leave before they are answered; the others do not notice.
  for (const [at, client] of clients.entries()) {
    client.write(preflight())
    if (at % 3 === 0) client.reset()
  }
  const rest = clients.filter((_, at) => at % 3 !== 0)
  const answers = await Promise.all(rest.map(client => client.response(5)))
  for (const answer of answers) t.match(summary(answer), { status: 204 })
})

t.test('an answer goes out before what ends its connection', async t => {
  for (const [what, behind, status] of [
    ['bytes that are no request', 'no request\r\n\r\n', 400],
    ['a request that is refused and closes', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['a request with two lengths', preflight(['Content-Length: 1', 'Content-Length: 2']), 400],
    ['the last answer of a kept connection', preflight(['Connection: close']), 204],
    ['an answer in HTTP/1.0', preflight([], '1.0'), 204],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t)
      // Enough of them for answers to wait for each other.
      const clients = await Promise.all(Array.from({ length: 20 }, () => scene.client()))
      for (const client of clients) client.write(preflight().repeat(3) + behind)
      for (const client of clients) {
        for (let at = 0; at < 3; at++) {
          t.match(summary(await client.response(at)), { status: 204, connection: 'keep-alive' })
        }
        t.equal(statusOf(await client.response(3)), status)
        t.equal(await client.closed(), 'fin')
      }
    })
  }
  t.test('a body that breaks off', async t => {
    const scene = await stage.scene(t)
    const clients = await Promise.all(Array.from({ length: 20 }, () => scene.client()))
    for (const client of clients) {
      client.write(`${preflight(['Transfer-Encoding: chunked'])}1\r\nabc`)
    }
    for (const client of clients) {
      t.match(summary(await client.response(0)), { status: 204 })
      await client.closed()
    }
  })
})
