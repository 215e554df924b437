// The page's own arithmetic, without a browser.
import t from 'tap'
import { asHar } from '../../inspector/model/as-har.js'
import { asQuestion } from '../../inspector/model/as-question.js'
import { asCurl, asFetch } from '../../inspector/model/as-request.js'
import { everything, shows } from '../../inspector/model/filters.js'
import { headDiff } from '../../inspector/model/head-diff.js'
import { outcomeOf, statusWords, troubleOf } from '../../inspector/model/outcome.js'
import { consoleSnippet } from '../../inspector/model/page-requests.js'
import { policyDiff } from '../../inspector/model/policy-diff.js'
import { createTimeline } from '../../inspector/model/timeline.js'
import { phases } from '../../inspector/model/timing.js'
import { createTraffic } from '../../inspector/model/traffic.js'
import type { Exchange } from '../../src/observe/exchange.js'
import { type ExchangeView, toView } from '../../src/observe/exchange-view.js'
import { createRecentExchanges } from '../../src/observe/recent-exchanges.js'
import {
  noOriginDecision,
  refusedDecision,
  sampleDecision,
  sampleExchange,
} from '../observe/sample-exchange.js'

const startedAt = sampleExchange().startedAt

function view(id: string, changed: Partial<Exchange> = {}): ExchangeView {
  return toView(sampleExchange({ id, ...changed }))
}

function preflight(id: string, changed: Partial<Exchange> = {}): ExchangeView {
  return view(id, {
    method: 'OPTIONS',
    decision: sampleDecision({ kind: 'preflight' }),
    status: 204,
    upstreamStatus: undefined,
    requestHeaders: ['Access-Control-Request-Method', 'GET'],
    ...changed,
  })
}

t.test('the timeline pairs a preflight with its actual request', async t => {
  const timeline = createTimeline(10)
  timeline.add([preflight('p')])
  timeline.add([view('a', { startedAt: startedAt + 5 })])
  t.match(timeline.entries, [{ key: 'a', main: { id: 'a' }, preflight: { id: 'p' } }])
})

t.test('it does not pair when', async t => {
  for (const [when, asked, actual] of [
    ['the path is another', { target: '/other' }, {}],
    ['the method is another', {}, { method: 'PUT' }],
    ['the request came first', {}, { startedAt: startedAt - 1 }],
    ['it came much later', {}, { startedAt: startedAt + 60_000 }],
    ['the origin is another', {}, { decision: sampleDecision({ origin: 'https://b.example' }) }],
  ] as const) {
    t.test(when, async t => {
      const timeline = createTimeline(10)
      timeline.add([preflight('p', asked), view('a', actual)])
      t.equal(timeline.entries.length, 2)
    })
  }
})

t.test('a preflight answers for one request only', async t => {
  const timeline = createTimeline(10)
  timeline.add([preflight('p'), view('a'), view('b')])
  t.strictSame(
    timeline.entries.map(({ main, preflight }) => [main.id, preflight?.id]),
    [
      ['b', undefined],
      ['a', 'p'],
    ],
  )
})

t.test('it keeps the newest, each once, and no more than its limit', async t => {
  const timeline = createTimeline(3)
  timeline.add([view('a'), view('b'), view('c'), view('d'), view('e')])
  timeline.add([view('e'), view('f')])
  t.strictSame(
    timeline.entries.map(({ key }) => key),
    ['f', 'e', 'd'],
  )
  const { entries } = timeline
  timeline.add([view('f')])
  t.equal(timeline.entries, entries, 'nothing new, nothing to draw')
  timeline.clear()
  t.strictSame(timeline.entries, [])
  timeline.add([view('f')])
  t.equal(timeline.entries.length, 1)
})

t.test('a filter shows an entry that meets all its fields', async t => {
  const refused = view('r', { decision: refusedDecision, status: 403, method: 'PUT' })
  const entry = { key: 'r', main: refused, preflight: undefined }
  for (const [field, meets, misses] of [
    ['search', '/api', '/other'],
    ['search', 'evil.example', 'app.example'],
    ['search', 'not-allowed', 'no-origin'],
    ['origin', 'EVIL', 'app.example'],
    ['method', 'PUT', 'GET'],
    ['status', '4xx', '2xx'],
    ['verdict', 'refused', 'allowed'],
    ['reason', 'origin-not-allowed', 'origin-null'],
  ] as const) {
    t.ok(shows({ ...everything, [field]: meets }, entry), `${field} ${meets}`)
    t.notOk(shows({ ...everything, [field]: misses }, entry), `${field} ${misses}`)
  }
  const failed = view('f', { failure: 'reset', status: 502 })
  t.ok(shows({ ...everything, status: 'failed' }, { key: 'f', main: failed, preflight: undefined }))
  t.ok(shows({ ...everything, method: 'OPTIONS' }, { ...entry, preflight: preflight('p') }))
})

t.test('the counters count, look back a minute and forget what is older', async t => {
  const traffic = createTraffic()
  const now = 1_000_000_000
  traffic.add([view('a', { durationMs: 10 }), view('b', { durationMs: 30 })], now)
  traffic.add([preflight('p', { decision: { ...refusedDecision, kind: 'preflight' } })], now + 4000)
  t.match(traffic.totals(now + 5000), {
    requests: 3,
    preflights: 1,
    refused: 1,
    failed: 0,
    perMinute: 3,
    p95: 30,
  })
  t.equal(traffic.totals(now + 120_000).perMinute, 0)
  t.equal(traffic.slices(now + 4000).at(-1)?.refused, 1)
  t.equal(traffic.slices(now + 4000).at(-3)?.requests, 2)
  t.equal(traffic.slices(now).length, 60)
  traffic.clear()
  t.equal(traffic.totals(now).requests, 0)
})

t.test('the diff of two heads says of each line what became of it', async t => {
  const before = [
    ['Server', 'x'],
    ['Access-Control-Allow-Origin', '*'],
    ['Vary', 'Accept'],
    ['Set-Cookie', 'a'],
    ['Set-Cookie', 'b'],
  ] as const
  const after = [
    ['server', 'x'],
    ['Vary', 'Accept, Origin'],
    ['Set-Cookie', 'b'],
    ['access-control-expose-headers', 'x-id'],
  ] as const
  t.strictSame(
    headDiff(before, after).map(({ change, name }) => `${change} ${name}`),
    [
      'kept Server',
      'removed Access-Control-Allow-Origin',
      'changed Vary',
      'removed Set-Cookie',
      'kept Set-Cookie',
      'added access-control-expose-headers',
    ],
  )
})

t.test('the time of an exchange falls into phases that add up', async t => {
  const parts = phases(view('a', { queuedMs: 2, connectMs: 3, upstreamMs: 10, durationMs: 20 }))
  t.strictSame(parts, [
    { name: 'queue', ms: 2 },
    { name: 'connect', ms: 3 },
    { name: 'first byte', ms: 7 },
    { name: 'body', ms: 8 },
  ])
  const own = phases(
    view('b', { queuedMs: 0, connectMs: undefined, upstreamMs: undefined, durationMs: 1 }),
  )
  t.strictSame(own, [{ name: 'body', ms: 1 }])
})

t.test('an exchange is repeated by curl and by fetch, with its secrets masked', async t => {
  const seen = view('a', {
    method: 'PUT',
    requestHeaders: [
      'Host',
      'localhost:8010',
      'Origin',
      'https://app.example.com',
      'Cookie',
      'a=1',
      'X-Note',
      "it's",
      'Content-Length',
      '2',
    ],
  })
  t.strictSame(asCurl(seen), {
    text: [
      'curl -i -g --path-as-is -X PUT',
      "'http://localhost:8010/api/things?page=2'",
      "-H 'Origin: https://app.example.com'",
      "-H 'Cookie: a=***'",
      "--data-binary ''",
    ].join(' '),
    leftOut: ['X-Note'],
  })
  t.equal(
    asFetch(seen, 'https://localhost:8010'),
    `await fetch("https://localhost:8010/api/things?page=2", ${JSON.stringify(
      { method: 'PUT', headers: { 'X-Note': "it's" }, credentials: 'include' },
      null,
      2,
    )})`,
  )
})

t.test('the archive has what HAR 1.2 requires, oldest first', async t => {
  const { har } = asHar([view('b', { startedAt: startedAt + 1 }), view('a')], '0.1.0')
  t.match(har, {
    log: {
      version: '1.2',
      creator: { name: 'cors-sidecar', version: '0.1.0' },
      entries: [
        {
          startedDateTime: '2026-01-02T03:04:05.000Z',
          time: 12.3456,
          request: {
            method: 'GET',
            url: 'http://api.example.com/api/things?page=2',
            queryString: [{ name: 'page', value: '2' }],
          },
          response: { status: 200, content: { size: 345, mimeType: 'application/json' } },
          timings: { blocked: 0, connect: 1, wait: 9.5 },
          _corsSidecar: { id: 'a' },
        },
        { _corsSidecar: { id: 'b' } },
      ],
    },
  })
})

t.test('the archive leaves out what has no URL, and says so', async t => {
  const odd = view('odd', { requestHeaders: ['Host', '['], target: '/things' })
  const { har, leftOut } = asHar([odd, view('a')], '0.1.0')
  t.match(har, {
    log: {
      entries: [{ _corsSidecar: { id: 'a' } }],
      comment: 'Left out, no valid URL: GET http://[/things',
    },
  })
  t.strictSame(leftOut, [odd])
})

t.test('five requests under one id are five rows', async t => {
  const recent = createRecentExchanges(10, (exchange, key) => toView(exchange, undefined, [], key))
  for (let n = 0; n < 5; n++) recent.record(sampleExchange({ id: 'same' }))
  const timeline = createTimeline(10)
  timeline.add(recent.list())
  t.equal(timeline.entries.length, 5)
  timeline.add(recent.list())
  t.equal(timeline.entries.length, 5, 'and no more when they are told again')
})

t.test('what came of a request is said as its page lived it', async t => {
  const refusedBy = (changed: Partial<Exchange>, policy = refusedDecision.policy) =>
    view('r', { ...changed, decision: { ...refusedDecision, policy } })
  for (const [when, seen, outcome, status] of [
    ['it is allowed', view('a'), 'allowed', '200'],
    ['the API answered a page that is refused', refusedBy({}), 'hidden', 'API said 200'],
    [
      'it never got to the API',
      refusedBy({ upstreamStatus: undefined, status: 403 }),
      'refused',
      '403',
    ],
    [
      'the policy only reports',
      refusedBy({}, { ...refusedDecision.policy, reportOnly: true }),
      'reported',
      '200',
    ],
    ['nobody asked about an origin', view('n', { decision: noOriginDecision }), 'neutral', '200'],
  ] as const) {
    t.equal(outcomeOf(seen), outcome, when)
    t.equal(statusWords(seen), status, when)
  }
})

t.test('a refusal names what caused it', async t => {
  const decision = { ...refusedDecision, reason: 'header-not-allowed', subject: 'x-trace' } as const
  t.equal(troubleOf(view('h', { decision })), 'header-not-allowed: x-trace')
  t.equal(troubleOf(view('o', { decision: refusedDecision })), 'origin-not-allowed')
  t.equal(troubleOf(view('f', { failure: 'reset' })), 'reset')
  t.equal(troubleOf(view('l', { clientLeft: true })), 'client left')
  const tooLarge = view('b', { status: 413, upstreamStatus: undefined })
  t.equal(troubleOf(tooLarge), 'rejected by the sidecar')
  t.equal(troubleOf(view('a')), undefined)
})

t.test('a preflight is judged again as the request behind it', async t => {
  const asked = preflight('p', {
    target: '/things',
    requestHeaders: [
      ...['Access-Control-Request-Method', 'PUT'],
      ...['Access-Control-Request-Headers', 'content-type,x-trace'],
    ],
  })
  t.match(asQuestion(asked), {
    origin: 'https://app.example.com',
    method: 'PUT',
    headers: 'content-type, x-trace',
    path: '/things',
    isUpgrade: false,
  })
})

t.test('settings are compared value by value', async t => {
  const running = {
    allowOrigins: ['https://a.example'],
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['*'],
    allowCredentials: true,
  }
  t.strictSame(
    policyDiff(running, {
      allowOrigins: ['https://a.example', 'https://b.example'],
      allowMethods: ['GET'],
      allowHeaders: ['x-trace'],
      allowCredentials: false,
    }).map(({ added, removed, kept }) => [added, removed, kept]),
    [
      [['https://b.example'], [], ['https://a.example']],
      [[], ['POST'], ['GET']],
      [['x-trace'], ['*'], []],
      [['false'], ['true'], []],
    ],
  )
})

t.test('the snippet for a console holds the requests of the playground', async t => {
  const printed: string[] = []
  const asked: string[] = []
  const run = new Function(
    'fetch',
    'console',
    `return (async () => { ${consoleSnippet('https://api.example.com/a"b')} })()`,
  )
  await run(
    async (url: string, init: RequestInit) => {
      asked.push(`${init.method ?? 'GET'} ${url}`)
      if (init.credentials) throw new TypeError('Failed to fetch')
      return { status: 200 }
    },
    { log: (...words: unknown[]) => printed.push(words.join(' ')) },
  )
  t.equal(asked[1], 'PUT https://api.example.com/a"b')
  t.strictSame(printed, [
    '✓ Simple readable: 200',
    '✓ Preflighted readable: 200',
    '✓ Own header readable: 200',
    '✕ Credentialed blocked: Failed to fetch',
  ])
})
