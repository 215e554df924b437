import t from 'tap'
import { Admission } from '../../../src/proxy/exchange/admission.js'
import type { Flight } from '../../../src/proxy/exchange/flight.js'

/** An exchange as far as admission knows it; what begins has left the queue. */
function made(name: string): Flight {
  return { id: name, phase: 'queued', began: 0, deadline: 0, holdsSlot: false } as unknown as Flight
}

function admission(limit: number) {
  const begun: string[] = []
  const door = new Admission(limit, flight => {
    flight.phase = 'connecting'
    begun.push(flight.id)
  })
  return { door, begun }
}

t.test('so many are at the upstream at one time; the next wait in their order', async t => {
  const { door, begun } = admission(2)
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(made) as [Flight, Flight, Flight, Flight]
  for (const flight of [a, b, c, d]) t.equal(door.enter(flight), true)
  t.strictSame(begun, ['a', 'b'])
  t.ok(c.deadline > performance.now(), 'it waits for a moment only')
  t.ok(c.deadline <= performance.now() + 1_000)
  door.leave(b)
  t.strictSame(begun, ['a', 'b', 'c'])
  t.ok(c.queuedMs > 0, 'the wait is told')
  door.leave(b)
  t.strictSame(begun, ['a', 'b', 'c'], 'a slot is given back once')
  door.leave(a)
  t.strictSame(begun, ['a', 'b', 'c', 'd'])
  for (const flight of [c, d]) door.leave(flight)
  t.equal(door.inFlight, 0)
})

t.test('one that leaves the queue is not begun', async t => {
  const { door, begun } = admission(1)
  const [a, b, c] = ['a', 'b', 'c'].map(made) as [Flight, Flight, Flight]
  for (const flight of [a, b, c]) door.enter(flight)
  door.leave(b)
  door.leave(a)
  t.strictSame(begun, ['a', 'c'])
})

t.test('when 256 wait already, the next is turned away', async t => {
  const { door } = admission(1)
  for (let n = 0; n <= 256; n++) t.equal(door.enter(made(String(n))), true)
  t.equal(door.enter(made('one more')), false)
})
