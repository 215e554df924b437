import type { Http2ServerRequest } from 'node:http2'
import t from 'tap'
import { http1Fields } from '../../../src/proxy/message/http2-request.js'
import { asLines, flat } from '../made-up-request.js'

function told(...lines: string[]): string[] {
  const pseudo = [':method', 'GET', ':path', '/', ...flat(lines)]
  const rawHeaders = pseudo.map(part => part.replace(/^authority$/, ':authority'))
  const at = rawHeaders.indexOf(':authority')
  const headers = at === -1 ? {} : { ':authority': rawHeaders[at + 1] }
  return asLines(http1Fields({ rawHeaders, headers } as unknown as Http2ServerRequest))
}

t.test('the fields of an HTTP/2 request, as HTTP/1.1 writes them', async t => {
  for (const [what, lines, expected] of [
    ['have the authority as Host', ['authority: a.test', 'x-a: 1'], ['x-a: 1', 'host: a.test']],
    ['keep a Host that stands alone', ['host: a.test'], ['host: a.test']],
    ['have one Host when both say the same', ['authority: a', 'host: a'], ['host: a']],
    [
      'have two when they differ, which is refused',
      ['authority: a', 'host: b'],
      ['host: b', 'host: a'],
    ],
    [
      'have one Cookie line',
      ['authority: a', 'cookie: a=1', 'cookie: b=2'],
      ['host: a', 'cookie: a=1; b=2'],
    ],
    ['keep other repeats', ['x-a: 1', 'x-b: 2', 'x-a: 3'], ['x-a: 1', 'x-b: 2', 'x-a: 3']],
  ] as const) {
    t.test(what, async t => t.strictSame(told(...lines), expected))
  }
})
