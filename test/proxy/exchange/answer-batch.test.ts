import { setImmediate as turnOver } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { AnswerBatch } from '../../../src/proxy/exchange/answer-batch.js'
import type { Flight } from '../../../src/proxy/exchange/flight.js'

/** Exchanges that note which of them were ended, in order. */
function setUp() {
  const ended: number[] = []
  const failed: unknown[] = []
  const batch = new AnswerBatch()
  const answer = (name: number, changed: { phase?: string; end?: () => void } = {}) =>
    batch.end({
      phase: changed.phase ?? 'queued',
      res: { end: changed.end ?? (() => ended.push(name)) },
      state: { forwarder: { failInternally: (_: Flight, error: unknown) => failed.push(error) } },
    } as unknown as Flight)
  /** So many in one turn: how many of them are out at once. The others are at its end. */
  const turnOf = async (t: Test, count: number) => {
    const before = ended.length
    for (let name = 0; name < count; name++) answer(name)
    const atOnce = ended.length - before
    await turnOver()
    t.same(ended.slice(before), [...Array(count).keys()], 'all of them, in order')
    return atOnce
  }
  return { ended, failed, answer, turnOf }
}

t.test('answers of one turn of the event loop go out together', async t => {
  const { turnOf } = setUp()
  t.equal(await turnOf(t, 4), 0)
  t.equal(await turnOf(t, 63), 0)
})

t.test('no more than 64 wait', async t => {
  const { turnOf } = setUp()
  t.equal(await turnOf(t, 64), 64)
  t.equal(await turnOf(t, 66), 64)
  t.equal(await turnOf(t, 4), 0, 'a turn of 66 is not a small one, though two were left')
})

t.test('where fewer than four come at a time, the next 64 do not wait', async t => {
  const { turnOf } = setUp()
  t.equal(await turnOf(t, 3), 0)
  for (let left = 64; left > 0; left--) t.equal(await turnOf(t, 1), 1)
  t.equal(await turnOf(t, 4), 0, 'then it is tried again')
})

t.test('one that fails keeps no other', async t => {
  const { ended, failed, answer } = setUp()
  const fault = new Error('no head')
  answer(0)
  answer(1, {
    end: () => {
      throw fault
    },
  })
  answer(2)
  await turnOver()
  t.same(ended, [0, 2])
  t.equal(failed.length, 1)
  t.equal(failed[0], fault)
})

t.test('one whose client has left is let be', async t => {
  const { ended, answer } = setUp()
  answer(0, { phase: 'done' })
  answer(1)
  await turnOver()
  t.same(ended, [1])
})
