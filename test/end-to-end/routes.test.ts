// Where a request goes, by what name, over what connection, and how its answer finds the way back.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createCertificate } from '../support/certificate.js'
import { pageOrigin, setStage } from '../support/forwarding-scene.js'
import { need } from '../support/need.js'
import { exchange } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { headerOf, statusOf, valuesOf } from '../support/strict-http.js'

const get = (target: string, ...lines: string[]) =>
  [`GET ${target} HTTP/1.1`, 'Host: pub.test', ...lines, '', ''].join('\r\n')
const openssl = need('openssl')
const stage = await setStage()
t.setTimeout(300_000)
t.teardown(() => stage.close())

t.test('with several upstreams', async t => {
  const [rest, api, old] = await Promise.all([
    startRawUpstream(),
    startRawUpstream(),
    startRawUpstream(),
  ])
  const upstreams = { rest, api, old }
  const sidecar = await startSidecar({
    upstream: `${rest.url}/base`,
    config: {
      allowOrigins: [pageOrigin],
      routes: [
        `/api=${api.url}/v1`,
        { prefix: '/api/old', upstream: old.url, stripPrefix: true, hostHeader: 'old.test' },
      ],
    },
  })
  t.teardown(async () => {
    await sidecar.stop()
    await Promise.all([rest.close(), api.close(), old.close()])
  })
  const ask = (bytes: string) => exchange(sidecar.port, bytes)

  t.test('each target goes to the longest prefix that covers it', async t => {
    for (const [target, to, asked, host] of [
      ['/', 'rest', '/base/', 'pub.test'],
      ['/a?b', 'rest', '/base/a?b', 'pub.test'],
      ['/apix', 'rest', '/base/apix', 'pub.test'],
      ['/api', 'api', '/v1/api', 'pub.test'],
      ['/api/x?y', 'api', '/v1/api/x?y', 'pub.test'],
      ['/api/old/x', 'old', '/x', 'old.test'],
      ['/api/old?x', 'old', '/?x', 'old.test'],
    ] as const) {
      for (const one of Object.values(upstreams)) one.play(answer(okAnswer))
      t.equal(statusOf(await ask(get(target))), 200)
      const [seen] = upstreams[to].requests
      t.equal(seen?.target, asked, target)
      t.equal(seen && headerOf(seen.message, 'host'), host)
      const all = Object.values(upstreams).reduce((sum, one) => sum + one.begun.length, 0)
      t.equal(all, 1, 'no other one is asked')
    }
  })
  t.test('an upgrade goes the same way', async t => {
    old.play(answer('HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'))
    const lines = ['Connection: Upgrade', 'Upgrade: websocket', `Origin: ${pageOrigin}`]
    // The 101 is no final answer; the end of the tunnel is what ends this exchange.
    const asked = exchange(sidecar.port, get('/api/old/ws?x', ...lines), { patienceMs: 500 })
    await old.until(() => old.requests[0], 'the upgrade')
    await asked.catch(() => undefined)
    t.equal(old.requests[0]?.target, '/ws?x')
    t.equal(old.requests[0] && headerOf(old.requests[0].message, 'host'), 'old.test')
  })
  t.test('a path that could mean two of them is refused, readable by the page', async t => {
    for (const target of [
      '/api/../x',
      '/api/%2e%2e/x',
      '/api/%252e%252e/x',
      '/api/..;/x',
      '/api%2fold/x',
      '/api\\old',
      '/api/./old',
      '/../secret',
      '/x/..;a=b/..\\secret',
    ]) {
      for (const one of Object.values(upstreams)) one.play(answer(okAnswer))
      const refused = await ask(get(target, `Origin: ${pageOrigin}`))
      t.equal(statusOf(refused), 400, target)
      t.match(JSON.parse(refused.body.toString()), { error: 'path-ambiguous' })
      t.equal(headerOf(refused, 'access-control-allow-origin'), pageOrigin)
      t.ok(Object.values(upstreams).every(({ begun }) => begun.length === 0))
    }
  })
  t.test('a path that could not is forwarded as it came', async t => {
    for (const [target, to, asked] of [
      ['/api/v4/projects/group%2Fproject', 'api', '/v1/api/v4/projects/group%2Fproject'],
      ['/api/@scope%2fname', 'api', '/v1/api/@scope%2fname'],
      ['/api/queues/%2F/orders', 'api', '/v1/api/queues/%2F/orders'],
      ['/files/report%2Epdf', 'rest', '/base/files/report%2Epdf'],
      ['/api/old/job/feature%2Fx/1;p?q', 'old', '/job/feature%2Fx/1;p?q'],
      ['/x/../y', 'rest', '/base/x/../y'],
    ] as const) {
      for (const one of Object.values(upstreams)) one.play(answer(okAnswer))
      t.equal(statusOf(await ask(get(target))), 200, target)
      t.equal(upstreams[to].requests[0]?.target, asked)
    }
  })
  t.test('a redirect comes back by the prefix and the base that were left', async t => {
    const redirect = (status: number, location: string) =>
      answer(`HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`)
    for (const [what, target, status, location, expected] of [
      ['whole', '/api/old/x', 302, `${old.url}/y?z`, 'http://pub.test/api/old/y?z'],
      [
        'whole, for what was created',
        '/api/old/x',
        201,
        `${old.url}/y`,
        'http://pub.test/api/old/y',
      ],
      ['a path', '/api/old/x', 307, '/y', '/api/old/y'],
      [
        'by the name that was sent',
        '/api/old/x',
        303,
        'http://old.test/y',
        'http://pub.test/api/old/y',
      ],
      ['out of the base', '/api/x', 301, `${api.url}/v1/api/y`, 'http://pub.test/api/y'],
      ['never from outside the base', '/api/x', 302, `${api.url}/login`, `${api.url}/login`],
      ['never from anywhere else', '/api/old/x', 302, 'https://idp.test/', 'https://idp.test/'],
    ] as const) {
      t.test(what, async t => {
        for (const one of Object.values(upstreams)) one.play(redirect(status, location))
        t.equal(headerOf(await ask(get(target)), 'location'), expected)
      })
    }
  })
  t.test('the table is in the log from the start', async t => {
    const line = await sidecar.log(({ event }) => event === 'listening', 'the start')
    t.strictSame(line.routes, [`/api/old=${old.url}`, `/api=${api.url}/v1`, `/=${rest.url}/base`])
  })
})

t.test('who asks is told to the upstream', async t => {
  const said = [
    'X-Forwarded-For: 203.0.113.5',
    'X-Forwarded-Proto: https',
    'Forwarded: for=203.0.113.5',
  ]
  for (const [what, flags, lines, expected] of [
    [
      'as the connection shows it',
      [],
      [],
      ['127.0.0.1', 'http', 'for=127.0.0.1;proto=http;host=pub.test'],
    ],
    [
      'whatever a stranger claims',
      [],
      said,
      ['127.0.0.1', 'http', 'for=127.0.0.1;proto=http;host=pub.test'],
    ],
    [
      'behind what a trusted peer said',
      ['--trust-proxy', '127.0.0.0/8'],
      said,
      [
        '203.0.113.5, 127.0.0.1',
        'https',
        'for=203.0.113.5, for=127.0.0.1;proto=https;host=pub.test',
      ],
    ],
    [
      'not behind what a peer outside the list said',
      ['--trust-proxy', '10.0.0.0/8'],
      said,
      ['127.0.0.1', 'http', 'for=127.0.0.1;proto=http;host=pub.test'],
    ],
    ['not at all', ['--forwarded-headers', 'off'], said, [undefined, undefined, undefined]],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t, { flags })
      t.equal(statusOf(await scene.send(get('/p', ...lines))), 200)
      const seen = scene.seen()
      t.strictSame(
        ['x-forwarded-for', 'x-forwarded-proto', 'forwarded'].map(name => headerOf(seen, name)),
        expected,
      )
    })
  }
})

t.test('fields that are set replace what was there, and no secret is logged', async t => {
  const scene = await stage.scene(t, {
    flags: ['--log-requests', 'all', '--log-level', 'debug'],
    env: {
      CORS_SIDECAR_SET_REQUEST_HEADERS: 'X-Api-Key: s3cret-key',
      CORS_SIDECAR_SET_RESPONSE_HEADERS: 'X-Frame-Options: DENY',
    },
  })
  scene.upstreamDoes('HTTP/1.1 200 OK\r\nx-frame-options: ALLOW\r\nContent-Length: 2\r\n\r\nok')
  const answered = await scene.send(get('/p', 'x-api-key: theirs', 'Authorization: Bearer t0ken'))
  t.strictSame(valuesOf(answered.headers, 'x-frame-options'), ['DENY'])
  t.strictSame(valuesOf(scene.seen().headers, 'x-api-key'), ['s3cret-key'])
  await scene.sidecar.log(({ path }) => path === '/p', 'the request')
  t.notMatch(JSON.stringify(scene.sidecar.logs), /s3cret-key|theirs|t0ken/)
})

t.test('over a unix socket on both sides', async t => {
  // Not below the test's own directory: a socket's path has at most 107 bytes.
  const directory = mkdtempSync(join(tmpdir(), 'cors-sidecar-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const [path, listen] = [join(directory, 'up.sock'), join(directory, 'own.sock')]
  const seen: string[] = []
  const upstream = createServer((req, res) => {
    seen.push(`${req.url} ${req.headers.host} ${req.headers['x-forwarded-for']}`)
    res.end('ok')
  })
  await new Promise<void>(resolve => upstream.listen(path, resolve))
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({
    upstream: `unix:${path}`,
    listen: `unix:${listen}`,
    flags: ['--trust-proxy', '10.0.0.0/8'],
  })
  t.teardown(() => sidecar.stop())
  const answered = await new Promise<string>((resolve, reject) => {
    request({ socketPath: listen, path: '/p', headers: { host: 'pub.test' } }, res => {
      res.resume()
      res.on('end', () => resolve(`${res.statusCode}`))
    })
      .on('error', reject)
      .end()
  })
  t.equal(answered, '200')
  t.strictSame(seen, ['/p pub.test unknown'])
  await sidecar.stop()
  t.notOk(existsSync(listen), 'the socket goes with the program')
})

t.test('an https upstream', { skip: openssl.skip }, async t => {
  const own = createCertificate(openssl.path, ['DNS:localhost', 'IP:127.0.0.1'])
  const other = createCertificate(openssl.path, ['DNS:other.test'])
  t.teardown(() => {
    own.remove()
    other.remove()
  })
  const page = get('/p', `Origin: ${pageOrigin}`)
  for (const [what, served, flags, status] of [
    ['is trusted by its own authority', own, ['--upstream-ca', own.certFile], 200],
    ['is refused without it', own, [], 502],
    ['is refused by a wrong name', other, ['--upstream-ca', other.certFile], 502],
    ['is taken as it is only when that is asked for', other, ['--upstream-insecure'], 200],
  ] as const) {
    t.test(what, async t => {
      const secure = await startRawUpstream(answer(okAnswer), { tls: served })
      t.teardown(() => secure.close())
      const upstreamUrl = `https://127.0.0.1:${secure.port}`
      const scene = await stage.scene(t, { upstreamUrl, flags })
      const answered = await scene.send(page)
      t.equal(statusOf(answered), status)
      if (status === 200) return
      t.equal(headerOf(answered, 'access-control-allow-origin'), pageOrigin)
      t.match(JSON.parse(answered.body.toString()), { error: /^certificate-/ })
      t.strictSame(secure.begun, [], 'it is told nothing')
    })
  }
  t.test('that asks who we are is shown a certificate', async t => {
    const tls = { ...own, requestCert: true, rejectUnauthorized: true, ca: other.cert }
    const secure = await startRawUpstream(answer(okAnswer), { tls })
    t.teardown(() => secure.close())
    const upstreamUrl = `https://localhost:${secure.port}`
    const trust = ['--upstream-ca', own.certFile]
    const known = ['--upstream-cert', other.certFile, '--upstream-key', other.keyFile]
    const scene = await stage.scene(t, { upstreamUrl, flags: [...trust, ...known] })
    t.equal(statusOf(await scene.send(page)), 200)
    const nameless = await stage.scene(t, { upstreamUrl, flags: trust })
    t.equal(statusOf(await nameless.send(page)), 502)
  })
})

t.test('an upstream that is not up yet is told as 502, and found once it is', async t => {
  const first = await startRawUpstream()
  await first.close()
  const scene = await stage.scene(t, { upstreamUrl: first.url })
  const answered = await scene.send(get('/p', `Origin: ${pageOrigin}`))
  t.equal(statusOf(answered), 502)
  t.match(JSON.parse(answered.body.toString()), {
    error: 'connect-refused',
    message: /Nothing listens at the address/,
  })
  t.equal(headerOf(answered, 'access-control-allow-origin'), pageOrigin)
  const now = await startRawUpstream(answer(okAnswer), { port: first.port })
  t.teardown(() => now.close())
  t.equal(statusOf(await scene.send(get('/p'))), 200)
})

t.test('a name that does not exist is told as 502, without the name', async t => {
  const scene = await stage.scene(t, { upstreamUrl: 'http://nowhere.invalid:5000' })
  const answered = await scene.send(get('/p'))
  t.equal(statusOf(answered), 502)
  t.match(JSON.parse(answered.body.toString()), { error: 'name-unknown' })
  t.notMatch(answered.body.toString(), /nowhere/)
})
