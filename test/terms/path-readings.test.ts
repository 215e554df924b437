// The table of how servers read paths. Each row: what came, and what one of them takes it for.
import t from 'tap'
import { normalisePath, pathReadings, readsOneWay } from '../../src/terms/path-readings.js'

t.test('a path reads one way when it holds nothing that servers differ in', async t => {
  for (const target of [
    '/',
    '/api/users',
    '/api/users?next=/../%2f;//\\',
    '/api/users#/..',
    '/a..b/c.d/e..',
    "/~user/-_.!$&'()*+,=:@x",
  ]) {
    t.ok(readsOneWay(target), target)
    t.strictSame(pathReadings(target), [target.replace(/[?#].*$/, '')], target)
  }
  for (const target of ['/a%20b', '/a\\b', '/a;b', '/a//b', '/./a', '/.a', '/a/..', '/caf\u00e9']) {
    t.notOk(readsOneWay(target), target)
  }
})

t.test('names that look strange still read one way, or stay below the same folders', async t => {
  for (const [target, readings] of [
    ['/.well-known/x', ['/.well-known/x']],
    ['/a/...', ['/a/...']],
    ['/caf%c3%a9', ['/caf%C3%A9']],
    ['/a%20b', ['/a%20b']],
    ['/a%0Ab%7f', ['/a%0Ab%7F']],
    ['/100%', ['/100%']],
    ['/%zz', ['/%zz']],
    ['/%E2%82%AC', ['/%E2%82%AC']],
    ['/group%2Fproject', ['/group%2Fproject', '/group/project']],
    ['/@scope%2fname', ['/@scope%2Fname', '/@scope/name']],
    ['/report%2Epdf?x=%2e', ['/report%2Epdf', '/report.pdf']],
    ['/queues/%2F/orders', ['/queues/%2F/orders', '/queues///orders', '/queues/orders']],
    ['/v1;p=1/x', ['/v1;p=1/x', '/v1/x']],
    ['/a//b', ['/a//b', '/a/b']],
  ] as const) {
    t.strictSame(pathReadings(target), readings, target)
  }
})

t.test('somewhere a server reads', async t => {
  for (const [target, reading, because] of [
    ['/public/../admin', '/admin', 'it resolves dots'],
    ['/public/x/../../admin/.', '/admin/', 'it resolves dots, a last one to its folder'],
    ['/../../admin', '/admin', 'dots above the root stay at the root'],
    ['/public/%2e%2E/admin', '/admin', 'it decodes, then resolves'],
    ['/public%2f..%2fadmin', '/admin', 'an escaped slash is a slash to it'],
    ['/public/%252e%252e/admin', '/admin', 'it decodes twice'],
    ['/public/%25252e%25252e/admin', '/admin', 'it decodes three times'],
    ['/public/..;/admin', '/admin', 'it takes parameters off first'],
    ['/public/.;/..;x=y/admin', '/admin', 'it takes parameters off every segment'],
    ['/public/..%3Bx/admin', '/admin', 'it decodes, then takes parameters off'],
    ['/x;a=%2f../admin', '/x/admin', 'it takes parameters off, then decodes'],
    ['/public/..;/x%3by/admin', '/x;y/admin', 'it takes parameters off only before it decodes'],
    ['/public/..\\admin', '/admin', 'a backslash is a slash to it'],
    ['/public/..%5Cadmin', '/admin', 'an escaped backslash is, too'],
    ['/public\\..\\admin', '/admin', 'it knows no slashes but those'],
    ['/public/..//admin', '/admin', 'it resolves dots, then merges slashes'],
    ['/public//../admin', '/admin', 'it merges slashes, then resolves dots'],
    ['/public//../admin', '/public/admin', 'it never merges slashes'],
    ['//host/admin', '/admin', 'it takes the first segment for a host'],
    ['/\\host/admin', '/admin', 'it takes what is behind a backslash for a host'],
    ['/admin%3f/../public', '/admin', 'it decodes, and parses the rest as a query'],
    ['/admin%2523x', '/admin', 'it decodes, and parses the rest as a fragment'],
    ['/admin%00.png', '/admin', 'its strings end at a NUL'],
    ['/public/%u002e%u002E/admin', '/admin', 'it knows escapes of four digits'],
    ['/public%c0%af..%C0%AFadmin', '/admin', 'it takes two bytes for a slash'],
    ['/public/%c0%ae%c0%ae/admin', '/admin', 'it takes two bytes for a dot'],
    ['/public%c1%9c..%c1%9cadmin', '/admin', 'it takes two bytes for a backslash'],
    ['/%61dmin', '/admin', 'it decodes letters'],
    ['/public/../admin', '/public/../admin', 'it does nothing at all'],
  ] as const) {
    t.ok(pathReadings(target)?.includes(reading), `${target} as ${reading}: ${because}`)
  }
})

t.test('nobody decodes four times', async t => {
  t.notOk(pathReadings('/public/%2525252e%2525252e/admin')?.includes('/admin'))
})

t.test('a path with too many readings to follow has none, and costs little', async t => {
  const endless = (unit: string) => `/${unit.repeat(8_000 / unit.length)}`
  for (const unit of ['//..;\\..%2f%252e', '%25253b/..\\', ';%5c..%c0%ae//']) {
    t.equal(pathReadings(endless(unit)), undefined, unit)
  }
  t.ok(pathReadings(endless('%2f/')), 'a long one with few readings has those')
})

t.test('a path is normalised as a server does that decodes once and resolves dots', async t => {
  t.equal(normalisePath('/a/./b/%2e%2e/%63%c3%a9%20'), '/a/c%C3%A9%20')
})
