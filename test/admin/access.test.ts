import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { type Asker, refusePrivate, refuseRemote } from '../../src/admin/access.js'

const localCurl: Asker = {
  method: 'GET',
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
    ['one on a Unix socket', asker({}, { peer: undefined })],
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
    [
      'whoever knows the token',
      asker({ host: 'admin.example', authorization: 'bearer s3cret' }, { peer: '10.0.0.9' }),
    ],
  ] as const) {
    t.equal(refusePrivate(asked, 's3cret'), undefined, who)
  }
})

t.test('traffic and settings are hidden from', async t => {
  for (const [whom, asked, reason] of [
    ['another machine', asker({}, { peer: '10.0.0.9' }), 'peer-not-loopback'],
    ['a name rebound to this machine', asker({ host: 'evil.example' }), 'host-not-loopback'],
    ['a name that starts like it', asker({ host: '127.0.0.1.evil.example' }), 'host-not-loopback'],
    ['a name that ends like it', asker({ host: 'evillocalhost' }), 'host-not-loopback'],
    ['a request without Host', asker({ host: undefined }), 'host-not-loopback'],
    ['a client of another proxy here', asker({ 'x-forwarded-for': '10.0.0.9' }), 'forwarded'],
    ['one that it names in Forwarded', asker({ forwarded: 'for=10.0.0.9' }), 'forwarded'],
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
    ['a page in an old browser', asker({ origin: 'https://evil.example' }), 'cross-site'],
    ['a page without an origin of its own', asker({ origin: 'null' }), 'cross-site'],
    ['a wrong token', asker({ authorization: 'Bearer s3cre' }), 'wrong-token'],
    ['the token in another scheme', asker({ authorization: 'Basic s3cret' }), 'wrong-token'],
  ] as const) {
    t.match(refusePrivate(asked, 's3cret'), { reason }, whom)
  }
})

t.test('without an admin token, none is accepted', async t => {
  const remote = asker({ authorization: 'Bearer undefined' }, { peer: '10.0.0.9' })
  t.match(refusePrivate(remote, undefined), { reason: 'peer-not-loopback', status: 403 })
})

t.test('what only this machine may do, the token does not open', async t => {
  const remote = asker({ authorization: 'Bearer s3cret' }, { peer: '10.0.0.9', method: 'POST' })
  t.match(refuseRemote(remote), { reason: 'peer-not-loopback' })
  t.equal(refuseRemote({ ...localCurl, method: 'POST' }), undefined)
})
