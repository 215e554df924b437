// HTTP/2 to the client: the same handler, the same rules, the same end of everything.
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { type Certificate, createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { answer, okAnswer, type Script, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { headerOf, valuesOf } from '../support/strict-http.js'

const openssl = need('openssl')
const origin = 'https://app.example.com'

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

async function start(t: Test, script: Script = answer(okAnswer), flags: readonly string[] = []) {
  const certificate = createCertificate(openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const upstream = await startRawUpstream(script)
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: [
      ...['--allow-origin', origin, '--expose-header', 'x-a', ...flags],
      ...['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile],
    ],
  })
  t.teardown(() => sidecar.stop())
  const session = () => openSession(t, sidecar.port, certificate)
  return { certificate, upstream, sidecar, session }
}

async function openSession(t: Test, port: number, { cert }: Certificate) {
  const session = connect(`https://localhost:${port}`, { ca: cert })
  t.teardown(() => session.destroy())
  await once(session, 'connect')
  return session
}

function open(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): ClientHttp2Stream {
  const stream = session.request(
    { ':path': '/', origin, ...headers },
    { endStream: body === undefined },
  )
  if (body !== undefined) stream.end(body)
  return stream
}

async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Answer> {
  const stream = open(session, headers, body)
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders]
  return { headers: head, body: await text(stream) }
}

async function askOverHttp1(port: number, { cert }: Certificate): Promise<IncomingMessage> {
  const older = request({
    ...{ host: 'localhost', port, ca: cert, agent: false },
    headers: { origin },
  })
  older.end()
  const [response] = await once(older, 'response')
  return response
}

t.test('HTTP/2', { skip: openssl.skip }, async t => {
  t.test('gets the answers that HTTP/1.1 gets', async t => {
    const { session, sidecar, certificate } = await start(
      t,
      answer(
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a=1\r\n' +
          'Set-Cookie: b=2\r\nAccess-Control-Allow-Origin: *\r\n\r\nok',
      ),
    )
    const client = await session()
    t.equal(client.alpnProtocol, 'h2')
    const { headers, body } = await ask(client, {})
    t.equal(body, 'ok')
    t.match(headers, {
      ':status': 200,
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-a',
      'x-a': '1, 2',
      'set-cookie': ['a=1', 'b=2'],
      vary: 'Origin',
    })
    const response = await askOverHttp1(sidecar.port, certificate)
    t.equal(response.headers['access-control-allow-origin'], origin)
    t.equal(await text(response), 'ok')
  })

  t.test('gets a status above 599 as 500, which HTTP/1.1 gets as it is', async t => {
    let status = ''
    const { session, sidecar, certificate } = await start(t, (...given) =>
      answer(`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nok`)(...given),
    )
    const client = await session()
    for (const [sent, asHttp2, asHttp1] of [
      ['599', 599, 599],
      ['600', 500, 600],
      ['999', 500, 999],
      ['099', 502, 502],
    ] as const) {
      status = sent
      const { headers, body } = await ask(client, {})
      t.equal(headers[':status'], asHttp2)
      t.equal(headers['access-control-allow-origin'], origin)
      const response = await askOverHttp1(sidecar.port, certificate)
      t.equal(response.statusCode, asHttp1)
      const other = await text(response)
      if (asHttp1 !== 502) t.same([body, other, headers['x-a']], ['ok', 'ok', '1'])
    }
  })

  t.test('leaves no half of an upload on a connection that is used again', async t => {
    // Answers by the head, and goes on reading, as nginx does.
    const { session, upstream } = await start(t, ({ write }) => write(okAnswer))
    const client = await session()
    for (let n = 0; n < 3; n++) {
      const stream = client.request({ ':path': `/${n}`, ':method': 'POST', 'content-length': 9 })
      stream.write('part')
      await once(stream, 'response')
      t.equal(await text(stream), 'ok')
      await once(stream, 'close')
    }
    t.strictSame(upstream.problems(), [])
    t.strictSame(upstream.requests, [], 'no request came to its end')
    t.equal(upstream.begun.length, 3, 'and none was taken for the rest of another')
  })

  t.test('gets the trailers behind a body', async t => {
    const { session } = await start(
      t,
      answer(
        'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n' +
          'X-Sum: 1\r\nX-Sum: 2\r\nKeep-Alive: a\r\nAccess-Control-Allow-Origin: *\r\n\r\n',
      ),
    )
    const stream = open(await session(), {})
    const trailers = once(stream, 'trailers')
    t.equal(await text(stream), 'ok')
    const [fields] = (await trailers) as [IncomingHttpHeaders]
    t.strictSame(Object.entries(fields), [['x-sum', '1, 2']])
  })

  t.test('preflights are answered, and refused', async t => {
    const { session, upstream } = await start(t)
    const client = await session()
    const preflight = { ':method': 'OPTIONS', 'access-control-request-method': 'PUT' }
    const allowed = await ask(client, preflight)
    t.match(allowed.headers, { ':status': 204, 'access-control-allow-origin': origin })
    t.match(allowed.headers['access-control-allow-methods'], 'PUT')
    const refused = await ask(client, { ...preflight, origin: 'https://evil.example' })
    t.match(refused.headers, { ':status': 403, vary: /origin/i })
    t.equal(refused.headers['access-control-allow-origin'], undefined)
    t.equal(JSON.parse(refused.body).reason, 'origin-not-allowed')
    t.equal(upstream.requests.length, 0)
  })

  t.test('reaches the upstream as the HTTP/1.1 request that it would have been', async t => {
    const { session, upstream } = await start(t, undefined, ['--host-header', 'client'])
    const client = await session()
    await ask(client, { ':path': '/a?b', ':authority': 'api.example.com', cookie: ['a=1', 'b=2'] })
    const seen = upstream.requests[0]?.message ?? upstream.begun[0]
    if (seen === undefined) return t.fail('nothing came')
    t.equal(seen.startLine, 'GET /a?b HTTP/1.1')
    t.equal(headerOf(seen, 'host'), 'api.example.com')
    t.same(valuesOf(seen.headers, 'cookie'), ['a=1; b=2'])
    t.equal(headerOf(seen, 'x-forwarded-proto'), 'https')
    t.notOk(seen.headers.some(([name]) => name.startsWith(':')))
    t.same(upstream.problems(), [])
  })

  t.test('bodies pass, with and without a length', async t => {
    const { session, upstream } = await start(t)
    const client = await session()
    const post = { ':method': 'POST', 'content-type': 'text/plain' }
    await ask(client, post, 'hello')
    await ask(client, { ...post, 'content-length': '5' }, 'hello')
    t.same(
      upstream.requests.map(({ message }) => message.body.toString()),
      ['hello', 'hello'],
    )
    t.same(upstream.problems(), [])
  })

  t.test('a length that lies forms no second request', async t => {
    const { session, upstream } = await start(t)
    for (const length of ['3', '99']) {
      const client = await session()
      // Node.js 26 ends the whole session for it, older ones the stream.
      client.on('error', () => {})
      const stream = open(
        client,
        { ':method': 'POST', 'content-length': length },
        'abcGET /admin HTTP/1.1\r\nHost: x\r\n\r\n',
      )
      const [error] = await once(stream, 'error')
      t.match(error.message, /NGHTTP2_PROTOCOL_ERROR|Session closed with error/)
    }
    t.same(upstream.requests, [], 'nothing that the upstream took for whole')
    const client = await session()
    await ask(client, { ':path': '/next' })
    t.equal(upstream.requests.at(-1)?.message.startLine, 'GET /next HTTP/1.1')
  })

  t.test('a response that breaks off is seen to', async t => {
    const { session } = await start(t, ({ write, fin }) => {
      write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n')
      fin()
    })
    const client = await session()
    const stream = open(client, {})
    const [error] = await once(stream.resume(), 'error')
    t.match(error, { code: 'ERR_HTTP2_STREAM_ERROR' })
    t.equal(stream.rstCode, constants.NGHTTP2_INTERNAL_ERROR)
    t.notOk(client.destroyed, 'and the other streams go on')
  })

  t.test('the limits of a head hold', async t => {
    const { session } = await start(t)
    const client = await session()
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`x-${n}`, '1']))
    t.match((await ask(client, many)).headers, { ':status': 431 })
    t.match((await ask(client, { ':path': `/${'a'.repeat(9000)}` })).headers, { ':status': 414 })
    t.match((await ask(client, { ':method': 'TRACE' })).headers, { ':status': 405 })
  })

  t.test('a path beyond ASCII is refused, as in HTTP/1.1', async t => {
    const { session, upstream } = await start(t)
    const client = await session()
    for (const path of ['/caf\u00e9', '/caf\u00c3\u00a9?x', '/x?\u00ff']) {
      t.match((await ask(client, { ':path': path })).headers, { ':status': 400 })
    }
    t.equal(upstream.begun.length, 0)
    t.match((await ask(client, { ':path': '/caf%C3%A9' })).headers, { ':status': 200 })
  })

  t.test('a session that asks for nothing is closed', async t => {
    const { session } = await start(t, undefined, ['--headers-timeout', '200ms'])
    const client = await session()
    await once(client, 'close')
    t.pass('closed')
  })

  t.test('a drain finishes what is under way and takes no more', async t => {
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const { session, sidecar, upstream } = await start(t, ({ write }) => {
      held.then(() => write(okAnswer))
    })
    const client = await session()
    const answered = ask(client, {})
    await upstream.until(() => upstream.requests[0], 'the request')
    const goaway = once(client, 'goaway')
    sidecar.signal('SIGTERM')
    t.equal((await goaway)[0], constants.NGHTTP2_NO_ERROR)
    release()
    t.equal((await answered).body, 'ok')
    t.match(await sidecar.exited(), { code: 0 })
  })

  t.test('a reload brings a new certificate to new connections', async t => {
    const { sidecar, certificate, session } = await start(t)
    const old = await session()
    const next = createCertificate(openssl.path, ['DNS:localhost'])
    t.teardown(() => next.remove())
    copyFileSync(next.certFile, certificate.certFile)
    sidecar.signal('SIGHUP')
    await sidecar.log(({ event }) => event === 'config-rejected', 'certificate without its key')
    t.equal((await ask(await session(), {})).body, 'ok', 'the old one still serves')
    copyFileSync(next.keyFile, certificate.keyFile)
    sidecar.signal('SIGHUP')
    await sidecar.log(({ event }) => event === 'config-reloaded', 'the reload')
    const fresh = await openSession(t, sidecar.port, next)
    t.equal((await ask(fresh, {})).body, 'ok')
    t.equal((await ask(old, {})).body, 'ok', 'and the old connection goes on')
  })

  t.test('nothing older than TLS 1.2 is spoken', async t => {
    const { sidecar, certificate } = await start(t)
    const socket: TLSSocket = connectTls({
      ...{ host: 'localhost', port: sidecar.port, ca: certificate.cert },
      ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    })
    const [error] = await once(socket, 'error')
    t.match(error.code, /PROTOCOL_VERSION|ALERT/)
  })
})
