import t from 'tap'
import { reportLostCookies } from '../../src/observe/lost-cookies.js'

function told(origin: string | undefined, host: string, ...cookies: string[]): readonly unknown[] {
  const events: unknown[] = []
  const note = reportLostCookies({ event: (...event) => events.push(event) })
  const exchange = {
    decision: { origin },
    requestHeaders: ['Host', host],
    sentHeaders: cookies.flatMap(cookie => ['Set-Cookie', cookie]),
  }
  note(exchange)
  note(exchange)
  return events
}

t.test('a cookie that the page will never send is told of once', async t => {
  const events = told('http://127.0.0.1:3000', 'localhost:8010', 'sid=1; Path=/')
  t.equal(events.length, 1)
  t.match(events, [['warn', 'cookies-lost', { origin: 'http://127.0.0.1:3000' }]])
  t.match(JSON.stringify(events), /127\.0\.0\.1 and localhost are two sites/)
  for (const [origin, host] of [
    ['http://localhost:3000', '127.0.0.1:8010'],
    ['http://[::1]:3000', 'localhost:8010'],
    ['https://app.localhost', 'LOCALHOST'],
  ] as const) {
    t.equal(told(origin, host, 'sid=1; SameSite=Lax').length, 1, origin)
  }
})

t.test('nothing is said where', async t => {
  for (const [why, origin, host, ...cookies] of [
    ['both have one name', 'http://localhost:3000', 'LOCALHOST:8010', 'sid=1'],
    ['no cookie is set', 'http://127.0.0.1:3000', 'localhost:8010'],
    [
      'the cookie is for every site',
      'http://127.0.0.1:3000',
      'localhost',
      'a=1; SameSite=None; Secure',
    ],
    ['the page is elsewhere', 'https://app.example.com', 'localhost:8010', 'sid=1'],
    ['the sidecar is elsewhere', 'http://localhost:3000', 'api.example.com', 'sid=1'],
    ['there is no page', undefined, 'localhost:8010', 'sid=1'],
  ] as const) {
    t.same(told(origin, host, ...cookies), [], why)
  }
})

t.test('made-up origins fill no memory and no log', async t => {
  let count = 0
  const note = reportLostCookies({ event: () => count++ })
  for (let port = 1; port <= 100; port++) {
    note({
      decision: { origin: `http://127.0.0.1:${port}` },
      ...{ requestHeaders: ['Host', 'localhost'], sentHeaders: ['Set-Cookie', 'a=1'] },
    })
  }
  t.equal(count, 16)
})
