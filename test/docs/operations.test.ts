// docs/operations.md lists metrics, log lines, limits and addresses: all there are, and no others.
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { request } from 'undici'
import { optionNames, optionRow } from '../../src/config/options.js'
import { defaultWords } from '../../src/config/reference.js'
import type { Exchange } from '../../src/observe/exchange.js'
import { createExchangeWriter } from '../../src/observe/log-fields.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { upstreamFailures } from '../../src/terms/upstream-failure.js'
import { nearlyAllowed, sampleExchange } from '../observe/sample-exchange.js'
import { runProgram, startSidecar } from '../support/sidecar-process.js'
import { documentNamed, root } from './documents.js'
import { plainCell, type Table } from './markdown.js'

function tableOf(page: string, column: string): Table {
  const tables = documentNamed(page).sections.flatMap(({ tables }) => tables)
  const table = tables.find(({ columns }) => columns[0] === column || columns[1] === column)
  if (table === undefined) throw new Error(`${page} has no table of ${column}`)
  return table
}

const page = 'docs/operations.md'

/** What the log line of an exchange holds, from `event` on. */
function fieldsOf(exchange: Exchange): Record<'event', string> {
  return JSON.parse(`{${createExchangeWriter()(exchange)}}`)
}

/** The code spans of a cell that names several. */
function spansOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/gu)].map(([, span = '']) => span)
}

/** The text of every source file. */
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(join(root, 'src', name), 'utf8'))

t.test('every metric is listed with its type and labels', async t => {
  const metrics = createMetrics({ version: '1' })
  const text = await metrics.render()
  const served = [...text.matchAll(/^# TYPE cors_sidecar_(\w+) (\w+)$/gmu)].map(
    ([, name, type]) => [name, type],
  )
  const { rows } = tableOf(page, 'Metric')
  t.strictSame(
    rows.map(([name = '', type]) => [plainCell(name), type]).sort(),
    served.sort(),
    'names and types',
  )
  const registry = readFileSync(join(root, 'src/observe/metrics-registry.ts'), 'utf8')
  for (const [name = '', , labels = ''] of rows) {
    const metric = plainCell(name)
    const declared = new RegExp(`'(?:cors_sidecar_)?${metric}'[^\\[()]*?\\[([^\\]]*)\\]`, 'u')
    const found = labels === '' ? '' : declared.exec(registry)?.[1]
    t.equal(found?.replaceAll("'", ''), labels, `${metric}: labels`)
  }
})

t.test('every event of the log is listed, with its level', async t => {
  const called = /event\(\s*'(\w+)',\s*'([a-z\d-]+)'/gu
  const events = sources.flatMap(text =>
    [...text.matchAll(called)].map(([, level = '', name = '']) => [name, level] as const),
  )
  const exchanges = [
    sampleExchange(),
    sampleExchange({ failure: 'reset' }),
    sampleExchange({ status: 101 }),
  ].map(exchange => {
    const level = exchange.failure === undefined ? 'info' : 'error'
    return [fieldsOf(exchange).event, level] as const
  })
  const levels = new Map<string, Set<string>>()
  for (const [name, level] of [...events, ...exchanges]) {
    levels.set(name, (levels.get(name) ?? new Set()).add(level))
  }
  t.strictSame(
    tableOf(page, 'Event')
      .rows.map(([event = '', level = '']) => [plainCell(event), level])
      .sort(),
    [...levels].map(([name, all]) => [name, [...all].sort().join(', ')]).sort(),
  )
})

t.test('every field of a request line is listed', async t => {
  const lines = [
    sampleExchange(),
    sampleExchange({ clientLeft: true, failure: 'reset', failureDetail: 'ECONNRESET' }),
    sampleExchange({ decision: { ...nearlyAllowed, reported: 'api' } }),
  ]
  const fields = new Set(lines.flatMap(line => Object.keys(fieldsOf(line))))
  t.strictSame(
    tableOf(page, 'Field')
      .rows.flatMap(([names = '']) => spansOf(names))
      .sort(),
    [...fields, 'level', 'time', 'linesDropped'].sort(),
  )
})

t.test('every limit is listed with its default', async t => {
  const limits = optionNames.filter(
    name => /Timeout$|Delay$|Limit$|^max/u.test(name) && name !== 'maxAge',
  )
  const { rows } = tableOf(page, 'Option')
  t.strictSame(rows.map(([name = '']) => plainCell(name)).sort(), [...limits].sort())
  for (const [name, words] of rows) {
    const option = limits.find(one => one === plainCell(name ?? ''))
    if (option !== undefined) t.equal(words, defaultWords(optionRow(option)), option)
  }
})

t.test('every address of the admin port is listed, and open to whom it says', async t => {
  const { rows } = tableOf(page, 'Path')
  const token = 'not-to-be-guessed'
  const sidecar = await startSidecar({
    upstream: 'http://127.0.0.1:1',
    flags: ['-o', 'https://app.example.com', '--inspect', '--quitquitquit'],
    env: { CORS_SIDECAR_ADMIN_TOKEN: token },
    admin: true,
  })
  t.teardown(() => sidecar.stop())
  const index = await (await request(`${sidecar.adminUrl}/`)).body.text()
  const paths = index.split('\n').flatMap(line => /^\/\S*/u.exec(line) ?? [])
  t.strictSame(rows.map(([path = '']) => plainCell(path)).sort(), ['/', ...paths].sort())
  const posted = ['/quitquitquit', '/sign-out']
  const ask = async (path: string, headers: Record<string, string>) => {
    const method = posted.includes(path) ? 'POST' : 'GET'
    const answer = await request(`${sidecar.adminUrl}${path}`, { method, headers })
    await answer.body.dump()
    return answer.statusCode
  }
  const elsewhere = { 'x-forwarded-for': '203.0.113.7' }
  // What stops the program comes last.
  const inOrder = [...rows].sort(
    (a, b) => Number(a[0] === '`/quitquitquit`') - Number(b[0] === '`/quitquitquit`'),
  )
  for (const [cell = '', , who = ''] of inOrder) {
    const path = plainCell(cell)
    const isOpen = who === 'anyone'
    const good = path === '/sign-out' ? 303 : 200
    t.equal(await ask(path, elsewhere), isOpen ? good : 403, `${path}, from elsewhere`)
    const known = await ask(path, { ...elsewhere, authorization: `Bearer ${token}` })
    t.equal(known, isOpen || who.endsWith('the token') ? good : 403, `${path}, with the token`)
    t.equal(await ask(path, {}), good, `${path}, from this machine`)
  }
})

t.test('every exit code that a command can show is the one listed', async t => {
  const codes = tableOf(page, 'Code').rows.map(([code]) => code)
  t.strictSame(codes, ['0', '1', '2', '3', '130, 143'])
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const policy = ['http://127.0.0.1:1', '-o', 'https://app.example.com']
  for (const [code, ...args] of [
    [0, 'check', ...policy],
    [0, 'explain', ...policy, '--origin', 'https://app.example.com'],
    [1, 'explain', ...policy, '--origin', 'https://other.example'],
    [1, 'healthcheck', '--admin-listen', '127.0.0.1:1'],
    [1, 'wait', '--max', '1ms', '--admin-listen', '127.0.0.1:1'],
    [2, 'check', 'http://127.0.0.1:1', '-o', 'app.example.com'],
    [2, 'explian'],
    [3, ...policy, '--admin-listen', 'off', '--listen', `127.0.0.1:${port}`],
  ] as const) {
    t.equal((await runProgram(args)).code, code, args.join(' '))
  }
})

t.test('every failure of an upstream is explained, with its status and its cure', async t => {
  const { rows } = tableOf('docs/troubleshooting.md', 'Error')
  t.strictSame(
    rows.map(([status, error = '', cell = '']) => [plainCell(error), status, cell]).sort(),
    Object.entries(upstreamFailures)
      .map(([name, { status, happened, cure }]) => [name, String(status), `${happened} ${cure}`])
      .sort(),
  )
})
