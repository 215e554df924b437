// Rules of an intermediary that the case files leave out, over raw sockets.

import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { pageOrigin, setStage } from '../support/forwarding-scene.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { headerOf, methodOf, statusOf, valuesOf } from '../support/strict-http.js'

const stage = await setStage()
t.teardown(() => stage.close())

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a.test\r\n${more}\r\n`
const fromPage = `Origin: ${pageOrigin}\r\n`
const upgrade = (target: string) =>
  get(
    target,
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n',
  )

t.test('a request is refused here, readable for the page, when', async t => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, n) => `X-${n}: ${n}\r\n`).join('')
  for (const [when, bytes, status] of [
    ['its target is longer than 8 KiB', get(`/${'a'.repeat(8200)}`, fromPage), 414],
    ['it has more than 100 header lines', get('/p', fromPage + lines(100)), 431],
    ['it expects what nobody knows', get('/p', `${fromPage}Expect: magic\r\n`), 417],
    ['it has been here already', get('/p', `${fromPage}Via: 1.1 cors-sidecar\r\n`), 508],
    ['it is a TRACE', `TRACE /p HTTP/1.1\r\nHost: a.test\r\n${fromPage}\r\n`, 405],
  ] as const) {
    await t.test(when, async t => {
      const { send, upstream } = await stage.scene(t)
      const answered = await send(bytes)
      t.equal(statusOf(answered), status)
      t.strictSame(valuesOf(answered.headers, 'access-control-allow-origin'), [pageOrigin])
      t.match(JSON.parse(answered.body.toString()), { error: String, message: String })
      t.strictSame(upstream.begun, [], 'the upstream is not asked')
    })
  }
  await t.test('its body is larger than maxBodySize, announced or not', async t => {
    const { send, upstream } = await stage.scene(t, { flags: ['--max-body-size', '10'] })
    const post = `POST /p HTTP/1.1\r\nHost: a.test\r\n${fromPage}`
    t.equal(statusOf(await send(`${post}Content-Length: 11\r\n\r\n${'a'.repeat(11)}`)), 413)
    const chunked = `${post}Transfer-Encoding: chunked\r\n\r\nb\r\n${'a'.repeat(11)}\r\n0\r\n\r\n`
    t.equal(statusOf(await send(chunked)), 413)
    t.strictSame(upstream.requests, [], 'no whole request reached the upstream')
    t.equal(statusOf(await send(`${post}Content-Length: 10\r\n\r\n${'a'.repeat(10)}`)), 200)
  })
})

t.test('HTTP/1.0', async t => {
  await t.test('is never answered in chunks', async t => {
    const { client, upstreamDoes } = await stage.scene(t)
    upstreamDoes('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n')
    const old = await client()
    old.write('GET /p HTTP/1.0\r\nHost: a.test\r\n\r\n')
    const answered = await old.response()
    t.equal(headerOf(answered, 'transfer-encoding'), undefined)
    t.equal(answered.body.toString(), 'ok')
    t.equal(await old.closed(), 'fin')
  })
})

t.test('an event stream', async t => {
  await t.test('flows at once, head and each event', async t => {
    const { client, upstream, upstreamDoes } = await stage.scene(t)
    upstreamDoes(({ write }) =>
      write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
      ),
    )
    const page = await client()
    page.write(get('/events', fromPage))
    const head = await page.head()
    t.equal(head.complete, false, 'the head is there before any event')
    for (const [n, event] of ['one', 'two'].entries()) {
      upstream.connections.at(-1)?.socket.write(`3\r\n${event}\r\n`)
      const received = ['one', 'two'].slice(0, n + 1).join('')
      await page.until(
        () => page.reader.partial?.body.toString() === received || undefined,
        `event ${event}`,
      )
    }
    t.equal(page.reader.partial?.body.toString(), 'onetwo')
  })
})

t.test('an upgrade that the upstream refuses', async t => {
  await t.test('is answered as any request, chunks and all', async t => {
    const { send, upstreamDoes } = await stage.scene(t)
    upstreamDoes(
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '4\r\nnope\r\n0\r\n\r\n',
    )
    const answered = await send(upgrade('/ws'))
    t.strictSame([statusOf(answered), answered.body.toString()], [401, 'nope'])
    t.equal(headerOf(answered, 'www-authenticate'), 'Bearer')
  })
  await t.test('or cannot answer, is a 502', async t => {
    const { send, upstreamDoes } = await stage.scene(t)
    upstreamDoes(({ fin }) => fin())
    t.equal(statusOf(await send(upgrade('/ws'))), 502)
  })
  await t.test('or everyone, by websockets=false', async t => {
    const { send, upstream } = await stage.scene(t, { env: { CORS_SIDECAR_WEBSOCKETS: 'false' } })
    t.match(String(statusOf(await send(upgrade('/ws')))), /^[45]..$/)
    t.strictSame(upstream.begun, [], 'the upstream is not asked')
  })
})

t.test('routes', async t => {
  const api = await startRawUpstream(answer('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\napi'))
  const deep = await startRawUpstream(answer('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndeep'))
  t.teardown(() => Promise.all([api.close(), deep.close()]))
  const options = {
    flags: [
      '--route',
      `/api=${api.url}/v1`,
      '--route',
      `/api/deep=${deep.url}`,
      '--strip-prefix',
      'true',
    ],
  }
  await t.test('choose the longest prefix, on whole segments, and join the base path', async t => {
    const { send } = await stage.scene(t, options)
    for (const [target, body] of [
      ['/api/items?q=1', 'api'],
      ['/api', 'api'],
      ['/api/deep/x', 'deep'],
      ['/apiary', 'ok'],
      ['/', 'ok'],
    ] as const) {
      t.equal((await send(get(target))).body.toString(), body, target)
    }
    t.strictSame(api.requests.map(({ target }) => target).slice(0, 1), ['/v1/items?q=1'])
    t.strictSame(
      deep.requests.map(({ target }) => target),
      ['/x'],
    )
  })
  await t.test('refuse a path that two parties could read differently', async t => {
    const { send, upstream } = await stage.scene(t, options)
    for (const target of ['/api/../admin', '/api/%2e%2e/admin', '/api%2fdeep', '/a\\..\\api']) {
      t.equal(statusOf(await send(get(target))), 400, target)
    }
    t.strictSame(upstream.begun, [])
  })
  await t.test('hold for upgrades too', async t => {
    const { client } = await stage.scene(t, options)
    api.play(({ write }) =>
      write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      ),
    )
    const socket = await client()
    socket.write(upgrade('/api/ws'))
    const answered = await socket.until(() => socket.reader.messages[0], 'the 101')
    t.equal(statusOf(answered), 101)
    t.equal(api.requests[0]?.target, '/v1/ws')
  })
})

t.test('an upstream on a Unix socket', async t => {
  const path = join(tmpdir(), `cors-sidecar-${process.pid}.sock`)
  const server = createServer((request, response) => response.end(request.url))
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { send } = await stage.scene(t, { upstreamUrl: `unix:${path}` })
  t.equal((await send(get('/over/it'))).body.toString(), '/over/it')
})

t.test('configured headers', async t => {
  await t.test('are set in both directions, in place of what came', async t => {
    const { send, seen, upstreamDoes } = await stage.scene(t, {
      flags: ['--set-request-header', 'X-Key: k', '--set-response-header', 'X-Frame-Options: DENY'],
    })
    upstreamDoes('HTTP/1.1 200 OK\r\nX-Frame-Options: ALLOW\r\nContent-Length: 2\r\n\r\nok')
    const answered = await send(get('/p', 'x-key: theirs\r\n'))
    t.strictSame(valuesOf(seen().headers, 'x-key'), ['k'])
    t.strictSame(valuesOf(answered.headers, 'x-frame-options'), ['DENY'])
  })
})

t.test('too many at once', async t => {
  await t.test('wait a second for their turn, then get 503 with Retry-After', async t => {
    const { client, send, upstream, upstreamDoes } = await stage.scene(t, {
      flags: ['--max-in-flight', '1'],
    })
    upstreamDoes(() => undefined)
    const first = await client()
    first.write(get('/p'))
    await upstream.until(() => upstream.begun[0], 'the request that holds the place')
    const answered = await send(get('/p', fromPage))
    t.equal(statusOf(answered), 503)
    t.match(headerOf(answered, 'retry-after'), /^\d+$/)
    t.strictSame(valuesOf(answered.headers, 'access-control-allow-origin'), [pageOrigin])
    t.equal(upstream.begun.length, 1)
    upstream.connections.at(-1)?.socket.write(okAnswer)
    t.equal(statusOf(await first.response()), 200, 'the first is served')
  })
})

t.test('what is not safe to repeat', async t => {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    await t.test(`${method} is sent once, also over a connection that dies`, async t => {
      const { client, upstream, upstreamDoes } = await stage.scene(t)
      for (const { socket } of upstream.connections) socket.destroy()
      upstreamDoes(({ head, whenWhole, write, reset }) =>
        whenWhole(() => (methodOf(head) === 'GET' ? write(okAnswer) : reset())),
      )
      const page = await client()
      page.write(get('/warm'))
      await page.response(0)
      page.write(`${method} /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n`)
      t.equal(statusOf(await page.response(1)), 502)
      t.equal(upstream.requests.length, 2)
    })
  }
  await t.test('and nothing is repeated with retries=false', async t => {
    const { client, upstream, upstreamDoes } = await stage.scene(t, {
      env: { CORS_SIDECAR_RETRIES: 'false' },
    })
    for (const { socket } of upstream.connections) socket.destroy()
    upstreamDoes(({ connection, whenWhole, write, reset }) =>
      whenWhole(() => (connection.reader.messages.length === 2 ? reset() : write(okAnswer))),
    )
    const page = await client()
    page.write(get('/p'))
    await page.response(0)
    page.write(get('/p'))
    t.equal(statusOf(await page.response(1)), 502)
  })
})
