import t from 'tap'
import * as kind from '../../../src/proxy/message/field-kinds.js'

t.test('a field is known by its name in any case', async t => {
  const kindOf = kind.compileRequestKinds('x-trace')
  for (const [name, which] of [
    ['Connection', kind.CONNECTION],
    ['KEEP-ALIVE', kind.HOP],
    ['te', kind.HOP],
    ['HTTP2-Settings', kind.HOP],
    ['Proxy-Authorization', kind.HOP],
    ['Transfer-Encoding', kind.TRANSFER_ENCODING],
    ['transfer_encoding', kind.UNDERSCORE_TWIN],
    ['X_Forwarded_For', kind.UNDERSCORE_TWIN],
    ['X-Forwarded_For', kind.UNDERSCORE_TWIN],
    ['X_trace', kind.UNDERSCORE_TWIN],
    ['Sec_Fetch-Site', kind.UNDERSCORE_TWIN],
    ['X-Real-IP', kind.CLAIM],
    ['x-forwarded-anything', kind.CLAIM],
    ['x_forwarded_anything', kind.UNDERSCORE_TWIN],
    ['x-forwarded-', kind.PLAIN],
    ['x-forwardedfor', kind.PLAIN],
    ['X-Trace', kind.REQUEST_ID],
    ['x-request-id', kind.PLAIN],
    ['Accept', kind.PLAIN],
    ['__proto__', kind.PLAIN],
    ['constructor', kind.PLAIN],
    ['x'.repeat(300), kind.PLAIN],
  ] as const) {
    t.equal(kindOf(name), which, name.slice(0, 20))
  }
})

t.test('what only requests carry is plain in a response', async t => {
  t.equal(kind.responseKind('Host'), kind.PLAIN)
  t.equal(kind.responseKind('Expect'), kind.PLAIN)
  t.equal(kind.responseKind('Location'), kind.LOCATION)
  t.equal(kind.responseKind('Proxy-Authenticate'), kind.HOP)
})

t.test('Connection takes away', async t => {
  for (const [what, connection, names] of [
    ['nothing, when there is none', undefined, undefined],
    ['nothing by its usual words', 'Keep-Alive, close, Upgrade', undefined],
    ['what it names', 'close, X-Foo,x-bar', ['x-foo', 'x-bar']],
    [
      'nothing that a message is framed, routed or judged by',
      'Host, Origin, Content-Length, Transfer-Encoding, Authorization, Cookie',
      undefined,
    ],
    ['nothing by an empty word', ', ,', undefined],
  ] as const) {
    t.test(what, async t => {
      const nominated = kind.nominatedFields(connection)
      t.strictSame(nominated && [...nominated], names)
    })
  }
})

t.test('a token is one whole word of a list', async t => {
  t.equal(kind.hasToken('keep-alive, Upgrade', 'upgrade'), true)
  t.equal(kind.hasToken('upgrades', 'upgrade'), false)
  t.equal(kind.hasToken(undefined, 'upgrade'), false)
})
