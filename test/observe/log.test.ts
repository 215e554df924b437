import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { createLog, type Log, type LogOptions } from '../../src/observe/log.js'
import { openedFields } from '../../src/observe/log-fields.js'
import {
  nearlyAllowed,
  noOriginDecision,
  refusedDecision,
  sampleDecision,
  sampleExchange,
} from './sample-exchange.js'

async function logWith(changed: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const log = await createLog({
    level: 'info',
    format: 'json',
    requests: 'all',
    isTerminal: false,
    destination: { write: line => lines.push(line), flush: () => Promise.resolve() },
    onDropped: () => t.fail('nothing is dropped here'),
    ...changed,
  })
  return {
    log: atOnce(log),
    batching: log,
    lines,
    records: () => lines.map(line => JSON.parse(line)),
  }
}

/** Lines of exchanges are written together; here each is asked for at once. */
function atOnce(log: Log): Log {
  return {
    ...log,
    record(exchange) {
      log.record(exchange)
      void log.flush()
    },
  }
}

t.test('an exchange is one JSON line with the fields of the interface', async t => {
  const { log, lines, records } = await logWith()
  log.record(sampleExchange())
  t.equal(lines.length, 1)
  t.equal(lines[0]?.indexOf('\n'), (lines[0]?.length ?? 0) - 1)
  const { time, ...rest } = records()[0]
  t.match(time, /^\d{4}-\d\d-\d\dT/)
  t.same(rest, {
    level: 'info',
    event: 'request',
    id: '7f3a',
    method: 'GET',
    path: '/api/things',
    status: 200,
    durationMs: 12.35,
    upstreamMs: 10.5,
    bytesOut: 345,
    origin: 'https://app.example.com',
    kind: 'actual',
    decision: 'allowed',
    reason: 'origin-exact',
    rule: 'https://app.example.com',
    client: '127.0.0.1',
  })
})

t.test('a refusal says what it nearly was, and what would allow it', async t => {
  const { log, records } = await logWith()
  log.record(sampleExchange({ decision: nearlyAllowed }))
  t.match(records()[0], {
    decision: 'refused',
    reason: 'origin-not-allowed',
    subject: 'http://localhost:5173',
    nearMiss: { differs: 'port', entry: 'http://localhost:3000' },
    fix: { option: 'allowOrigins', value: 'http://localhost:5173' },
  })
})

t.test('headers, the query and long texts of a peer stay out of the line', async t => {
  const { log, lines, records } = await logWith()
  log.record(
    sampleExchange({
      target: `/${'p'.repeat(5000)}?token=hunter2`,
      requestHeaders: ['Authorization', 'Bearer hunter2', 'Cookie', 'sid=hunter2'],
      sentHeaders: ['Set-Cookie', 'sid=hunter2'],
      decision: sampleDecision({ origin: `https://${'o'.repeat(5000)}` }),
    }),
  )
  t.notMatch(lines[0], 'hunter2')
  t.equal(records()[0].origin.length, 256)
  t.equal(records()[0].path.length, 1024)
})

t.test('credentials in the path stay out of the line', async t => {
  const { log, records } = await logWith()
  log.record(sampleExchange({ target: '/a;v=1;jsessionid=hunter2/b?c' }))
  t.equal(records()[0].path, '/a;v=1;jsessionid=***/b')
})

t.test('a line is valid JSON whatever a peer sends', async t => {
  const { log, lines, records } = await logWith()
  const nasty = '"\\\n\r\u0000\u001b[2J\u2028\ud800\u009b","level":"fatal'
  log.record(
    sampleExchange({
      method: nasty,
      target: `/${nasty}`,
      client: nasty,
      decision: sampleDecision({ origin: nasty, subject: nasty }),
      failure: 'reset',
      failureDetail: nasty,
    }),
  )
  t.match(lines[0], /^[ -~]+\n$/, 'one line of ASCII')
  t.match(records()[0], { level: 'error', method: nasty, path: `/${nasty}`, detail: nasty })
})

t.test('durations are written as JSON numbers of at most two decimals', async t => {
  const durations = [0, 0.004, 0.005, 0.05, 0.5, 1.999, 7, 12.3, 12.345, 99.994, 3_600_000.25]
  const { log, records } = await logWith()
  for (const durationMs of durations) log.record(sampleExchange({ durationMs }))
  t.same(
    records().map(({ durationMs }) => durationMs),
    [0, 0, 0.01, 0.05, 0.5, 2, 7, 12.3, 12.35, 99.99, 3_600_000.25],
  )
})

t.test('a line tells of its own decision, also behind one that is nearly the same', async t => {
  const others = [
    sampleDecision({ origin: 'https://bpp.example.com' }),
    sampleDecision({ rule: 'https://*.example.com' }),
    sampleDecision({ kind: 'preflight' }),
    sampleDecision({ reason: 'origin-fallback' }),
    refusedDecision,
    sampleDecision({ ...refusedDecision, subject: 'https://other.example' }),
    noOriginDecision,
  ]
  const decisions = others.flatMap(other => [sampleDecision(), other])
  const { log, records } = await logWith()
  for (const decision of decisions) log.record(sampleExchange({ decision }))
  t.same(
    records().map(({ origin, rule, kind, reason, subject }) => ({
      origin,
      rule,
      kind,
      reason,
      subject,
    })),
    decisions.map(({ origin, rule, kind, reason, subject }) => ({
      origin,
      rule,
      kind,
      reason,
      subject,
    })),
  )
})

t.test('lines that are written together', async t => {
  const logOf = async (changed: Partial<LogOptions> = {}) => {
    const { batching, records } = await logWith(changed)
    return { log: batching, ids: () => records().map(({ id }) => id) }
  }
  const numbers = (count: number) => Array.from({ length: count }, (_, at) => String(at))

  t.test('each tell of their own exchange, in order', async t => {
    const { log, ids } = await logOf()
    for (const id of numbers(1000)) log.record(sampleExchange({ id }))
    await log.flush()
    t.same(ids(), numbers(1000))
  })

  t.test('stand before the event that follows them', async t => {
    const { log, ids } = await logOf()
    for (const id of numbers(3)) log.record(sampleExchange({ id }))
    log.event('info', 'draining', { id: 'event' })
    t.same(ids(), [...numbers(3), 'event'])
  })

  t.test('come without being asked for', async t => {
    const lines = new EventEmitter()
    const write = (line: string) => lines.emit('line', line)
    const { log } = await logOf({ destination: { write, flush: () => Promise.resolve() } })
    // Its own timer does not keep the process from ending.
    const patience = setTimeout(() => lines.emit('line', 'nothing came'), 5000)
    log.record(sampleExchange({ id: 'only' }))
    const [line] = await once(lines, 'line')
    clearTimeout(patience)
    t.match(line, '"id":"only"')
  })

  t.test('come also behind one that can not be written', async t => {
    const { log, ids } = await logOf()
    log.record({
      ...sampleExchange({ id: 'bad' }),
      get target(): string {
        throw new Error('no target')
      },
    })
    log.record(sampleExchange({ id: 'good' }))
    await log.flush()
    t.same(ids(), ['bad', 'good'])
  })
})

t.test('which exchanges get a line', async t => {
  const exchanges = {
    'no origin': sampleExchange({ decision: noOriginDecision }),
    allowed: sampleExchange(),
    refused: sampleExchange({ decision: refusedDecision }),
    'turned away': sampleExchange({
      decision: noOriginDecision,
      status: 400,
      upstreamStatus: undefined,
    }),
    'answered 404': sampleExchange({
      decision: noOriginDecision,
      status: 404,
      upstreamStatus: 404,
    }),
    'client left': sampleExchange({
      decision: noOriginDecision,
      status: 499,
      upstreamStatus: undefined,
      clientLeft: true,
    }),
    'answered 500': sampleExchange({ decision: noOriginDecision, status: 500 }),
    'upstream failed': sampleExchange({ failure: 'connect-refused', status: 502 }),
  }
  for (const [requests, expected] of [
    ['all', Object.keys(exchanges)],
    ['cors', ['allowed', 'refused', 'turned away', 'answered 500', 'upstream failed']],
    ['errors', ['refused', 'turned away', 'answered 500', 'upstream failed']],
    ['off', ['upstream failed']],
  ] as const) {
    t.test(`with logRequests ${requests}`, async t => {
      const { log, lines } = await logWith({ requests })
      const logged = Object.entries(exchanges).flatMap(([name, exchange]) => {
        const before = lines.length
        log.record(exchange)
        return lines.length > before ? [name] : []
      })
      t.same(logged, expected)
    })
  }
})

t.test('level and request logging change while running', async t => {
  const { log, lines } = await logWith({ requests: 'all' })
  log.setLevel('error')
  log.record(sampleExchange())
  log.event('warn', 'config-warning')
  t.equal(lines.length, 0)
  log.setLevel('info')
  log.setRequests('errors')
  log.record(sampleExchange())
  t.equal(lines.length, 0)
  log.setRequests('all')
  log.record(sampleExchange())
  t.equal(lines.length, 1)
})

t.test('names of what happened', async t => {
  for (const [event, changed] of [
    ['request', {}],
    ['upgrade-closed', { status: 101 }],
    ['upstream-error', { status: 502, failure: 'connect-refused' }],
  ] as const) {
    const { log, records } = await logWith()
    log.record(sampleExchange(changed))
    t.equal(records()[0].event, event)
  }
})

t.test('the pretty format', async t => {
  const pretty = async (isColoured: boolean) =>
    logWith({ format: 'auto', isTerminal: true, isColoured })

  t.test('is one line per exchange, in columns', async t => {
    const { log, lines } = await pretty(false)
    log.record(sampleExchange({ method: 'PUT', status: 404 }))
    log.record(sampleExchange({ durationMs: 1234.5, decision: refusedDecision, method: 'GET' }))
    t.equal(
      lines.map(line => line.slice('00:00:00'.length).split('\n')[0]).join('\n'),
      [
        '  allowed   PUT      /api/things                               404      12 ms  origin-exact        https://app.example.com',
        '  hidden    GET      /api/things                               200    1235 ms  origin-not-allowed  https://evil.example',
      ].join('\n'),
    )
  })

  t.test('says hidden where the API answered and the page may not look', async t => {
    const { log, lines } = await pretty(false)
    const refused = { decision: refusedDecision }
    log.record(sampleExchange(refused))
    log.record(sampleExchange({ ...refused, status: 403, upstreamMs: undefined }))
    log.record(
      sampleExchange({
        decision: { ...refusedDecision, kind: 'preflight' },
        upstreamMs: undefined,
      }),
    )
    t.strictSame(
      lines.map(line => /^\S+ +(\S+)/.exec(line)?.[1]),
      ['hidden', 'refused', 'refused'],
    )
  })

  t.test('shortens a long path in its middle', async t => {
    const { log, lines } = await pretty(false)
    log.record(sampleExchange({ target: `/organisations/${'x'.repeat(80)}/members/8f21` }))
    t.match(lines[0], / {2}\/organisation…x{13}\/members\/8f21 {2}200 /)
  })

  t.test('names the path of an upgrade', async t => {
    const { log, lines } = await pretty(false)
    const upgrade = sampleExchange({
      target: '/socket?token=hunter2',
      status: 101,
      decision: sampleDecision({ kind: 'upgrade' }),
    })
    log.event('info', 'upgrade-opened', openedFields(upgrade))
    log.record(upgrade)
    t.match(lines[0], /^\S+ +opened +GET +\/socket +101 +https:\/\/app\.example\.com\n$/)
    t.match(lines[1], /^\S+ +closed +GET +\/socket +101 +12 ms +origin-exact /)
  })

  t.test('explains a refusal the first time', async t => {
    const { log, lines } = await pretty(false)
    for (let time = 0; time < 2; time++) log.record(sampleExchange({ decision: nearlyAllowed }))
    t.match(
      lines[0],
      /\n {10}It differs only in its port from http:\/\/localhost:3000\. To allow it: --allow-origins='http:\/\/localhost:3000,http:\/\/localhost:5173'\n$/,
    )
    t.equal(lines[1]?.split('\n').length, 2)
  })

  t.test('has colour only when it may', async t => {
    const plain = await pretty(false)
    const coloured = await pretty(true)
    for (const { log } of [plain, coloured]) log.record(sampleExchange())
    t.notMatch(plain.lines[0], '\u001b[')
    t.match(coloured.lines[0], '\u001b[32mallowed')
    t.match(coloured.lines[0], '\u001b[2mGET')
  })

  t.test('is red where the server failed, whatever the verdict', async t => {
    const { log, lines } = await pretty(true)
    for (const decision of [sampleDecision(), refusedDecision]) {
      log.record(sampleExchange({ status: 502, decision }))
    }
    for (const line of lines) t.match(line, '\u001b[31m502')
  })

  t.test('tells warnings and errors from facts', async t => {
    const { log, lines } = await pretty(true)
    for (const level of ['info', 'warn', 'error'] as const) log.event(level, 'said', { msg: 'so' })
    const [fact, warning, error] = lines
    t.notMatch(fact, /\u001b\[3[136]m/)
    t.match(warning, '\u001b[33mso')
    t.match(error, '\u001b[31mso')
  })

  t.test('shows an event with its fields', async t => {
    const { log, lines } = await pretty(false)
    log.event('info', 'listening', { url: 'http://127.0.0.1:8010' })
    log.event('info', 'draining', { delayMs: 500 })
    t.match(lines, [/^[\d:]+ {2}draining {2}delayMs 500\n$/], 'but what the banner says')
  })

  t.test('lets no peer steer the terminal', async t => {
    const { log, lines } = await pretty(false)
    log.record(sampleExchange({ target: '/\u001b[2J\u009b2J', failure: 'reset' }))
    t.match(lines[0], '/\\u001b[2J\\u009b2J')
    t.notMatch(lines[0]?.trimEnd().split('\n').join(''), /\p{Cc}/u, 'but the line breaks of ours')
  })
})
