// Commands, heads of responses and archives, as people copy and export them.
import t from 'tap'
import { settled } from '../../src/why/causes.js'
import { serverCure } from '../../src/why/cures.js'
import { grantFor } from '../../src/why/grant.js'
import { readHar } from '../../src/why/har.js'
import { readHarText } from '../../src/why/har-text.js'
import { readText } from '../../src/why/read-text.js'

const secret = 'hunter2hunter2'
const page = 'https://shop.example.com'

const bash = `curl 'https://api.example.com/things?token=${secret}' \\
  -X 'PUT' \\
  -H 'accept: */*' \\
  -H 'authorization: Bearer ${secret}' \\
  -H 'origin: ${page}' \\
  -b 'session=${secret}' \\
  --data-raw $'{"it":"\\'s"}' \\
  --compressed`
const cmd = `curl ^"https://api.example.com/things?token=${secret}^" ^
  -X ^"PUT^" ^
  -H ^"authorization: Bearer ${secret}^" ^
  -H ^"origin: ${page}^" ^
  -b ^"session=${secret}^" ^
  --data-raw ^"^{^\\^"a^\\^":1^}^"`
const call = `fetch("https://api.example.com/things?token=${secret}", {
  "headers": {
    "accept": "*/*",
    "authorization": "Bearer ${secret}"
  },
  "referrer": "${page}/",
  "body": "{}",
  "method": "PUT",
  "mode": "cors",
  "credentials": "include"
});`

t.test('a copied request is read the same from', async t => {
  for (const [what, text] of [
    ['bash', bash],
    ['cmd', cmd],
    ['fetch', call],
  ] as const) {
    t.test(what, async t => {
      const { asked, rest, causes } = readText(text)
      t.match(asked, [{ origin: page, method: 'PUT', credentials: true }])
      t.equal(asked[0]?.headers.get('authorization'), `Bearer ${secret}`)
      t.strictSame(rest, [], 'nothing is left')
      t.ok(
        causes.every(({ certainty }) => certainty === 'possible'),
        'nothing is sure without an answer',
      )
      t.match(
        causes.map(({ code }) => code),
        ['preflight-allow-origin', 'preflight-not-ok', 'method-not-allowed', 'header-not-allowed'],
      )
      t.notMatch(JSON.stringify(causes), secret)
    })
  }
})

t.test('a command and a line of the console are put together', async t => {
  const line = `Access to fetch at 'https://api.example.com/things?token=${secret}' from origin '${page}' has been blocked by CORS policy: Response to preflight request doesn't pass access control check: It does not have HTTP ok status.`
  const { causes } = readText(`${bash}\n${line}`)
  t.match(settled(causes)[0], {
    code: 'preflight-not-ok',
    certainty: 'certain',
    facts: { method: 'PUT', header: 'authorization', credentials: true },
  })
})

t.test('what no answer could mend is said for sure', async t => {
  for (const [when, text, code] of [
    ['a page over HTTPS calls http://', bash.replace('https://api', 'http://api'), 'mixed-content'],
    ['the page asks with no-cors', call.replace('"cors"', '"no-cors"'), 'opaque-answer'],
    ['page and API are one', bash.replace('https://api.example.com', page), 'no-cors-problem'],
  ] as const) {
    t.equal(readText(text).causes[0]?.code, code, when)
  }
})

t.test('the head of a response is judged', async t => {
  const head = (...lines: string[]) =>
    ['HTTP/1.1 200 OK', 'Server: nginx/1.22.1', ...lines, '', '{"a":1}'].join('\r\n')
  const grant = 'Access-Control-Allow-Origin'
  for (const [when, text, code, certainty] of [
    ['without the header', head(), 'allow-origin-missing', 'likely'],
    ['with a slash behind the origin', head(`${grant}: ${page}/`), 'allow-origin-other', 'certain'],
    ['with two', head(`${grant}: ${page}`, `${grant}: *`), 'allow-origin-doubled', 'certain'],
    [
      'with a star and credentials',
      head(`${grant}: *`, 'Access-Control-Allow-Credentials: true'),
      'star-with-credentials',
      'likely',
    ],
    ['with the grant', head(`${grant}: ${page}`), 'no-cors-problem', 'likely'],
    [
      'for the command above it',
      `${bash}\n${head(`${grant}: https://other.example`)}`,
      'allow-origin-other',
      'certain',
    ],
    [
      'of a preflight, as curl -v prints it',
      `> OPTIONS /things HTTP/1.1\n> Host: api.example.com\n> Origin: ${page}\n> Access-Control-Request-Method: PUT\n> \n< HTTP/1.1 204 No Content\n< Server: nginx\n< ${grant}: ${page}\n< Access-Control-Allow-Methods: GET\n< \n`,
      'method-not-allowed',
      'certain',
    ],
  ] as const) {
    const { causes, server } = readText(text)
    t.match(settled(causes)[0], { code, certainty }, when)
    t.equal(server?.name, 'nginx', when)
  }
})

interface Line {
  readonly name: string
  readonly value: string
}
const line = (name: string, value: string): Line => ({ name, value })
const entry = (
  method: string,
  request: Line[],
  status: number,
  response: Line[] = [],
  more: object = {},
) => ({
  _resourceType: 'fetch',
  request: {
    method,
    url: `http://localhost:5000/things?token=${secret}`,
    headers: [line('Origin', 'http://localhost:3000'), line('Cookie', `a=${secret}`), ...request],
  },
  response: { status, headers: response, ...more },
})
const failed = { _error: 'net::ERR_FAILED' }

t.test('a HAR tells', async t => {
  const granted = line('access-control-allow-origin', 'http://localhost:3000')
  const asks = line('Access-Control-Request-Method', 'PUT')
  for (const [what, entries, ...expected] of [
    [
      'a refused preflight by its status',
      [entry('OPTIONS', [asks], 405), entry('PUT', [], 0, [], failed)],
      'certain preflight-not-ok',
    ],
    [
      'one by its lists, wherever it stands',
      [
        entry('PUT', [], 0, [], failed),
        entry('OPTIONS', [asks], 204, [granted, line('access-control-allow-credentials', 'true')]),
      ],
      'certain method-not-allowed',
    ],
    [
      'one that is missing',
      [entry('PUT', [], 0, [], failed)],
      'likely preflight-allow-origin',
      'possible preflight-not-ok',
      'possible method-not-allowed',
      'possible no-answer',
    ],
    [
      'an answer without the header',
      [entry('GET', [], 200, [line('content-type', 'text/html')])],
      'certain allow-origin-missing',
    ],
    [
      'an answer that is hidden',
      [entry('GET', [], 0, [], failed)],
      'likely allow-origin-missing',
      'possible no-answer',
      'possible blocked-by-extension',
    ],
    [
      'a server that is not there',
      [entry('GET', [], 0, [], { _error: 'net::ERR_CONNECTION_REFUSED' })],
      'certain no-answer',
    ],
    [
      'a blocker',
      [entry('GET', [], 0, [], { _error: 'net::ERR_BLOCKED_BY_CLIENT' })],
      'certain blocked-by-extension',
    ],
    [
      'that all is well',
      [entry('GET', [], 404, [granted, line('access-control-allow-credentials', 'true')])],
      'certain no-cors-problem',
    ],
  ] as const) {
    t.test(what, async t => {
      const reading = readHar()
      for (const one of entries) reading.add(one)
      const causes = settled(reading.causes().map(({ cause }) => cause))
      t.strictSame(
        causes.map(({ code, certainty }) => `${certainty} ${code}`),
        expected,
      )
      t.notMatch(JSON.stringify(causes), secret)
    })
  }
})

function entriesOf(text: string, size: number): { entries: unknown[]; fault: string | undefined } {
  const entries: unknown[] = []
  const reader = readHarText(one => entries.push(one))
  for (let at = 0; at < text.length; at += size) reader.write(text.slice(at, at + size))
  return { entries, fault: reader.end() }
}

t.test('an archive is read in pieces of any size', async t => {
  const list = [
    { a: 'x"\\"\\', b: [{ entries: [1, 'two'] }], c: null, d: -1.5e3, e: {} },
    { f: '\u20ac{[' },
  ]
  const text = JSON.stringify(
    {
      entries: ['not these'],
      log: { creator: { entries: [] }, pages: [], entries: list, comment: 'entries' },
    },
    undefined,
    1,
  )
  for (const size of [1, 2, 3, 7, 64, 1e6]) {
    t.strictSame(entriesOf(text, size), { entries: list, fault: undefined }, `${size}`)
  }
  t.match(entriesOf(text.slice(0, -40), 10).fault, 'ends in the middle')
  t.match(entriesOf('{"a":1}', 10).fault, 'no log.entries')
})

t.test('long bodies are not kept', async t => {
  const kept: unknown[] = []
  const reader = readHarText(one => kept.push(one))
  reader.write('{"log":{"entries":[{"content":{"text":"')
  const before = process.memoryUsage().heapUsed
  const piece = 'x'.repeat(1e6)
  for (let count = 0; count < 100; count++) reader.write(piece)
  reader.write('"},"url":"u"}]}}')
  t.ok(process.memoryUsage().heapUsed - before < 50e6, '100 MB went through')
  t.strictSame(kept, [{ content: { text: '' }, url: 'u' }])
})

t.test('a cure never names a star, and nothing that is no origin', async t => {
  for (const origin of ["https://a.example'; evil", 'null', 'https://a.example/"; return 200']) {
    const [one] = readText(
      `Access to fetch at 'https://b.example/' from origin '${origin}' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.`,
    ).causes
    const grant = one === undefined ? undefined : grantFor(one)
    const text = grant === undefined ? '' : serverCure('nginx', grant)
    t.notMatch(text, /evil|null|return 200|\*/, origin)
  }
})
