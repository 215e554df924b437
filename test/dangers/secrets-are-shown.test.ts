// A secret that goes in somewhere comes out nowhere: not in the log, the inspector, its copies, /config.
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { asHar } from '../../inspector/model/as-har.js'
import { asCurl, asFetch } from '../../inspector/model/as-request.js'
import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { runProgram } from '../cli/run-program.js'
import { startSidecar } from '../support/sidecar-process.js'

const secret = (place: string) => `s3cr3t-${place}`

/** Headers of a request that people were seen to send credentials in. */
const headers = [
  'Authorization',
  'Proxy-Authorization',
  'Cookie',
  'Ocp-Apim-Subscription-Key',
  'X-Functions-Key',
  'X-Auth-Key',
  'X-Master-Key',
  'DD-Application-Key',
  'X-Otp',
  'X-Pin',
  'X-Vault-Token',
  'X-Forwarded-Access-Token',
  'PRIVATE-TOKEN',
  'X-Session',
  'X-Signature',
  'X-Ticket',
  'X-Code',
  'X-Pass',
]

const queries = [
  'otp',
  'ticket',
  'code',
  'key',
  'sig',
  'access_token',
  'auth',
  'pin',
  'pass',
  'sid',
]

function requestOf(target: string, lines: readonly string[] = []): string {
  const head = [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines]
  return `${head.join('\r\n')}\r\n\r\n`
}

const requests = [
  ...headers.map(name => requestOf('/', [`${name}: ${secret(name)}`])),
  ...queries.map(name => requestOf(`/?page=2&${name}=${secret(name)}`)),
  requestOf(`/a;jsessionid=${secret('path')}`),
  requestOf(`/login/user=bob&password=${secret('form')}`),
  requestOf(`http://user:${secret('userinfo')}@localhost/`),
  requestOf(`//user:${secret('userinfo')}@localhost/`),
  requestOf('/', [`Referer: https://user:${secret('referer')}@app.example.com/`]),
  requestOf('/', [`Referer: https://app.example.com/#access_token=${secret('fragment')}`]),
  requestOf('/', [`Origin: https://user:${secret('origin')}@app.example.com`]),
  requestOf(`/?next=${encodeURIComponent(`/in?token=${secret('nested')}`)}`),
  requestOf('/', [`X-Custom: Bearer ${secret('bearer')}`]),
]

function send(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket
      .on('error', reject)
      .on('close', () => resolve())
      .resume()
  })
}

t.test(
  'what came in with requests and answers, and what secret options hold, is masked',
  async t => {
    const upstream = createServer((_request, response) => {
      response.setHeader('Set-Cookie', `sid=${secret('set-cookie')}; Path=/`)
      response.setHeader(
        'Location',
        `https://user:${secret('location')}@b.example/?code=${secret('code')}`,
      )
      response.setHeader('X-Amz-Security-Token', secret('response'))
      response.writeHead(302)
      response.end()
    })
    await new Promise<void>(resolve => upstream.listen(0, '127.0.0.1', resolve))
    t.teardown(() => upstream.close())
    const sidecar = await startSidecar({
      upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
      admin: true,
      flags: ['--allow-origins', 'https://app.example.com', '--log-requests', 'all'],
      env: {
        CORS_SIDECAR_SET_REQUEST_HEADERS: `X-Internal: ${secret('set-request')}`,
        CORS_SIDECAR_SET_RESPONSE_HEADERS: `X-Given: ${secret('set-response')}`,
        CORS_SIDECAR_INSPECT: 'true',
      },
    })
    for (const request of requests) await send(sidecar.port, request)
    const read = async (path: string) => (await fetch(`${sidecar.adminUrl}${path}`)).text()
    const exchanges = await read('/inspect/exchanges')
    const shown = [exchanges, await read('/config'), await read('/suggest')]
    const views: ExchangeView[] = JSON.parse(exchanges).exchanges
    t.equal(views.length, requests.length, 'all of them are seen')
    for (const view of views) {
      shown.push(asCurl(view).text, asFetch(view), JSON.stringify(asHar([view], '1')))
    }
    const { stdout, stderr } = await sidecar.stop()
    t.match(stdout, /"path":"\/a;jsessionid=\*\*\*"/)
    for (const text of [...shown, stdout, stderr]) t.notMatch(text, /s3cr3t/)
  },
)

t.test('a secret where something else belongs is not shown by the complaint about it:', async t => {
  for (const [where, env] of [
    ['in place of its file', { CORS_SIDECAR_ADMIN_TOKEN_FILE: secret('file') }],
    ['in place of a long path', { CORS_SIDECAR_ADMIN_TOKEN_FILE: secret('x'.repeat(5000)) }],
    ['in place of a list file', { CORS_SIDECAR_SET_REQUEST_HEADERS_FILE: secret('file') }],
    ['in place of a field', { CORS_SIDECAR_SET_REQUEST_HEADERS: secret('field') }],
    [
      'in a field that may not be set',
      { CORS_SIDECAR_SET_REQUEST_HEADER: `Host: ${secret('host')}` },
    ],
    ['in the upstream', { CORS_SIDECAR_UPSTREAM: `http://user:${secret('upstream')}@localhost` }],
  ] as const) {
    const { stdout, stderr } = await runProgram(
      ['check', '--upstream', 'http://localhost:5000'].slice(
        0,
        where === 'in the upstream' ? 1 : 3,
      ),
      { env },
    )
    t.match(stdout, /CORS_SIDECAR_/, where)
    t.notMatch(stdout + stderr, /s3cr3t/, where)
  }
})
