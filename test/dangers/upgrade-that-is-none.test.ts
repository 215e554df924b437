// A request that asks for an upgrade and gets none is a request like any other. Node's parser stops
// behind its head, and what came with it in one piece was never answered.

import t from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawClient } from '../support/raw-client.js'
import { startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { headerOf, statusOf, targetOf } from '../support/strict-http.js'

const openssl = need('openssl')

const get = (target: string, ...fields: string[]) =>
  `GET ${target} HTTP/1.1\r\n${['Host: a.test', ...fields].join('\r\n')}\r\n\r\n`
const h2c = (target: string) =>
  get(target, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk')
const webSocket = (target: string) =>
  get(
    target,
    ...['Connection: keep-alive, Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==',
  )
const post =
  'POST /post HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody'

/** Says what was asked for; refuses every upgrade. */
const upstream = await startRawUpstream(({ head, whenWhole, write }) => {
  whenWhole(() => {
    const target = targetOf(head)
    const status = headerOf(head, 'upgrade') === undefined ? '200 OK' : '404 Not Found'
    write(`HTTP/1.1 ${status}\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
  })
})
t.teardown(() => upstream.close())

async function answersTo(port: number, count: number, bytes: string, tls?: object) {
  const client = await openRawClient({ port, ...(tls && { tls }) })
  t.teardown(() => client.destroy())
  client.write(bytes)
  const answers: string[] = []
  for (let n = 0; n < count; n++) {
    const message = await client.response(n)
    answers.push(`${statusOf(message)} ${message.body}`)
  }
  return { client, answers }
}

const sidecar = await startSidecar({ upstream: upstream.url })
t.teardown(() => sidecar.stop())

t.test('what is behind a request for another protocol is answered in order', async t => {
  const many = Array.from({ length: 60 }, (_, n) => `/${n}`)
  for (const [what, bytes, wanted] of [
    ['one', h2c('/1') + get('/2') + get('/3'), ['/1', '/2', '/3']],
    ['several', h2c('/1') + h2c('/2') + get('/3') + h2c('/4'), ['/1', '/2', '/3', '/4']],
    ['behind others', get('/1') + get('/2') + h2c('/3') + get('/4'), ['/1', '/2', '/3', '/4']],
    ['very many', many.map(h2c).join('') + get('/last'), [...many, '/last']],
    ['lines in any case', h2c('/1').toUpperCase().replace('/1', '/1') + get('/2'), ['/1', '/2']],
    [
      'another method',
      h2c('/1').replace('GET', 'DELETE') + post.replace(/Connection.*h2c\r\n/s, '') + h2c('/2'),
      ['/1', '/post', '/2'],
    ],
  ] as const) {
    const { client, answers } = await answersTo(sidecar.port, wanted.length, bytes)
    t.strictSame(
      answers,
      wanted.map(target => `200 ${target}`),
      what,
    )
    client.write(get('/later'))
    t.equal((await client.response(wanted.length)).body.toString(), '/later', 'and it goes on')
    client.destroy()
  }
  const asked = upstream.requests.map(({ message }) => headerOf(message, 'upgrade'))
  t.ok(asked.every(upgrade => upgrade === undefined))
})

t.test('behind one with a body, the end of the connection is told', async t => {
  const { client, answers } = await answersTo(sidecar.port, 1, post + get('/2'))
  t.strictSame(answers, ['200 /post'])
  t.equal(headerOf(await client.response(0), 'connection'), 'close')
  t.equal(await client.closed(), 'fin')
})

t.test('what is behind a refused WebSocket is answered in order', async t => {
  const bytes = webSocket('/1') + get('/2')
  const { answers } = await answersTo(sidecar.port, 2, bytes)
  t.strictSame(answers, ['404 /1', '200 /2'])
  const alone = await answersTo(sidecar.port, 1, webSocket('/1'))
  for (const [n, text, wanted] of [
    [1, webSocket('/2'), '404 /2'],
    [2, h2c('/3'), '200 /3'],
    [3, webSocket('/4'), '404 /4'],
    [4, get('/5'), '200 /5'],
  ] as const) {
    alone.client.write(text)
    const message = await alone.client.response(n)
    t.equal(`${statusOf(message)} ${message.body}`, wanted)
  }
  alone.client.write(webSocket('/6').replace('keep-alive', 'close'))
  t.equal(headerOf(await alone.client.response(5), 'connection'), 'close')
  t.equal(await alone.client.closed(), 'fin')
})

t.test('over TLS it is the same', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const flags = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
  const secure = await startSidecar({ upstream: upstream.url, flags })
  t.teardown(() => secure.stop())
  const bytes = h2c('/1') + get('/2') + h2c('/3') + webSocket('/4')
  const tls = { rejectUnauthorized: false }
  const { client, answers } = await answersTo(
    secure.port,
    3,
    bytes.slice(0, -webSocket('/4').length),
    tls,
  )
  t.strictSame(answers, ['200 /1', '200 /2', '200 /3'])
  client.write(webSocket('/4') + get('/5'))
  t.equal((await client.response(4)).body.toString(), '/5')
})
