// A request that was seen is sent once more, as it came, by whoever may see it.
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawClient, type RawClient } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { type SidecarOptions, startSidecar } from '../support/sidecar-process.js'
import { startWsEcho } from '../support/ws-echo.js'

const openssl = need('openssl')
const origin = 'https://app.example.com'

async function start(t: Test, options: SidecarOptions = {}) {
  const upstream = await startRawUpstream(answer(okAnswer))
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({
    upstream: upstream.url,
    ...options,
    flags: ['-o', origin, '--inspect', 'true', ...(options.flags ?? [])],
    admin: true,
  })
  t.teardown(() => sidecar.stop())
  return { upstream, sidecar, admin: client(String(sidecar.adminUrl)) }
}

function client(adminUrl: string) {
  const exchanges = async () => {
    const response = await fetch(`${adminUrl}/inspect/exchanges`)
    return ((await response.json()) as { exchanges: Record<string, unknown>[] }).exchanges
  }
  const replay = async (key: unknown, headers: Record<string, string> = {}) => {
    const body = JSON.stringify({ key })
    const response = await fetch(`${adminUrl}/inspect/replay`, { method: 'POST', headers, body })
    return { status: response.status, ...((await response.json()) as object) }
  }
  return { exchanges, replay }
}

async function send(t: Test, connection: RawClient, bytes: string) {
  t.teardown(() => connection.destroy())
  connection.write(bytes)
  return await connection.response()
}

t.test('it is sent with what it came with, but for body, framing and id', async t => {
  const { upstream, sidecar, admin } = await start(t)
  await send(
    t,
    await openRawClient({ port: sidecar.port }),
    `PUT /things?page=2 HTTP/1.1\r\nHost: api.example.com\r\nOrigin: ${origin}\r\nCookie: sid=hunter2\r\n` +
      'X-Request-Id: mine\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
  )
  const [first] = await admin.exchanges()
  const answered = await admin.replay(first?.key)
  t.match(answered, { status: 200, id: /^[\w-]{36}$/ })
  const [, again] = upstream.requests
  t.equal(again?.message.startLine, 'PUT /things?page=2 HTTP/1.1')
  const fields = new Map(again?.message.headers.map(([name, value]) => [name.toLowerCase(), value]))
  t.match(Object.fromEntries(fields), {
    origin,
    cookie: 'sid=hunter2',
    'content-type': 'text/plain',
    'content-length': '0',
    'x-request-id': (answered as { id?: string }).id,
  })
  const seen = await admin.exchanges()
  t.match(seen, [{ id: 'mine' }, { id: fields.get('x-request-id'), method: 'PUT' }])
  t.not(seen[0]?.key, seen[1]?.key)
})

t.test('five requests under one id have a key each', async t => {
  const { sidecar, upstream, admin } = await start(t)
  for (let n = 0; n < 5; n++) {
    await send(
      t,
      await openRawClient({ port: sidecar.port }),
      `GET /${n} HTTP/1.1\r\nHost: a\r\nX-Request-Id: same\r\n\r\n`,
    )
  }
  const seen = await admin.exchanges()
  t.strictSame(
    seen.map(({ id, target }) => [id, target]),
    [0, 1, 2, 3, 4].map(n => ['same', `/${n}`]),
  )
  t.equal(new Set(seen.map(({ key }) => key)).size, 5)
  await admin.replay(seen[1]?.key)
  t.equal(upstream.requests.at(-1)?.message.startLine, 'GET /1 HTTP/1.1')
})

t.test('it is refused to pages of other sites, and for what is not kept', async t => {
  const { sidecar, upstream, admin } = await start(t)
  await send(t, await openRawClient({ port: sidecar.port }), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const [seen] = await admin.exchanges()
  for (const [whom, headers] of [
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a form in an old browser', { origin: 'https://evil.example' }],
    ['a client of another proxy', { 'x-forwarded-for': '203.0.113.7' }],
  ] as const) {
    t.match(await admin.replay(seen?.key, headers), { status: 403 }, whom)
  }
  for (const key of ['no-such-key', '', 5, '../..', undefined]) {
    t.match(await admin.replay(key), { status: 404, error: 'not-found' }, String(key))
  }
  t.equal(upstream.requests.length, 1)
})

t.test('a WebSocket is not replayed', async t => {
  const echo = await startWsEcho()
  t.teardown(() => echo.close())
  const { sidecar, admin } = await start(t, { upstream: echo.url })
  const socket = new WebSocket(`ws://127.0.0.1:${sidecar.port}/`, { origin })
  await new Promise(resolve => socket.once('open', resolve))
  socket.close()
  await sidecar.log(({ event }) => event === 'upgrade-closed', 'the end of the socket')
  const [seen] = await admin.exchanges()
  t.match(await admin.replay(seen?.key), {
    status: 502,
    error: 'not-replayed',
    message: /WebSocket/,
  })
})

t.test(
  'through a TLS listener, whatever name its certificate is for',
  { skip: openssl.skip },
  async t => {
    const certificate = createCertificate(openssl.path, ['DNS:api.example.com'])
    t.teardown(() => certificate.remove())
    const { sidecar, upstream, admin } = await start(t, {
      flags: ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile],
    })
    const tls = { ca: certificate.cert, servername: 'api.example.com' }
    await send(
      t,
      await openRawClient({ port: sidecar.port, tls }),
      'GET /secure HTTP/1.1\r\nHost: api.example.com\r\n\r\n',
    )
    const [seen] = await admin.exchanges()
    t.match(await admin.replay(seen?.key), { status: 200 })
    t.equal(upstream.requests.at(-1)?.message.startLine, 'GET /secure HTTP/1.1')
  },
)
