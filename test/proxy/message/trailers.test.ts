import t from 'tap'
import {
  compileRequestNames,
  compileResponseNames,
} from '../../../src/proxy/message/field-kinds.js'
import { requestTrailers, responseTrailers } from '../../../src/proxy/message/trailers.js'
import { flat, headRules } from '../made-up-request.js'

const rules = {
  kindOf: headRules.kindOf,
  isSetRequestField: compileRequestNames(['X-Internal']),
  dropsResponseField: compileResponseNames(['X-Frame-Options']),
}

t.test('a trailer of a response is relayed unless it would frame, route or judge', async t => {
  for (const [what, lines, expected] of [
    ['nothing came', [], undefined],
    [
      'a checksum',
      ['X-Sum: 1', 'x-sum: 2'],
      [
        ['X-Sum', '1'],
        ['x-sum', '2'],
      ],
    ],
    ['framing', ['Content-Length: 3', 'Transfer-Encoding: chunked'], undefined],
    ['what some servers take for framing', ['Content_Length: 3'], undefined],
    ['a field that is set by us', ['X-Frame-Options: ALLOW'], undefined],
    ['a grant', ['Access-Control-Allow-Origin: *'], undefined],
    ['credentials', ['Authorization: x', 'Set-Cookie: a=1'], undefined],
  ] as const) {
    t.test(what, async t => t.strictSame(responseTrailers(flat(lines), rules), expected))
  }
})

t.test('a trailer of a request is relayed unless it would also speak for the client', async t => {
  for (const [what, lines, expected] of [
    ['a checksum', ['X-Sum: 1'], [['X-Sum', '1']]],
    ['framing', ['Content-Length: 3'], undefined],
    ['an address', ['X-Forwarded-For: ::1', 'X_Real_IP: ::1', 'Forwarded: for="[::1]"'], undefined],
    ['a path', ['X-Original-URL: /admin', 'X-Forwarded-Prefix: /admin'], undefined],
    ['an id', ['X-Request-Id: theirs'], undefined],
    ['a field that is set by us', ['X-Internal: 1', 'x_internal: 1'], undefined],
    ['what a page may not say', ['Sec-Fetch-Site: same-origin'], undefined],
  ] as const) {
    t.test(what, async t => t.strictSame(requestTrailers(flat(lines), rules), expected))
  }
})
