import t from 'tap'
import { createSuggester, type Suggester } from '../../src/observe/suggest.js'
import { noOriginDecision, sampleDecision, sampleExchange } from './sample-exchange.js'

const app = 'https://app.example.com'

function see(
  suggester: Suggester,
  origin: string,
  changed: { method?: string; cookie?: boolean; authorization?: boolean; times?: number } = {},
): void {
  const { method = 'GET', cookie = false, authorization = false, times = 1 } = changed
  for (let time = 0; time < times; time++) {
    suggester.record(
      sampleExchange({
        method,
        decision: sampleDecision({ origin }),
        requestHeaders: [
          'Origin',
          origin,
          ...(cookie ? ['Cookie', 'a=1'] : []),
          ...(authorization ? ['Authorization', 'Basic x'] : []),
        ],
      }),
    )
  }
}

function ask(suggester: Suggester, origin: string, method: string, headers = ''): void {
  suggester.record(
    sampleExchange({
      method: 'OPTIONS',
      decision: sampleDecision({ kind: 'preflight', origin }),
      requestHeaders: [
        'Access-Control-Request-Method',
        method,
        'Access-Control-Request-Headers',
        headers,
      ],
    }),
  )
}

t.test('the suggestion allows what was seen and nothing else', async t => {
  const suggester = createSuggester()
  ask(suggester, app, 'PUT', 'content-type, X-Trace')
  see(suggester, app, { method: 'PUT', cookie: true })
  see(suggester, 'https://shop.example.com')
  const { settings, text, exchanges } = suggester.suggest()
  t.equal(exchanges, 3)
  t.strictSame(settings, {
    allowOrigins: [app, 'https://shop.example.com'],
    allowMethods: ['GET', 'PUT'],
    allowHeaders: ['content-type', 'x-trace'],
    allowCredentials: true,
  })
  t.equal(
    text?.flag,
    "--allow-origins='https://app.example.com,https://shop.example.com' " +
      "--allow-methods='GET,PUT' --allow-headers='content-type,x-trace' --allow-credentials=true",
  )
})

t.test('nothing seen gives nothing to paste', async t => {
  const suggester = createSuggester()
  suggester.record(sampleExchange({ decision: sampleDecision({ origin: undefined }) }))
  suggester.record(sampleExchange({ decision: sampleDecision({ reason: 'same-origin' }) }))
  t.match(suggester.suggest(), { exchanges: 0, settings: undefined, text: undefined })
})

t.test('credentials are needed', async t => {
  for (const [when, changed, asked, needed] of [
    ['when cookies came', { cookie: true }, '', true],
    ['when the browser added Authorization', { authorization: true }, '', true],
    ['but not when the page set Authorization', { authorization: true }, 'authorization', false],
    ['and not otherwise', {}, '', false],
  ] as const) {
    t.test(when, async t => {
      const suggester = createSuggester()
      ask(suggester, app, 'GET', asked)
      see(suggester, app, changed)
      t.equal(suggester.suggest().settings?.allowCredentials, needed)
    })
  }
})

t.test('an origin is left out and named when it is', async t => {
  for (const [when, origin, doubt] of [
    ['null', 'null', /allowing it allows everyone/],
    ['no origin', 'https://a.example/path', /not an origin/],
    ['plain HTTP', 'http://app.example.com', /plain HTTP/],
    ['an address', 'https://203.0.113.9', /IP address/],
    ['an IPv6 address', 'https://[2001:db8::1]', /IP address/],
    ['made of foreign letters', 'https://xn--exmple-cua.com', /letters that can look like others/],
    ['an extension', 'chrome-extension://abcdefgh', /extension/],
    ['a name around another', 'https://app.example.com.evil.net', /its name contains/],
    ['a name before another', 'https://evil-app.example.com.test', /its name contains/],
    ['one letter away', 'https://app.exemple.com', /one letter away from https:\/\/app\.example/],
    ['one swap away', 'https://app.exmaple.com', /one letter away/],
    ['called so', 'https://evil.test', /its name says so/],
    ['one letter short', 'https://app.examle.com', /one letter away/],
  ] as const) {
    t.test(when, async t => {
      const suggester = createSuggester()
      see(suggester, app, { times: 3 })
      see(suggester, origin)
      const { settings, doubtful } = suggester.suggest()
      t.strictSame(settings?.allowOrigins, [app])
      t.match(doubtful, [{ origin, exchanges: 1, doubt }])
    })
  }
})

t.test('an origin is suggested when it is', async t => {
  for (const [when, origin] of [
    ['a loopback page', 'http://localhost:5173'],
    ['a sibling one letter away', 'https://apq.example.com'],
    ['the parent', 'https://example.com'],
    ['an app scheme', 'capacitor://localhost'],
  ] as const) {
    t.test(when, async t => {
      const suggester = createSuggester()
      see(suggester, app, { times: 3 })
      see(suggester, origin)
      t.strictSame(suggester.suggest().settings?.allowOrigins, [app, origin])
    })
  }
})

t.test(
  'memory is bounded: the origins that were seen least make room, and that is said',
  async t => {
    const suggester = createSuggester()
    see(suggester, app, { times: 2 })
    for (let n = 0; n < 1000; n++) see(suggester, `https://s${n}.example-${n}.org`)
    const { origins, notes } = suggester.suggest()
    t.ok(origins.length <= 200)
    t.equal(origins[0]?.origin, app)
    t.match(notes.join(), /More than 200 origins were seen; 801/)
  },
)

t.test(
  'names from strangers are taken only as far as they are names, and not without end',
  async t => {
    const suggester = createSuggester()
    const names = Array.from({ length: 500 }, (_, n) => `x-${n}`).join(',')
    ask(suggester, app, 'TRACE', `bad name,,${names}`)
    const { settings } = suggester.suggest()
    t.strictSame(settings?.allowMethods, [])
    t.equal(settings?.allowHeaders.length, 64)
    t.notOk(settings?.allowHeaders.includes('bad name'))
  },
)

t.test('an origin that was hardly ever seen is left out beside a busy one', async t => {
  const suggester = createSuggester()
  see(suggester, app, { times: 51 })
  see(suggester, 'https://rare.test', { times: 2 })
  see(suggester, 'https://known.test', { times: 3 })
  const { settings, doubtful } = suggester.suggest()
  t.strictSame(settings?.allowOrigins, [app, 'https://known.test'])
  t.match(doubtful, [{ origin: 'https://rare.test', doubt: /hardly ever seen.*51 times/ }])
})

t.test('many subdomains are pointed out, not widened', async t => {
  const suggester = createSuggester()
  for (const name of ['a', 'b', 'c', 'd']) see(suggester, `https://${name}.shop.example.com`)
  const { settings, notes } = suggester.suggest()
  t.equal(settings?.allowOrigins.length, 4)
  t.match(notes.join(), /4 subdomains of shop\.example\.com .* https:\/\/\*\.shop\.example\.com/)
})

t.test('what isolation refuses, or would refuse, is told in bounded memory', async t => {
  const suggester = createSuggester()
  const image = (path: string, mode: string, reported: 'api' | 'resources' = 'resources') =>
    suggester.record(
      sampleExchange({
        target: path,
        decision: { ...noOriginDecision, reported },
        requestHeaders: ['Sec-Fetch-Site', 'cross-site', 'Sec-Fetch-Mode', mode],
      }),
    )
  image('/a.png?token=secret', 'navigate', 'api')
  image('/b.png', 'no-cors')
  image('/c.png?token=secret', 'no-cors')
  t.strictSame(suggester.suggest().notes, [
    'isolate: api or resources would refuse GET (cross-site no-cors unknown), 2 times, last /c.png.',
    'isolate: api would refuse GET (cross-site navigate unknown), once, last /a.png.',
  ])
  for (let n = 0; n < 100; n++) image('/', `mode-${n}`)
  image('/', '\u001b[31m')
  const { notes } = suggester.suggest()
  t.equal(notes.length, 12)
  t.notMatch(notes.join(), '\u001b')
})
