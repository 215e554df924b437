// What passes as it came, byte for byte.
import { headerOf, statusOf, valuesOf } from '../../support/strict-http.js'
import { header, isOk, type Script, simple } from './script.js'

export const fidelity: Readonly<Record<string, Script>> = {
  'content-encoding-untouched': simple((answered, scene) => {
    scene.t.equal(answered.body.toString('latin1'), '\u0000\u0001', 'the bytes')
    header(scene, answered, 'content-encoding', 'br')
    header(scene, scene.seen(), 'accept-encoding', 'br')
  }),
  'path-verbatim': target("/a//b/../c/./%2F%2e%7E;x=1,2/'(!)*"),
  'path-backslash': target('/a\\b'),
  'query-empty': target('/p?'),
  'absolute-form': {
    async run(scene, each) {
      scene.t.equal(statusOf(await scene.send(String(each.client))), 400, 'a foreign authority')
      scene.t.strictSame(scene.upstream.begun, [], 'the upstream is not asked')
      isOk(scene, await scene.send('GET http://a.test/p?q=1 HTTP/1.1\r\nHost: a.test\r\n\r\n'))
      scene.t.equal(scene.upstream.requests[0]?.target, '/p?q=1', 'our own: in origin form')
    },
  },
  'req-duplicates': simple((answered, scene) => {
    isOk(scene, answered)
    scene.t.strictSame(valuesOf(scene.seen().headers, 'x-d'), ['1', '2'], 'both lines')
    const cookies = valuesOf(scene.seen().headers, 'cookie').join('; ')
    scene.t.equal(cookies, 'a=1; b=2', 'both cookies, never joined by a comma')
  }),
  'req-duplicate-user-agent': simple((answered, scene) => {
    isOk(scene, answered)
    scene.t.strictSame(valuesOf(scene.seen().headers, 'user-agent'), ['u1', 'u2'], 'both lines')
  }),
  'res-duplicates': simple((answered, { t }) => {
    const challenges = ['Basic realm="a"', 'Bearer']
    t.strictSame(valuesOf(answered.headers, 'www-authenticate'), challenges, 'both challenges')
    t.strictSame(valuesOf(answered.headers, 'server'), ['s1', 's2'], 'Server twice')
    t.match(headerOf(answered, 'vary'), /\bOrigin\b.*\bAccept\b/, 'Vary')
  }),
  'set-cookie-multiple': simple((answered, { t }) => {
    const lines = ['a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT', 'b=2; Path=/']
    t.strictSame(valuesOf(answered.headers, 'set-cookie'), lines, 'two lines, unchanged')
  }),
  'header-latin1': {
    async run(scene) {
      scene.upstreamDoes('HTTP/1.1 200 OK\r\nX-L: caf\xe9\r\nContent-Length: 2\r\n\r\nok')
      const answered = await scene.send('GET /p HTTP/1.1\r\nHost: a.test\r\nX-L: caf\xe9\r\n\r\n')
      header(scene, answered, 'x-l', 'caf\xe9')
      header(scene, scene.seen(), 'x-l', 'caf\xe9')
    },
  },
  'header-empty-value': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, scene.seen(), 'x-empty', '')
  }),
  'header-proto-name': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, scene.seen(), '__proto__', 'x')
    header(scene, scene.seen(), 'constructor', 'y')
  }),
  'res-invalid-header-name': simple((answered, scene) => {
    isOk(scene, answered)
    header(scene, answered, 'x bad', undefined)
  }),
  'headers-too-large': {
    async run({ t, send, upstream }) {
      const lines = Array.from({ length: 20 }, (_, n) => `X-${n}: ${'a'.repeat(1000)}\r\n`)
      const answered = await send(`GET /p HTTP/1.1\r\nHost: a.test\r\n${lines.join('')}\r\n`)
      t.equal(statusOf(answered), 431, 'status')
      t.strictSame(upstream.begun, [], 'the upstream is not asked')
    },
  },
}

function target(expected: string): Script {
  return simple((answered, scene) => {
    isOk(scene, answered)
    scene.t.equal(scene.upstream.requests[0]?.target, expected, 'the target, byte for byte')
  })
}
