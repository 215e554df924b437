// How the upstream is found and trusted.
import { createCertificate } from '../../support/certificate.js'
import { need } from '../../support/need.js'
import { answer, okAnswer, startRawUpstream } from '../../support/raw-upstream.js'
import { statusOf } from '../../support/strict-http.js'
import { get, isOk, type Script } from './script.js'

const openssl = need('openssl')

export const reaching: Readonly<Record<string, Script>> = {
  'tls-sni-target': {
    skip: openssl.skip,
    async run({ t }, _, stage) {
      const certificate = createCertificate(openssl.path, ['DNS:localhost'])
      t.teardown(() => certificate.remove())
      const names: unknown[] = []
      const secure = await startRawUpstream(
        ({ connection: { socket }, write }) => {
          names.push('servername' in socket && socket.servername)
          write(okAnswer)
        },
        { tls: { cert: certificate.cert, key: certificate.key } },
      )
      t.teardown(() => secure.close())
      const upstreamUrl = `https://localhost:${secure.port}`
      const trusting = await stage.scene(t, {
        upstreamUrl,
        flags: ['--upstream-ca', certificate.certFile],
      })
      isOk(trusting, await trusting.send('GET /p HTTP/1.1\r\nHost: client.example\r\n\r\n'))
      t.strictSame(names, ['localhost'], 'the name is the target, not the Host')
      const doubting = await stage.scene(t, { upstreamUrl })
      t.equal(statusOf(await doubting.send(get)), 502, 'an unknown authority is not trusted')
    },
  },
  'dual-stack-localhost': {
    async run({ t }, _, stage) {
      for (const host of ['::1', '127.0.0.1']) {
        const only = await startRawUpstream(answer(okAnswer), { host })
        t.teardown(() => only.close())
        const scene = await stage.scene(t, { upstreamUrl: `http://localhost:${only.port}` })
        isOk(scene, await scene.send(get))
      }
    },
  },
}
