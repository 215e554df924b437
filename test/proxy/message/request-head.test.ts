import t from 'tap'
import { replies } from '../../../src/proxy/message/replies.js'
import { RequestHead } from '../../../src/proxy/message/request-head.js'
import {
  headRules,
  type MadeUpRequest,
  madeUpHead,
  madeUpMessage,
  trustedPeer,
} from '../made-up-request.js'

const post = (...lines: string[]): MadeUpRequest => ({ method: 'POST', lines })

t.test('a request goes no further when', async t => {
  const fields = Array.from({ length: 100 }, (_, n) => `X-${n}: y`)
  for (const [what, made, fault] of [
    ['its version is none of ours', { version: 0 }, 'version'],
    ['it has more lines than are taken', { lines: fields }, 'headerLines'],
    ['its target is longer than 8 KiB', { target: `/${'a'.repeat(8192)}` }, 'targetLength'],
    ['it has two Host lines', { lines: ['Host: a', 'Host: a'] }, 'hostLines'],
    ['its Host is empty', { lines: ['Host: '] }, 'host'],
    ['its Host is more than a host', { lines: ['Host: a/b'] }, 'host'],
    [
      'its length and its coding differ',
      post('Content-Length: 3', 'Transfer-Encoding: chunked'),
      'framing',
    ],
    ['it has two lengths', post('Content-Length: 3', 'Content-Length: 3'), 'framing'],
    ['its length is a list', post('Content-Length: 3, 3'), 'framing'],
    ['its length has a sign', post('Content-Length: +3'), 'framing'],
    ['its length is in another base', post('Content-Length: 0x3'), 'framing'],
    ['its length is empty', post('Content-Length: '), 'framing'],
    ['its length is past counting', post(`Content-Length: ${'9'.repeat(16)}`), 'framing'],
    [
      'it is chunked in HTTP/1.0',
      { method: 'POST', lines: ['Transfer-Encoding: chunked'], version: 10 },
      'framing',
    ],
    ['it is coded twice', post('Transfer-Encoding: gzip, chunked'), 'coding'],
    ['its coding is another', post('Transfer-Encoding: identity'), 'coding'],
    ['it is a TRACE', { method: 'TRACE' }, 'method'],
    ['it is a CONNECT', { method: 'CONNECT', target: 'api.test:443' }, 'method'],
    ['its target is no path', { target: 'http://evil.test/' }, 'target'],
    ['it expects something else', post('Expect: 200-ok'), 'expect'],
    ['it has passed here before', { lines: ['Via: 1.1 cors-sidecar'] }, 'loop'],
    ['it carries our mark', { lines: ['CDN-Loop: a.test, cors-sidecar;id=1 , b'] }, 'loop'],
    ['it has passed here some hops ago', { lines: ['Via: 1.0 a, 1.1 CORS-Sidecar, 2 b'] }, 'loop'],
  ] as const) {
    t.test(what, async t => t.equal(madeUpHead(made).fault, replies[fault]))
  }
  t.test('it announces more than the cap', async t => {
    const made = post('Content-Length: 11')
    t.equal(madeUpHead(made, { maxBodySize: 10 }).fault, replies.bodySize)
    t.equal(madeUpHead(post('Content-Length: 10'), { maxBodySize: 10 }).fault, undefined)
  })
  t.test('it is HTTP/1.1 without a Host', async t => {
    const message = { ...madeUpMessage(), rawHeaders: [] }
    t.equal(new RequestHead(message, headRules).fault, replies.hostLines)
  })
})

t.test('a request goes on when', async t => {
  for (const [what, made] of [
    ['it is HTTP/1.0 without a Host', { version: 10 }],
    ['it expects to continue', post('Expect: 100-Continue', 'Content-Length: 1')],
    ['it passed another sidecar', { lines: ['CDN-Loop: cors-sidecar;id=2, cors-sidecar'] }],
    ['it passed a hop named alike', { lines: ['Via: 1.1 cors-sidecar-2, 1.1 xcors-sidecar'] }],
    ['its coding is in capitals', post('Transfer-Encoding: Chunked')],
    [
      'it has as many lines as are taken',
      { lines: Array.from({ length: 99 }, (_, n) => `X-${n}: y`) },
    ],
    ['its target is 8 KiB long', { target: `/${'a'.repeat(8191)}` }],
  ] as const) {
    t.test(what, async t => t.equal(madeUpHead(made).fault, undefined))
  }
  t.test('it has passed here, but we have no name in Via', async t => {
    const made = { lines: ['Via: 1.1 cors-sidecar'] }
    t.equal(madeUpHead(made, { via: undefined }).fault, undefined)
  })
})

t.test('its body is', async t => {
  for (const [what, made, hasBody, length] of [
    ['none without a framing', {}, false, undefined],
    ['none when it is empty', post('Content-Length: 0'), false, '0'],
    ['there by its length', post('Content-Length: 3'), true, '3'],
    ['as long as its plain decimal length', post('Content-Length: 003'), true, '3'],
    ['there when chunked', post('Transfer-Encoding: chunked'), true, undefined],
    ['there on a GET', { lines: ['Content-Length: 3'] }, true, '3'],
  ] as const) {
    t.test(what, async t => {
      const head = madeUpHead(made)
      t.strictSame([head.hasBody, head.contentLength], [hasBody, length])
    })
  }
})

t.test('repeated lines are joined, so that a doubled Origin is no origin', async t => {
  const head = madeUpHead({
    lines: [
      'Origin: https://a.test',
      'ORIGIN: https://b.test',
      'Access-Control-Request-Headers: x-a',
      'Access-Control-Request-Headers: x-b',
      'Access-Control-Request-Method: PUT',
      'Connection: keep-alive',
      'Connection: x-a',
    ],
  })
  t.match(head, {
    origin: 'https://a.test, https://b.test',
    requestHeaders: 'x-a,x-b',
    requestMethod: 'PUT',
    connection: 'keep-alive, x-a',
  })
})

t.test('it is an upgrade', async t => {
  const asks = ['Connection: keep-alive, Upgrade', 'Upgrade: WebSocket']
  for (const [what, made, isUpgrade] of [
    ['to WebSocket', { lines: asks }, true],
    ['not by another method', { method: 'POST', lines: asks }, false],
    ['not in HTTP/1.0', { version: 10, lines: asks }, false],
    ['not without the Connection token', { lines: asks.slice(1) }, false],
    ['not to h2c', { lines: ['Connection: Upgrade', 'Upgrade: h2c'] }, false],
    ['not when it has a fault', { lines: [...asks, 'Host: a b'] }, false],
  ] as const) {
    t.test(what, async t => t.equal(madeUpHead(made).isUpgrade, isUpgrade))
  }
})

t.test('who asks', async t => {
  const said = ['X-Forwarded-For: 203.0.113.5, 198.51.100.2', 'X-Forwarded-Proto: https']
  for (const [what, made, peer, client, scheme] of [
    ['is the peer', {}, '192.0.2.7', '192.0.2.7', 'http'],
    ['is not who a stranger says', { lines: said }, '192.0.2.7', '192.0.2.7', 'http'],
    [
      'is who called a trusted peer, by its scheme',
      { lines: said, peer: trustedPeer },
      trustedPeer,
      '198.51.100.2',
      'https',
    ],
    [
      'is behind two trusted proxies',
      { lines: [`X-Forwarded-For: 203.0.113.9, 198.51.100.2, ${trustedPeer}`], peer: trustedPeer },
      trustedPeer,
      '198.51.100.2',
      'http',
    ],
    [
      'is a trusted peer that names nobody',
      { lines: ['X-Forwarded-For: '], peer: trustedPeer },
      trustedPeer,
      trustedPeer,
      'http',
    ],
    ['came over TLS', { isTls: true }, '192.0.2.7', '192.0.2.7', 'https'],
    [
      'is an IPv4 peer of an IPv6 socket',
      { peer: '::ffff:10.1.2.3' },
      '10.1.2.3',
      '10.1.2.3',
      'http',
    ],
    ['is an IPv6 peer', { peer: '2001:db8::1' }, '2001:db8::1', '2001:db8::1', 'http'],
    [
      'is a link-local peer, without its zone',
      { peer: 'fe80::1%eth0' },
      'fe80::1',
      'fe80::1',
      'http',
    ],
    ['is somebody on a unix socket', { peer: undefined }, 'unix', 'unix', 'http'],
  ] as const) {
    t.test(what, async t => {
      const head = madeUpHead(made)
      t.strictSame([head.peer, head.client, head.scheme], [peer, client, scheme])
    })
  }
  t.test('is trusted by its IPv4 address on an IPv6 socket', async t => {
    const head = madeUpHead({ peer: `::ffff:${trustedPeer}` })
    t.equal(head.isPeerTrusted, true)
  })
  t.test('may say a scheme that is none', async t => {
    const lines = ['X-Forwarded-Proto: ftp']
    t.equal(madeUpHead({ lines, peer: trustedPeer }, headRules).scheme, 'http')
  })
})
