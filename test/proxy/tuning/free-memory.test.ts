import t from 'tap'
import { freeing } from '../../../src/proxy/tuning/free-memory.js'

t.test('a piece that has its memory for itself is freed when it is sent', async t => {
  const size = 64 * 1024 * 1024
  const piece = Buffer.alloc(size)
  const sent = freeing(piece)
  t.equal(piece.length, size, 'not before')
  const before = process.memoryUsage().arrayBuffers
  sent?.()
  t.equal(piece.length, 0)
  const freed = before - process.memoryUsage().arrayBuffers
  t.ok(freed >= size, `${freed} bytes, without waiting for the garbage collector`)
})

t.test('others keep what they share with it', async t => {
  const whole = Buffer.alloc(65_536)
  t.equal(freeing(whole.subarray(1)), undefined)
  t.equal(freeing(whole.subarray(0, -1)), undefined)
})

t.test('what is small is left to the garbage collector', async t => {
  t.equal(freeing(Buffer.alloc(4_095)), undefined)
  t.equal(freeing(Buffer.alloc(0)), undefined)
  t.type(freeing(Buffer.alloc(4_096)), 'function')
})
