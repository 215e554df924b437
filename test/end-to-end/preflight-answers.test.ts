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
    ['a refused one is refused', preflight([asks('x-foreign')]), { status: 403 }],
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
