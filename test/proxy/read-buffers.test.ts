import t from 'tap'
import { LargeBuffer } from '../../src/proxy/read-buffers.js'

t.test('memory is used again', async t => {
  t.test('when nobody needs it', async t => {
    const first = LargeBuffer.take()
    first.letGo()
    t.equal(LargeBuffer.take(), first)
  })
  t.test('not while some of it is lent', async t => {
    const first = LargeBuffer.take()
    first.lend()
    first.lend()
    t.equal(first.isLent, true)
    first.letGo()
    first.letGo()
    t.equal(first.isLent, false)
    t.not(LargeBuffer.take(), first, 'its connection reads into it still')
    first.letGo()
    t.equal(LargeBuffer.take(), first)
  })
  t.test('but no more than a few are kept', async t => {
    const many = Array.from({ length: 40 }, () => LargeBuffer.take())
    for (const one of many) one.letGo()
    const again = new Set(many.map(() => LargeBuffer.take()))
    t.equal(many.filter(one => again.has(one)).length, 16)
  })
})
