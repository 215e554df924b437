// What old servers write in Latin-1, names of downloads above all, reaches the client byte for byte: over
// HTTP/1.1 and HTTP/2, wherever the field stands, and whether or not the body comes with the head.

import { once } from 'node:events'
import { connect } from 'node:http2'
import t from 'tap'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { openRawClient } from '../support/raw-client.js'
import { answer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { headerOf, valuesOf } from '../support/strict-http.js'

const openssl = need('openssl')
const name = 'attachment; filename=Preisliste f\xfcr H\xe4ndler.xls'
const disposition = `Content-Disposition: ${name}\r\n`
const rows = [
  ['before its length', `HTTP/1.1 200 OK\r\n${disposition}Content-Length: 2\r\n\r\nok`],
  ['behind its length', `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${disposition}\r\nok`],
  ['without a body', `HTTP/1.1 302 Found\r\nContent-Length: 0\r\n${disposition}\r\n`],
  ['in chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${disposition}\r\n0\r\n\r\n`],
] as const

t.test('over HTTP/1.1', async t => {
  const upstream = await startRawUpstream()
  const sidecar = await startSidecar({ upstream: upstream.url })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  const open = async () => {
    const client = await openRawClient({ port: sidecar.port })
    t.teardown(() => client.destroy())
    client.write('GET /p HTTP/1.1\r\nHost: a.test\r\n\r\n')
    return client
  }
  for (const [where, bytes] of rows) {
    t.test(where, async t => {
      upstream.play(answer(bytes))
      const response = await (await open()).response()
      t.strictSame(valuesOf(response.headers, 'content-disposition'), [name])
    })
  }
  for (const [where, bytes] of [
    ['before a body that comes later', `HTTP/1.1 200 OK\r\n${disposition}\r\n`],
    [
      'before a body that comes later, behind its length',
      `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${disposition}\r\n`,
    ],
  ] as const) {
    t.test(where, async t => {
      let goOn = () => {}
      upstream.play(({ whenWhole, write, fin }) =>
        whenWhole(() => {
          write(bytes)
          goOn = () => {
            write('ok')
            fin()
          }
        }),
      )
      const client = await open()
      await client.head()
      goOn()
      const response = await client.response()
      t.equal(headerOf(response, 'content-disposition'), name)
      t.equal(response.body.toString(), 'ok')
    })
  }
})

t.test('over HTTP/2', { skip: openssl.skip }, async t => {
  const certificate = createCertificate(openssl.path, ['DNS:localhost'])
  const upstream = await startRawUpstream()
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile],
  })
  const session = connect(`https://localhost:${sidecar.port}`, { ca: certificate.cert })
  t.teardown(async () => {
    session.destroy()
    await sidecar.stop()
    await upstream.close()
    certificate.remove()
  })
  for (const [where, bytes] of rows) {
    t.test(where, async t => {
      upstream.play(answer(bytes))
      const stream = session.request({ ':path': '/p' }).resume()
      const [headers] = await once(stream, 'response')
      t.equal(headers['content-disposition'], name)
      await once(stream, 'close')
    })
  }
})
