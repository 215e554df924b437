import t from 'tap'
import type { Exchange } from '../../src/observe/exchange.js'
import { createRecentExchanges } from '../../src/observe/recent-exchanges.js'
import { sampleExchange } from './sample-exchange.js'

const idOf = (exchange: Exchange) => exchange.id

function record(recent: { record(exchange: Exchange): void }, ...ids: string[]) {
  for (const id of ids) recent.record(sampleExchange({ id }))
}

t.test('it keeps the newest, oldest first', async t => {
  const recent = createRecentExchanges(3, idOf)
  t.same(recent.list(), [])
  record(recent, 'a', 'b')
  t.same(recent.list(), ['a', 'b'])
  record(recent, 'c', 'd', 'e')
  t.same(recent.list(), ['c', 'd', 'e'])
})

t.test('one exchange is found by its id while it is kept', async t => {
  const recent = createRecentExchanges(2, exchange => exchange.status)
  recent.record(sampleExchange({ id: 'twice', status: 200 }))
  recent.record(sampleExchange({ id: 'twice', status: 500 }))
  t.equal(recent.find('twice'), 500, 'the newest of that id')
  record(recent, 'x', 'y')
  t.equal(recent.find('twice'), undefined)
})

t.test('a subscriber hears of each exchange until it leaves', async t => {
  const recent = createRecentExchanges(1, idOf)
  const heard: string[] = []
  const leave = recent.subscribe(({ view }) => heard.push(view()))
  record(recent, 'a', 'b')
  leave()
  record(recent, 'c')
  t.same(heard, ['a', 'b'])
})

t.test('nothing is made to be shown before somebody looks', async t => {
  let made = 0
  const recent = createRecentExchanges(5, () => ++made)
  record(recent, 'a', 'b', 'c')
  t.equal(made, 0)
  recent.list()
  t.equal(made, 3)
  for (let watcher = 0; watcher < 4; watcher++) recent.subscribe(({ view }) => view())
  record(recent, 'd')
  t.equal(made, 4, 'once for all who watch')
})

t.test('a limit of 0 keeps nothing', async t => {
  const recent = createRecentExchanges(0, idOf)
  record(recent, 'a')
  t.same(recent.list(), [])
  t.equal(recent.find('a'), undefined)
})
