import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { type Asker, refusePrivate, refuseRemote } from '../../src/admin/access.js'

const localCurl: Asker = {
  method: 'GET',
  httpVersion: '1.1',
  headers: { host: 'localhost:8011' },
  peer: '127.0.0.1',
}

function asker(headers: IncomingHttpHeaders, changed: Partial<Asker> = {}): Asker {
  return { ...localCurl, ...changed, headers: { ...localCurl.headers, ...headers } }
}

t.test('traffic and settings are shown to', async t => {
  for (const [who, asked] of [
    ['a program on this machine', localCurl],
    ['one that uses IPv6', asker({ host: '[::1]:8011' }, { peer: '::1' })],
    ['one on a dual-stack socket', asker({ host: '127.0.0.1' }, { peer: '::ffff:127.0.0.1' })],
    ['one on a Unix socket', asker({}, { peer: 'unix' })],
    ['a name below localhost', asker({ host: 'admin.localhost:8011' })],
    [
      'the inspector page itself',
      asker({ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }),
    ],
    ['the address bar', asker({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })],
    [
      'a person who followed a link',
      asker({
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      }),
    ],
  ] as const) {
    t.equal(refusePrivate(asked, 'none'), undefined, who)
  }
})

t.test('traffic and settings are hidden from', async t => {
  for (const [whom, asked, reason] of [
    ['another machine', asker({}, { peer: '10.0.0.9' }), 'peer-not-loopback'],
    ['a name rebound to this machine', asker({ host: 'evil.example' }), 'host-not-loopback'],
    ['a name that starts like it', asker({ host: '127.0.0.1.evil.example' }), 'host-not-loopback'],
    ['a name that ends like it', asker({ host: 'evillocalhost' }), 'host-not-loopback'],
    ['a request without Host', asker({ host: undefined }), 'host-not-loopback'],
    ['a peer that is gone already', asker({}, { peer: undefined }), 'peer-not-loopback'],
    ['a page of another site', asker({ 'sec-fetch-site': 'cross-site' }), 'cross-site'],
    ['a page on another port', asker({ 'sec-fetch-site': 'same-site' }), 'cross-site'],
    [
      'a frame of another site',
      asker({
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'iframe',
      }),
      'cross-site',
    ],
    [
      'a form of another site',
      asker(
        {
          'sec-fetch-site': 'cross-site',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
        },
        { method: 'POST' },
      ),
      'cross-site',
    ],
    [
      'a page on another port that opens a WebSocket',
      asker({ origin: 'http://localhost:3000', upgrade: 'websocket' }),
      'cross-site',
    ],
    ['a page in an old browser', asker({ origin: 'https://evil.example' }), 'cross-site'],
    ['a page without an origin of its own', asker({ origin: 'null' }), 'cross-site'],
  ] as const) {
    t.match(refusePrivate(asked, 'none'), { reason }, whom)
  }
})

t.test('the token opens what only this machine may see, to everyone but other sites', async t => {
  const remote = asker({ host: 'admin.example', via: '1.1 cdn' }, { peer: '10.0.0.9' })
  t.equal(refusePrivate(remote, 'right'), undefined)
  t.match(refusePrivate(remote, 'wrong'), { status: 401, reason: 'wrong-token' })
  t.match(refusePrivate(remote, 'too-many-tries'), { status: 429, reason: 'too-many-tries' })
  t.match(
    refusePrivate(localCurl, 'wrong'),
    { status: 401 },
    'a wrong token is told, from here too',
  )
  const page = asker({ 'sec-fetch-site': 'same-site' })
  t.match(refusePrivate(page, 'right'), { reason: 'cross-site' })
})

t.test('what only this machine may do, the token does not open', async t => {
  const remote = asker({ authorization: 'Bearer s3cret' }, { peer: '10.0.0.9', method: 'POST' })
  t.match(refuseRemote(remote), { reason: 'peer-not-loopback' })
  t.equal(refuseRemote({ ...localCurl, method: 'POST' }), undefined)
})

t.test('what another proxy passed on is refused, whatever gives it away', async t => {
  for (const name of [
    ...['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port'],
    ...['x-forwarded-server', 'x-forwarded', 'x_forwarded_for', 'forwarded', 'via', 'x-real-ip'],
    ...['x-original-url', 'x-original-forwarded-for', 'x-rewrite-url', 'x-envoy-external-address'],
    ...['x-client-ip', 'true-client-ip', 'fastly-client-ip', 'cf-connecting-ip', 'cf-ray'],
    ...['x-cluster-client-ip', 'x-amzn-trace-id', 'cdn-loop', 'x-scheme', 'max-forwards'],
  ]) {
    t.match(refuseRemote(asker({ [name]: '1' })), { reason: 'forwarded' }, name)
  }
  const oldHttp = asker({}, { httpVersion: '1.0' })
  t.match(refuseRemote(oldHttp), { reason: 'forwarded' }, 'HTTP/1.0')
  for (const name of ['x-request-id', 'traceparent', 'x-requested-with', 'user-agent', 'x-realm']) {
    t.equal(refuseRemote(asker({ [name]: '1' })), undefined, name)
  }
})
