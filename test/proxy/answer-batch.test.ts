import { setImmediate as turnOver } from 'node:timers/promises'
import t from 'tap'
import { AnswerBatch } from '../../src/proxy/answer-batch.js'
import type { Flight } from '../../src/proxy/flight.js'

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
  const answerMany = (count: number) => {
    for (let name = 0; name < count; name++) answer(name)
  }
  return { ended, failed, answer, answerMany }
}

t.test('answers of one turn of the event loop go out together, in order', async t => {
  const { ended, answerMany } = setUp()
  answerMany(4)
  t.same(ended, [])
  await turnOver()
  t.same(ended, [0, 1, 2, 3])
  answerMany(5)
  t.equal(ended.length, 4, 'and so in the next one')
  await turnOver()
  t.equal(ended.length, 9)
})

t.test('no more than 64 wait', async t => {
  const { ended, answerMany } = setUp()
  answerMany(63)
  t.equal(ended.length, 0)
  answerMany(1)
  t.equal(ended.length, 64)
  answerMany(2)
  t.equal(ended.length, 64)
  await turnOver()
  t.equal(ended.length, 66)
  answerMany(4)
  t.equal(ended.length, 66, 'a turn of 66 is not a small one')
  await turnOver()
  t.equal(ended.length, 70)
})

t.test('where fewer than four come at a time, the next 64 do not wait', async t => {
  const { ended, answerMany } = setUp()
  answerMany(3)
  t.equal(ended.length, 0)
  await turnOver()
  t.equal(ended.length, 3)
  for (let before = 3; before < 67; before++) {
    answerMany(1)
    t.equal(ended.length, before + 1)
  }
  answerMany(4)
  t.equal(ended.length, 67, 'then it is tried again')
  await turnOver()
  t.equal(ended.length, 71)
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
