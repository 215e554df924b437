// What people copy out of consoles, and what is read in it.
import t from 'tap'
import { causesOfHits, settled } from '../../src/why/causes.js'
import { readConsole } from '../../src/why/console.js'
import { contexts } from '../../src/why/contexts.js'
import { messageSections } from '../../src/why/messages.js'

const read = (text: string) => settled(causesOfHits(readConsole(text).hits, text))
const codes = (text: string) => read(text).map(({ code, certainty }) => `${certainty} ${code}`)

const api = 'http://localhost:5000/things'
const page = 'http://localhost:3000'
const access = `Access to fetch at '${api}' from origin '${page}' has been blocked by CORS policy: `
const missing = `No 'Access-Control-Allow-Origin' header is present on the requested resource.`
const firefox = `Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at ${api}. `
const asked = "Response to preflight request doesn't pass access control check: "
const field =
  'Request header field x-trace is not allowed by Access-Control-Allow-Headers in preflight response.'

t.test('the cause is found in', async t => {
  for (const [what, text, ...expected] of [
    ['a line of Chromium', access + missing, 'certain allow-origin-missing'],
    [
      'one with place and time',
      `10:02:33.123 app.js:12 ${access}${missing}`,
      'certain allow-origin-missing',
    ],
    [
      'one that a chat has made typographic',
      (access + missing).replaceAll("'", '’'),
      'certain allow-origin-missing',
    ],
    [
      'one that is wrapped in the middle of words',
      (access + missing).replace(/.{40}/g, '$&\n'),
      'certain allow-origin-missing',
    ],
    [
      'one that a mail quotes',
      (access + missing).replace(/.{60}/g, '$&\n> '),
      'certain allow-origin-missing',
    ],
    [
      'one in colours',
      `\u001b[31m${access}\u001b[0m\u001b[1m${missing}\u001b[0m`,
      'certain allow-origin-missing',
    ],
    ['one in capitals', (access + missing).toUpperCase(), 'certain allow-origin-missing'],
    [
      'one about the preflight',
      access + asked + missing,
      'certain preflight-allow-origin',
      'likely allow-origin-missing',
    ],
    [
      'one that is cut off at its end',
      access + missing.slice(0, 34),
      'likely allow-origin-missing',
    ],
    ['one that is cut off at its start', missing.slice(30), 'likely allow-origin-missing'],
    [
      'one of a version that is gone',
      `Failed to load ${api}: ${missing} Origin '${page}' is therefore not allowed access.`,
      'certain allow-origin-missing',
    ],
    [
      'one about a method',
      `${access}Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.`,
      'certain method-not-allowed',
    ],
    [
      'two of two kinds',
      `${access}${missing}\n${access}${field}`,
      'certain allow-origin-missing',
      'certain header-not-allowed',
    ],
    [
      'all that Chromium writes of one request',
      `${access}${missing}\nGET ${api} net::ERR_FAILED 200 (OK)\nUncaught (in promise) TypeError: Failed to fetch\n    at load (app.js:3:1)`,
      'certain allow-origin-missing',
    ],
    [
      'a line of Firefox',
      `${firefox}(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.`,
      'certain allow-origin-missing',
    ],
    [
      'all that Firefox writes of a preflight',
      `${firefox}(Reason: CORS preflight response did not succeed). Status code: 401.\n\n${firefox}(Reason: CORS request did not succeed). Status code: (null).`,
      'certain preflight-needs-auth',
    ],
    [
      'the second line of Firefox alone',
      `${firefox}(Reason: CORS request did not succeed). Status code: (null).`,
      'likely no-answer',
      'possible certificate',
    ],
    [
      'all that Safari writes',
      `[Error] Origin ${page} is not allowed by Access-Control-Allow-Origin. Status code: 200\n[Error] Fetch API cannot load ${api} due to access control checks.\n[Error] Failed to load resource: Origin ${page} is not allowed by Access-Control-Allow-Origin. Status code: 200 (things, line 0)`,
      'likely allow-origin-missing',
      'possible allow-origin-other',
    ],
    [
      'a preflight of Safari',
      `[Error] Preflight response is not successful. Status code: 302\n[Error] XMLHttpRequest cannot load ${api} due to access control checks.`,
      'certain preflight-redirects',
    ],
    ['a server that is not there', `GET ${api} net::ERR_CONNECTION_REFUSED`, 'certain no-answer'],
    [
      'a WebSocket that nobody answers',
      "WebSocket connection to 'ws://localhost:5000/' failed: Error in connection establishment: net::ERR_CONNECTION_REFUSED",
      'certain no-answer',
    ],
    [
      'a WebSocket that is refused',
      "WebSocket connection to 'ws://localhost:5000/' failed: Error during WebSocket handshake: Unexpected response code: 403",
      'certain websocket-refused',
    ],
    [
      'a page from a file',
      `${access.replace(page, 'null')}${missing}`,
      'certain allow-origin-missing',
      'likely not-http',
    ],
    [
      'an error of Node',
      'TypeError: fetch failed\n  cause: Error: connect ECONNREFUSED 127.0.0.1:5000\n    at TCPConnectWrap.afterConnect',
      'certain no-answer',
    ],
  ] as const) {
    t.test(what, async t => t.strictSame(codes(text), expected))
  }
})

t.test('where the reason is missing, everything is possible', async t => {
  for (const text of [
    'TypeError: Failed to fetch',
    'NetworkError when attempting to fetch resource.',
    'TypeError: Load failed',
    'AxiosError: Network Error',
    access,
  ]) {
    const found = read(text)
    t.ok(found.length > 3, text)
    t.ok(
      found.every(({ certainty }) => certainty === 'possible'),
      text,
    )
  }
})

t.test('origin, address, method and header are told', async t => {
  t.match(read(access + field)[0]?.facts, { origin: page, url: api, header: 'x-trace' })
  t.match(read(`PUT ${api} net::ERR_CONNECTION_REFUSED`)[0]?.facts, { url: api, method: 'PUT' })
  t.match(
    read(
      `${firefox}(Reason: header ‘x-trace’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response). ${page}/app.js:3:10`,
    )[0]?.facts,
    { origin: page, url: api, header: 'x-trace' },
    'the page of Firefox is told by its script',
  )
})

t.test('text without a message says nothing', async t => {
  for (const text of [
    '',
    'hello',
    'TypeError: x is not a function\n    at app.js:1:1',
    '\u0000\u001b[2J\ufffd'.repeat(100),
  ]) {
    t.strictSame(codes(text), [], JSON.stringify(text))
  }
  t.strictSame(readConsole('nothing of it\n    at load (app.js:1:2)').rest, ['nothing of it'])
})

t.test('secrets are not shown', async t => {
  const secret = 'hunter2hunter2'
  const found = read(
    `Access to fetch at '${api}?token=${secret}' from origin '${page}' has been blocked by CORS policy: Redirect location 'https://user:${secret}@x.example/' contains a username and password, which is disallowed for cross-origin requests.`,
  )
  t.equal(found[0]?.code, 'redirect-with-password')
  t.notMatch(JSON.stringify(found), secret)
})

t.test('every message is found whole, and by its own section', async t => {
  for (const { title, messages } of messageSections) {
    for (const { words, means } of messages) {
      const text = words
        .replace(/[[\]]/g, '')
        .replace('{status}', '403')
        .replace(/\{\w+\}/g, 'http://a.example/x')
      const found = readConsole(text).hits.map(hit => hit.means[0])
      t.strictSame(found[0], means[0], `${title}: ${words}`)
    }
  }
  t.ok(contexts.length > 5)
})
