import t from 'tap'
import { joinForBody, ReadBuffers } from '../../../src/proxy/http1/buffers.js'

t.test('memory is used again', async t => {
  t.test('when nobody needs it', async t => {
    const buffers = new ReadBuffers(100)
    const first = buffers.take()
    t.equal(first.bytes.length, 100)
    first.letGo()
    t.equal(buffers.take(), first)
  })
  t.test('not while some of it is lent', async t => {
    const buffers = new ReadBuffers(100)
    const first = buffers.take()
    first.lend()
    first.lend()
    t.equal(first.isLent, true)
    first.letGo()
    first.letGo()
    t.equal(first.isLent, false)
    t.not(buffers.take(), first, 'its connection reads into it still')
    first.letGo()
    t.equal(buffers.take(), first)
  })
  t.test('but no more than a few are kept', async t => {
    const buffers = new ReadBuffers(100)
    const many = Array.from({ length: 40 }, () => buffers.take())
    for (const one of many) one.letGo()
    const again = new Set(many.map(() => buffers.take()))
    t.equal(many.filter(one => again.has(one)).length, 16)
  })
})

t.test('bodies are read in large pieces, unless many are under way', async t => {
  const many = Array.from({ length: 33 }, joinForBody)
  const sizes = many.map(({ size }) => size)
  t.strictSame(new Set(sizes.slice(0, 32)), new Set([98_304]))
  t.equal(sizes[32], 32_768)
  many[0]?.leave()
  t.equal(joinForBody().size, 98_304, 'one that is over makes place for another')
  t.equal(joinForBody().size, 32_768)
})
