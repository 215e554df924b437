// Responses before the final one.
import { statusOf } from '../../support/strict-http.js'
import { get, header, invalidAnswer, isOk, type Script } from './script.js'

export const interim: Readonly<Record<string, Script>> = {
  'expect-100-end-to-end': {
    async run(scene) {
      const { t } = scene
      scene.upstreamDoes(({ write }) =>
        write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n'),
      )
      const client = await scene.client()
      client.write(
        'POST /p HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
      )
      await client.until(() => client.interim()[0] ?? client.responses()[0], 'the 100')
      client.write('abc')
      t.equal(statusOf(await client.response()), 417, 'the final answer')
      const [begun] = scene.upstream.begun
      t.ok(begun, 'the upstream was asked')
      if (begun) header(scene, begun, 'expect', undefined)
    },
  },
  'info-102': {
    async run(scene, each) {
      scene.upstreamDoes(each.upstream)
      const client = await scene.client()
      client.write(get)
      isOk(scene, await client.response())
      scene.t.strictSame(client.interim().map(statusOf), [102], 'the interim answer')
    },
  },
  'info-1xx-not-to-http10': {
    async run(scene, each) {
      scene.upstreamDoes(each.upstream)
      const client = await scene.client()
      client.write('GET /p HTTP/1.0\r\nHost: a.test\r\n\r\n')
      isOk(scene, await client.response())
      scene.t.strictSame(client.interim(), [], 'no interim answer')
    },
  },
  'unsolicited-101': invalidAnswer(),
}
