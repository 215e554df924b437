import { EventEmitter, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Exchange } from '../../src/observe/exchange.js'
import { createRecentExchanges } from '../../src/observe/recent-exchanges.js'
import { sampleExchange } from '../observe/sample-exchange.js'
import { startAdmin } from './admin-fixture.js'

async function startInspector(t: Test) {
  const directory = t.testdir({
    'inspector.html': '<!doctype html><title>Inspector</title>',
    'inspector.js': 'start()',
    'page.css': 'body{}',
    'secret.env': 'TOKEN=x',
  })
  const toView = ({ id, status }: Exchange) => ({ id, status })
  const recent = createRecentExchanges(100, toView)
  let subscribers = 0
  const subscriptions = new EventEmitter()
  const watched: typeof recent = {
    ...recent,
    subscribe(listener) {
      subscribers++
      const leave = recent.subscribe(listener)
      return () => {
        subscribers--
        leave()
        subscriptions.emit('left')
      }
    },
  }
  const started = await startAdmin(t, {
    inspector: () => ({
      directory,
      recent: watched,
      about: () => ({ version: '1.2.3' }),
      connectSources: () => ['http://localhost:8010'],
      replay: async () => undefined,
      why: async text => ({ text }),
    }),
  })
  return { ...started, directory, recent, subscribers: () => subscribers, subscriptions }
}

/** Reads events until `count` have come. */
async function readEvents(response: IncomingMessage, count: number): Promise<string[]> {
  let unread = ''
  const events: string[] = []
  for await (const chunk of response.iterator({ destroyOnReturn: false })) {
    unread += chunk
    const parts = unread.split('\n\n')
    unread = parts.pop() ?? ''
    events.push(...parts.filter(part => part.startsWith('event:')))
    if (events.length >= count) break
  }
  return events
}

t.test('the page comes with a policy that lets in nothing foreign', async t => {
  const { ask } = await startInspector(t)
  const page = await ask('/inspect')
  t.match(page, { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
  t.match(page.body, '<title>Inspector</title>')
  const policy = page.headers['content-security-policy']
  t.match(policy, "default-src 'none'; script-src 'self'; style-src 'self'")
  t.match(policy, "connect-src 'self' http://localhost:8010;")
  t.notMatch(policy, 'unsafe')
  t.match(await ask('/inspect/inspector.js'), { status: 200, body: 'start()' })
  t.match(await ask('/inspect/page.css'), { status: 200, body: 'body{}' })
})

t.test('only the files of the page can be asked for', async t => {
  const { ask, directory } = await startInspector(t)
  writeFileSync(join(directory, '..', 'above.js'), 'above')
  for (const name of [
    'secret.env',
    '../above.js',
    '..%2fabove.js',
    '%2e%2e/above.js',
    'nothing.js',
    'constructor',
  ]) {
    t.equal((await ask(`/inspect/${name}`)).status, 404, name)
  }
})

t.test('it is hidden from everyone but this machine', async t => {
  const { ask } = await startInspector(t)
  for (const path of ['/inspect', '/inspect/events', '/inspect/exchanges', '/inspect/about']) {
    for (const headers of [{ host: 'rebound.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      t.equal((await ask(path, { headers })).status, 403, path)
    }
  }
})

t.test('exchanges are listed, and found by id', async t => {
  const { ask, recent } = await startInspector(t)
  recent.record(sampleExchange({ id: 'a' }))
  recent.record(sampleExchange({ id: 'b', status: 404 }))
  t.same(JSON.parse((await ask('/inspect/exchanges')).body), {
    exchanges: [
      { id: 'a', status: 200 },
      { id: 'b', status: 404 },
    ],
  })
  t.same(JSON.parse((await ask('/inspect/exchanges/b')).body), { id: 'b', status: 404 })
  t.equal((await ask('/inspect/exchanges/c')).status, 404)
  t.same(JSON.parse((await ask('/inspect/about')).body), { version: '1.2.3' })
})

t.test('exchanges are told as they end', async t => {
  const { open, recent } = await startInspector(t)
  const { asked, response } = await open('/inspect/events')
  t.teardown(() => asked.destroy())
  t.equal(response.headers['content-type'], 'text/event-stream')
  const events = readEvents(response, 2)
  recent.record(sampleExchange({ id: 'a' }))
  recent.record(sampleExchange({ id: 'b' }))
  t.same(await events, [
    'event: exchange\ndata: {"id":"a","status":200}',
    'event: exchange\ndata: {"id":"b","status":200}',
  ])
})

t.test('of a flood the page is told the newest, and how many it was spared', async t => {
  const { open, recent } = await startInspector(t)
  const { asked, response } = await open('/inspect/events')
  t.teardown(() => asked.destroy())
  const events = readEvents(response, 201)
  for (let id = 0; id < 1050; id++) recent.record(sampleExchange({ id: String(id) }))
  const [missed, ...told] = await events
  t.equal(missed, 'event: missed\ndata: 850')
  const newest = Array.from({ length: 200 }, (_, at) => String(850 + at))
  t.same(
    told.map(event => JSON.parse(event.slice(event.indexOf('{'))).id),
    newest,
    'in their order',
  )
})

t.test('of very large heads the page is told as many as fit', async t => {
  const { open, recent } = await startInspector(t)
  const { asked, response } = await open('/inspect/events')
  t.teardown(() => asked.destroy())
  const events = readEvents(response, 4)
  for (let n = 0; n < 10; n++) recent.record(sampleExchange({ id: `${n}`.repeat(300_000) }))
  const [missed, ...told] = await events
  t.equal(missed, 'event: missed\ndata: 7')
  t.same(
    told.map(event => JSON.parse(event.slice(event.indexOf('{'))).id[0]),
    ['7', '8', '9'],
  )
})

t.test('a page that is closed leaves nothing behind', async t => {
  const { open, subscribers, subscriptions } = await startInspector(t)
  const pages = [await open('/inspect/events'), await open('/inspect/events')]
  t.equal(subscribers(), 1, 'one for all pages')
  const left = once(subscriptions, 'left')
  for (const { asked } of pages) asked.destroy()
  await left
  t.equal(subscribers(), 0)
  const next = await open('/inspect/events')
  t.equal(subscribers(), 1, 'and the next page is served')
  next.asked.destroy()
})

t.test('there is an end to how many may watch', async t => {
  const { ask, open } = await startInspector(t)
  const pages = await Promise.all(Array.from({ length: 32 }, () => open('/inspect/events')))
  t.match(await ask('/inspect/events'), { status: 503 })
  for (const { asked } of pages) asked.destroy()
})

t.test('closing the admin port ends every stream', async t => {
  const { admin, open } = await startInspector(t)
  const { response } = await open('/inspect/events')
  response.resume()
  const ended = once(response, 'close')
  await admin.close()
  await ended
  t.pass('ended')
})

t.test('a copied text is explained, whatever its letters, and only so much of it', async t => {
  const { ask } = await startInspector(t)
  const headers = { host: 'localhost' }
  const why = (body: string) => ask('/inspect/why', { method: 'POST', headers, body })
  const text = 'The page at ‘https://ü.example’ failed.\nAnother line ✓'
  t.same(JSON.parse((await why(text)).body), { text })
  t.match(await why('x'.repeat(70_000)), { status: 413, body: /longer than 65536 characters/ })
  const other = { ...headers, 'sec-fetch-site': 'cross-site' }
  t.equal((await ask('/inspect/why', { method: 'POST', headers: other, body: text })).status, 403)
  t.match(await ask('/inspect/why'), { status: 405, headers: { allow: 'POST' } })
})
