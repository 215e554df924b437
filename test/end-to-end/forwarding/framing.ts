// Where a message ends.
import { statusOf } from '../../support/strict-http.js'
import { get, header, isOk, refused, type Script, simple } from './script.js'

export const framing: Readonly<Record<string, Script>> = {
  'http11-no-host': refused(/^400$/),
  'two-hosts': refused(/^400$/),
  'te-and-cl-response': {
    async run(scene, each) {
      scene.upstreamDoes(each.upstream)
      const answered = await scene.send(get)
      scene.t.strictSame([statusOf(answered), answered.body.toString()], [200, 'abc'])
      header(scene, answered, 'content-length', undefined)
      await scene.upstreamLeft()
    },
  },
  'options-chunked-body-smuggling': {
    async run(scene, each) {
      const { t, upstream } = scene
      const miscounted = String(each.client)
      t.equal(statusOf(await scene.send(miscounted)), 400, 'a chunk longer than its size')
      t.strictSame(upstream.requests, [], 'no whole request reached the upstream')
      scene.upstreamDoes(each.upstream)
      isOk(scene, await scene.send(miscounted.replace('\r\n24\r\n', '\r\n25\r\n')))
      const body = 'GET /admin HTTP/1.1\r\nHost: a.test\r\n\r\n'
      t.equal(scene.seen().body.toString(), body, 'well counted: one request with that body')
    },
  },
  'get-chunked-body': simple((answered, scene) => {
    isOk(scene, answered)
    scene.t.equal(scene.seen().body.toString(), 'abc', 'the body')
  }),
  'post-no-body': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, scene.seen(), 'content-length', '0')
    header(scene, scene.seen(), 'transfer-encoding', undefined)
  }),
  'cl-preserved': simple((answered, scene) => {
    isOk(scene, answered)
    scene.t.equal(scene.seen().body.toString(), 'hello', 'the body')
    header(scene, scene.seen(), 'content-length', '5')
    header(scene, scene.seen(), 'transfer-encoding', undefined)
  }),
  'head-content-length': {
    async run(scene, each) {
      scene.upstreamDoes(each.upstream)
      const client = await scene.client({ methodOf: () => 'HEAD' })
      for (const n of [0, 1, 2]) {
        client.write(String(each.client))
        header(scene, await client.response(n), 'content-length', '1234')
      }
      const used = new Set(scene.upstream.requests.map(({ connection }) => connection.id))
      scene.t.equal(used.size, 1, 'one upstream connection for all of them')
    },
  },
  'status-204': simple((answered, scene) => {
    scene.t.equal(statusOf(answered), 204, 'status')
    header(scene, answered, 'x-a', '1')
    header(scene, answered, 'content-length', undefined)
    header(scene, answered, 'transfer-encoding', undefined)
  }),
  'status-304-content-length': {
    async run(scene, each) {
      scene.upstreamDoes(each.upstream)
      const client = await scene.client()
      for (const n of [0, 1]) {
        client.write(String(each.client))
        const answered = await client.response(n)
        scene.t.equal(statusOf(answered), 304, 'status')
        header(scene, answered, 'etag', '"x"')
        header(scene, answered, 'content-length', '1234')
      }
      const [first] = scene.upstream.requests
      if (first) header(scene, first.message, 'if-none-match', '"x"')
    },
  },
  'status-205': simple((answered, { t }) => t.equal(statusOf(answered), 205, 'status')),
  'status-999': startLine(/^HTTP\/1\.1 999 X$/),
  'reason-phrase': startLine(/^HTTP\/1\.1 200 Fine And Dandy$/),
  'reason-empty': startLine(/^HTTP\/1\.1 200 (OK)?$/),
  'close-delimited-body': {
    async run(scene) {
      scene.upstreamDoes(({ whenWhole, write, fin }) =>
        whenWhole(() => {
          write('HTTP/1.0 200 OK\r\n\r\nabc')
          fin()
        }),
      )
      const answered = await scene.send(get)
      scene.t.strictSame([answered.body.toString(), answered.complete], ['abc', true], 'whole')
    },
  },
}

function startLine(expected: RegExp): Script {
  return simple((answered, { t }) => t.match(answered.startLine, expected, 'status line'))
}
