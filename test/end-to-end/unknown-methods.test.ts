// A method that the listener cannot read: one answer in both protocols, and the preflight agrees.
import { connect as connectHttp2 } from 'node:http2'
import t from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawClient } from '../support/raw-client.js'
import { startRecordingApi } from '../support/recording-api.js'
import { startSidecar } from '../support/sidecar-process.js'
import { statusOf } from '../support/strict-http.js'

const origin = 'https://app.example.com'

t.test('over HTTP/1.1', async t => {
  const api = await startRecordingApi(0)
  t.teardown(() => api.close())
  const flags = ['-o', origin, '--allow-methods', '*', '--log-requests', 'all']
  const sidecar = await startSidecar({ upstream: `http://127.0.0.1:${api.port}`, flags })
  t.teardown(() => sidecar.stop())

  async function ask(bytes: string) {
    const client = await openRawClient({ port: sidecar.port })
    client.write(bytes)
    const response = await client.response()
    client.destroy()
    return { status: statusOf(response), body: response.body.toString() }
  }
  const head = 'HTTP/1.1\r\nHost: localhost\r\n'

  for (const [what, bytes, status, said] of [
    ['one that nobody knows', `CHICKEN / ${head}\r\n`, 501, /method-unknown.*CHICKEN/],
    ['a longer one than a known', `GETS /x?y ${head}\r\n`, 501, /GETS/],
    ['one in lower case', `patch / ${head}\r\n`, 400, /method-case/],
    ['a handshake of TLS', '\x16\x03\x01\x02\x00\x01\r\n\r\n', 400, /bad-request/],
    ['no request line', 'CHICKEN\r\n\r\n', 400, /bad-request/],
    ['what a terminal would act on', `CHI\x1b[31m / ${head}\r\n`, 400, /bad-request/],
  ] as const) {
    const answer = await ask(bytes)
    t.equal(answer.status, status, what)
    t.match(answer.body, said, what)
  }

  const second = await openRawClient({ port: sidecar.port })
  t.teardown(() => second.destroy())
  second.write(`GET /first ${head}\r\nCHICKEN /second ${head}\r\n`)
  t.equal(statusOf(await second.response(0)), 200, 'what came before it is served')
  t.match((await second.response(1)).body.toString(), /CHICKEN/, 'and it is named')

  const asking = (method: string) =>
    ask(`OPTIONS / ${head}Origin: ${origin}\r\nAccess-Control-Request-Method: ${method}\r\n\r\n`)
  t.equal((await asking('PROPFIND')).status, 204)
  await asking('CHICKEN')
  const line = await sidecar.log(
    ({ reason }) => reason === 'method-not-allowed',
    'the preflight that is refused',
  )
  t.equal(line.subject, 'CHICKEN')
})

const openssl = need('openssl')
t.test('over HTTP/2', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.skip ? '' : openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const api = await startRecordingApi(0)
  t.teardown(() => api.close())
  const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile]
  const sidecar = await startSidecar({
    upstream: `http://127.0.0.1:${api.port}`,
    flags: ['-o', origin, ...tls],
  })
  t.teardown(() => sidecar.stop())
  const session = connectHttp2(`https://localhost:${sidecar.port}`, { ca: certificate.cert })
  t.teardown(() => session.destroy())
  const ask = (method: string) =>
    new Promise<{ status: unknown; body: string }>(resolve => {
      const stream = session.request({ ':path': '/', ':method': method })
      let status: unknown
      let body = ''
      stream.on('response', head => {
        status = head[':status']
      })
      stream.setEncoding('utf8').on('data', text => {
        body += text
      })
      stream.on('end', () => resolve({ status, body }))
    })
  t.match(await ask('CHICKEN'), { status: 501, body: /method-unknown.*CHICKEN/ })
  t.match(await ask('patch'), { status: 400, body: /method-case/ })
  t.equal((await ask('QUERY')).status, 200)
})
