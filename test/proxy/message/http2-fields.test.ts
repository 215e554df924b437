import t from 'tap'
import { http1Fields } from '../../../src/proxy/message/http2-fields.js'
import { asLines, flat } from '../made-up-request.js'

function told(...lines: string[]): string[] {
  const pseudo = [':method', 'GET', ':path', '/', ...flat(lines)]
  return asLines(http1Fields(pseudo.map(part => part.replace(/^authority$/, ':authority'))))
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
