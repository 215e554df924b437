// Fields that the operator sets or takes out are on, or off, every response: the upstream's, our own,
// and what is answered before there is a request.

import t from 'tap'
import { pageOrigin, setStage } from '../support/forwarding-scene.js'
import { type HttpMessage, headerOf, statusOf, valuesOf } from '../support/strict-http.js'

const stage = await setStage()
t.setTimeout(60_000)
t.teardown(() => stage.close())

const get = (...lines: string[]) =>
  ['GET /p HTTP/1.1', 'Host: a.test', ...lines, '', ''].join('\r\n')
const preflight = (origin: string) =>
  ['OPTIONS /p HTTP/1.1', 'Host: a.test', `Origin: ${origin}`]
    .concat('Access-Control-Request-Method: PUT', '', '')
    .join('\r\n')
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Origin: https://evil.example']

t.test('every response', async t => {
  const flags = [
    ...[
      '--set-response-header',
      'X-Frame-Options: DENY',
      '--set-response-header',
      'Content-Type: x/y',
    ],
    ...['--remove-response-headers', 'server, X-Powered-By, Cache-Control'],
    ...['--corp', 'same-site'],
  ]
  const answered =
    'HTTP/1.1 200 OK\r\nServer: old\r\nx-powered-by: PHP\r\nX-Kept: 1\r\nX-Frame-Options: ALLOW\r\n' +
    'Cross-Origin-Resource-Policy: cross-origin\r\n' +
    'Content-Length: 2\r\n\r\nok'
  for (const [what, bytes, status, type] of [
    ['of the upstream', get(), 200, 'x/y'],
    ['to a preflight', preflight(pageOrigin), 204, undefined],
    [
      'to a refused preflight',
      preflight('https://evil.example'),
      403,
      'application/json; charset=utf-8',
    ],
    ['to a refused upgrade', get(...upgrade), 403, 'application/json; charset=utf-8'],
    [
      'to a method that is not served',
      get().replace('GET', 'TRACE'),
      405,
      'application/json; charset=utf-8',
    ],
    [
      'to a request without a host',
      'GET /p HTTP/1.1\r\n\r\n',
      400,
      'application/json; charset=utf-8',
    ],
    [
      'to what is no request',
      'GET /\u0000 HTTP/1.1\r\n\r\n',
      400,
      'application/json; charset=utf-8',
    ],
    [
      'with no hop left',
      'OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n',
      200,
      undefined,
    ],
  ] as const) {
    t.test(what, async t => {
      const scene = await stage.scene(t, { flags })
      scene.upstreamDoes(answered)
      const response: HttpMessage = await scene.send(bytes)
      t.equal(statusOf(response), status)
      t.strictSame(valuesOf(response.headers, 'x-frame-options'), ['DENY'], 'has what is set')
      t.strictSame(valuesOf(response.headers, 'cross-origin-resource-policy'), ['same-site'])
      t.equal(headerOf(response, 'content-type'), type, 'our own body keeps its type')
      for (const name of ['server', 'x-powered-by', 'cache-control']) {
        t.equal(headerOf(response, name), undefined, `is without ${name}`)
      }
      if (what === 'of the upstream') t.equal(headerOf(response, 'x-kept'), '1')
    })
  }
})
