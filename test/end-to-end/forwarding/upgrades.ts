// WebSocket and what is no WebSocket.
import { headerOf, statusOf } from '../../support/strict-http.js'
import { header, isOk, type Script, switching, upgrade } from './script.js'

export const upgrades: Readonly<Record<string, Script>> = {
  'ws-basic': {
    async run(scene) {
      scene.upstreamDoes(switching)
      const client = await scene.client()
      client.write(upgrade)
      const answered = await client.until(() => client.reader.messages[0], 'the 101')
      scene.t.equal(statusOf(answered), 101, 'status')
      header(scene, answered, 'sec-websocket-accept', 'HSmrc0sMlYUkAGmm5OPpG2HaGWk=')
      const seen = scene.seen()
      header(scene, seen, 'upgrade', 'websocket')
      header(scene, seen, 'sec-websocket-key', 'x3JJHMbDL1EzLkh9GBhXDw==')
      scene.t.match(headerOf(seen, 'connection'), /\bupgrade\b/i, 'connection')
    },
  },
  'ws-half-close': {
    async run({ t, client, upstream, upstreamDoes }) {
      upstreamDoes(({ write, onFin, fin }) => {
        write(switching)
        onFin(() => {
          write('LATE')
          fin()
        })
      })
      const talking = await client()
      talking.write(upgrade)
      await talking.until(() => talking.reader.messages[0], 'the 101')
      talking.write('hi')
      await upstream.until(
        () => upstream.connections.at(-1)?.bytes().toString().endsWith('hi') || undefined,
        'the first bytes',
      )
      talking.end()
      await talking.closed()
      t.match(talking.received().toString('latin1'), /LATE$/, 'what came after our FIN')
    },
  },
  'ws-upstream-reset': {
    async run({ t, client, upstream, upstreamDoes }) {
      upstreamDoes(switching)
      const talking = await client()
      talking.write(upgrade)
      await talking.until(() => talking.reader.messages[0], 'the 101')
      upstream.connections.at(-1)?.socket.resetAndDestroy()
      t.ok(await talking.closed(), 'closed')
    },
  },
  'upgrade-h2c-ignored': {
    async run(scene) {
      const answered = await scene.send(
        'GET /p HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, HTTP2-Settings\r\n' +
          'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
      )
      isOk(scene, answered)
      header(scene, scene.seen(), 'upgrade', undefined)
      header(scene, scene.seen(), 'http2-settings', undefined)
    },
  },
}
