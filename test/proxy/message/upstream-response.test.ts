import t from 'tap'
import { ResponseParser } from '../../../src/proxy/http1/parser.js'
import { compileResponseNames } from '../../../src/proxy/message/field-kinds.js'
import type { ResponseHead } from '../../../src/proxy/message/response-head.js'
import {
  addVia,
  endToEndFields,
  isBodiless,
  type ResponseRules,
} from '../../../src/proxy/message/upstream-response.js'
import { asLines, flat, type MadeUpRequest, madeUpHead, madeUpRoute } from '../made-up-request.js'

const responseRules: ResponseRules = {
  via: 'cors-sidecar',
  rewriteLocation: true,
  cookieRewrite: 'off',
  cookiePath: 'map',
  setResponseHeaders: [],
  dropsResponseField: () => false,
}

interface Answer {
  readonly status?: number
  readonly lines: readonly string[]
  readonly rules?: Partial<ResponseRules>
  readonly asked?: MadeUpRequest
}

/** The head that these lines are read as. */
function responseOf(status: number, lines: readonly string[]): ResponseHead {
  let head: ResponseHead | undefined
  const ignore = () => undefined
  const parser = new ResponseParser()
  const sink = {
    ...{ onRepair: ignore, onInterim: ignore, onBody: ignore, onEnd: ignore },
    ...{ onSwitch: ignore, onFault: ignore },
    onHead: (read: ResponseHead) => {
      head = read
    },
  }
  parser.begin('HEAD', sink, { maxHeadSize: 65_536, isStrict: true })
  parser.read(Buffer.from([`HTTP/1.1 ${status} X`, ...lines, '', ''].join('\r\n'), 'latin1'))
  return head as ResponseHead
}

function relayed({ status = 200, lines, rules = {}, asked = {} }: Answer): string[] {
  const fields = endToEndFields(
    responseOf(status, lines),
    madeUpHead(asked),
    madeUpRoute(),
    'api.test',
    { ...responseRules, ...rules },
  )
  return asLines(fields)
}

t.test('a response comes back', async t => {
  const cookies = ['Set-Cookie: a=1; Domain=up.test; Secure', 'Set-Cookie: b=2']
  for (const [what, answer, expected] of [
    [
      'with case, order and repeats kept',
      { lines: ['X-B: 1', 'x-a: 2', 'Server: s', 'x-b: 3', 'SERVER: t'] },
      ['X-B: 1', 'x-a: 2', 'Server: s', 'x-b: 3', 'SERVER: t'],
    ],
    [
      'without the fields for one hop',
      { lines: ['Connection: close, X-A', 'x-a: 1', 'Keep-Alive: x', 'Upgrade: h2c', 'X-B: 2'] },
      ['X-B: 2'],
    ],
    ['with its length', { lines: ['content-length: 3'] }, ['content-length: 3']],
    [
      'with the length of the resource after 304',
      { status: 304, lines: ['Content-Length: 3'] },
      ['Content-Length: 3'],
    ],
    ['without a length after 204', { status: 204, lines: ['Content-Length: 0'] }, []],
    [
      'with the trailer that its chunks promise',
      { lines: ['Trailer: X-T', 'Transfer-Encoding: chunked'] },
      ['Trailer: X-T'],
    ],
    [
      'without a trailer that cannot come',
      { lines: ['Trailer: X-T', 'Content-Length: 3'] },
      ['Content-Length: 3'],
    ],
    [
      'without a trailer for HTTP/1.0',
      { lines: ['Trailer: X-T', 'Transfer-Encoding: chunked'], asked: { version: 10 } },
      [],
    ],
    [
      'without a trailer after HEAD',
      { lines: ['Trailer: X-T', 'Transfer-Encoding: chunked'], asked: { method: 'HEAD' } },
      [],
    ],
    ['with its cookies as they are', { lines: cookies }, cookies],
    [
      'with its cookies for development',
      { lines: cookies, rules: { cookieRewrite: 'dev' } },
      ['Set-Cookie: a=1', 'Set-Cookie: b=2'],
    ],
    [
      'with what is set, in place of every line of the name',
      {
        lines: ['X-Frame-Options: ALLOW', 'x-frame-options: X', 'X-A: 1'],
        rules: {
          setResponseHeaders: ['X-Frame-Options', 'DENY'],
          dropsResponseField: compileResponseNames(['X-Frame-Options']),
        },
      },
      ['X-A: 1', 'X-Frame-Options: DENY'],
    ],
    [
      'with one Via for all hops',
      { lines: ['Via: 1.0 a', 'X: y', 'Via: 1.1 b'] },
      ['X: y', 'Via: 1.0 a, 1.1 b'],
    ],
  ] as const) {
    t.test(what, async t => t.strictSame(relayed(answer), expected))
  }
})

t.test('Location comes back to the proxy', async t => {
  const away = 'Location: http://up.test:8080/b'
  const home = 'Location: http://api.test/b'
  for (const [what, status, rules, expected] of [
    ['for 201', 201, {}, home],
    ['for 302', 302, {}, home],
    ['for 303', 303, {}, home],
    ['for 307', 307, {}, home],
    ['not for 200', 200, {}, away],
    ['not when it is switched off', 302, { rewriteLocation: false }, away],
  ] as const) {
    t.test(what, async t => t.strictSame(relayed({ status, lines: [away], rules }), [expected]))
  }
})

t.test('there is no body', async t => {
  t.strictSame(
    [
      isBodiless(200, 'HEAD'),
      isBodiless(204, 'GET'),
      isBodiless(304, 'GET'),
      isBodiless(200, 'GET'),
    ],
    [true, true, true, false],
  )
})

t.test('Via names us behind the hops before', async t => {
  const some = flat(['X: y', 'via: 1.1 a'])
  addVia(some, '1.0', 'cors-sidecar')
  t.strictSame(asLines(some), ['X: y', 'via: 1.1 a, 1.0 cors-sidecar'])
  const none = flat(['X: via'])
  addVia(none, '1.1', 'cors-sidecar')
  t.strictSame(asLines(none), ['X: via', 'Via: 1.1 cors-sidecar'])
})
