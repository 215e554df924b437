// What concerns one hop is taken out, on both sides.
import { headerOf } from '../../support/strict-http.js'
import { get, header, isOk, refused, type Script, simple } from './script.js'

export const hopByHop: Readonly<Record<string, Script>> = {
  'hop-req-nominated': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, scene.seen(), 'x-keep', '1')
    header(scene, scene.seen(), 'x-foo', undefined)
    const connection = headerOf(scene.seen(), 'connection') ?? ''
    scene.t.match(connection, /^(keep-alive)?$/i, 'our own Connection')
  }),
  'hop-res-nominated': simple((answered, scene) => {
    header(scene, answered, 'x-keep', '1')
    header(scene, answered, 'x-bar', undefined)
    scene.t.notMatch(headerOf(answered, 'connection') ?? '', /x-bar/i, 'our own Connection')
  }),
  'hop-connection-close-does-not-leak': {
    async run({ t, client, upstreamDoes }) {
      upstreamDoes(({ whenWhole, write, fin }) =>
        whenWhole(() => {
          write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
          fin()
        }),
      )
      const keeping = await client()
      for (const n of [0, 1]) {
        keeping.write(get)
        const answered = await keeping.response(n)
        t.equal(answered.body.toString(), 'ok', `answer ${n + 1}`)
        t.notMatch(headerOf(answered, 'connection') ?? '', /close/i, 'no Connection: close')
      }
      t.equal(keeping.ending(), undefined, 'the client keeps its connection')
    },
  },
  'hop-nominate-protected': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, scene.seen(), 'host', 'a.test')
    header(scene, scene.seen(), 'x-forwarded-for', '127.0.0.1')
    header(scene, scene.seen(), 'authorization', 'Bearer t')
  }),
  'te-trailers-reissued': simple((answered, scene) => {
    scene.t.equal(answered.body.toString(), 'abc', 'the body')
    scene.t.strictSame(answered.trailers, [['X-T', 'v']], 'the trailer')
    header(scene, answered, 'trailer', 'X-T')
    const te = headerOf(scene.seen(), 'te')
    scene.t.ok(te === undefined || te === 'trailers', 'TE is dropped or reissued')
    const connection = headerOf(scene.seen(), 'connection') ?? ''
    if (te) scene.t.match(connection, /\bTE\b/i, 'and nominated')
  }),
  'trailers-request': simple((answered, scene) => {
    isOk(scene, answered)
    const seen = scene.seen()
    scene.t.equal(seen.body.toString(), 'abc', 'the body')
    const promised = headerOf(seen, 'trailer') !== undefined
    const expected = promised ? [['X-T', 'v']] : []
    scene.t.strictSame(seen.trailers, expected, 'promised and sent, or neither')
  }),
  'trailer-on-get-dos': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, scene.seen(), 'trailer', undefined)
  }),
  'via-added': {
    options: { flags: ['--via', 'cors-sidecar'] },
    async run(scene) {
      isOk(scene, await scene.send(get))
      header(scene, scene.seen(), 'via', '1.1 cors-sidecar')
      scene.upstreamDoes('HTTP/1.1 200 OK\r\nVia: 1.1 inner\r\nContent-Length: 2\r\n\r\nok')
      const answered = await scene.send('GET /p HTTP/1.1\r\nHost: a.test\r\nVia: 1.0 edge\r\n\r\n')
      header(scene, scene.seen(), 'via', '1.0 edge, 1.1 cors-sidecar')
      header(scene, answered, 'via', '1.1 inner, 1.1 cors-sidecar')
    },
  },
  'max-forwards-zero-options': refused(/^20[04]$/),
  'max-forwards-decrement': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, scene.seen(), 'max-forwards', '4')
  }),
  'trace-policy': refused(/^405$/),
}
