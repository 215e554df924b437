import t, { type Test } from 'tap'
import { Deadlines } from '../../../src/proxy/exchange/deadlines.js'
import type { Flight } from '../../../src/proxy/exchange/flight.js'

const made = (changed: Partial<Flight> = {}) =>
  ({ deadline: 0, requestWaitsSince: 0, clientBlockedSince: 0, ...changed }) as unknown as Flight

/** Timers and the monotonic clock by hand: `pass` runs one tick, so many milliseconds later. */
function byHand(t: Test) {
  const real = {
    now: performance.now,
    set: globalThis.setInterval,
    clear: globalThis.clearInterval,
  }
  let now = 1_000
  let tick: (() => void) | undefined
  performance.now = () => now
  globalThis.setInterval = ((run: () => void) => {
    tick = run
    return { unref: () => ({}) }
  }) as unknown as typeof setInterval
  globalThis.clearInterval = () => {
    tick = undefined
  }
  t.teardown(() => {
    performance.now = real.now
    globalThis.setInterval = real.set
    globalThis.clearInterval = real.clear
  })
  return {
    isRunning: () => tick !== undefined,
    pass(ms: number) {
      now += ms
      tick?.()
    },
  }
}

t.test('every exchange under way is looked at on each tick, until it ends', async t => {
  const { pass, isRunning } = byHand(t)
  const seen: [Flight, number][] = []
  const deadlines = new Deadlines((flight, now) => seen.push([flight, now]))
  t.equal(isRunning(), false, 'nothing to watch, no timer')
  const [one, other] = [made(), made()]
  deadlines.watch(one)
  deadlines.watch(other)
  pass(100)
  t.strictSame(new Set(seen.map(([flight]) => flight)), new Set([one, other]))
  t.strictSame(
    seen.map(([, now]) => now),
    [1_100, 1_100],
  )
  deadlines.forget(one)
  const left: Flight[] = []
  deadlines.each(flight => left.push(flight))
  t.strictSame(left, [other])
  pass(100)
  t.equal(seen.length, 3)
  deadlines.forget(other)
  pass(100)
  t.equal(isRunning(), false, 'the timer goes with the last one')
})

t.test('a stall of the process itself ends nobody', async t => {
  const { pass } = byHand(t)
  const seen: Flight[] = []
  const deadlines = new Deadlines(flight => seen.push(flight))
  const clientProgress = { taken: 9, takenAt: 800, idleMs: 200 }
  const times = { deadline: 1_500, requestWaitsSince: 900, clientBlockedSince: 0 }
  const flight = made({ ...times, clientProgress })
  deadlines.watch(flight)
  pass(30_100)
  t.strictSame(seen, [], 'nobody is judged by time that we slept through')
  t.match(flight, { deadline: 31_500, requestWaitsSince: 30_900, clientBlockedSince: 0 })
  t.equal(clientProgress.takenAt, 30_800)
  pass(100)
  t.strictSame(seen, [flight], 'from then on as before')
})

t.test('an exchange may end while all are looked at', async t => {
  const { pass } = byHand(t)
  const seen: Flight[] = []
  const deadlines = new Deadlines(flight => {
    seen.push(flight)
    deadlines.forget(flight)
  })
  const flights = [made(), made(), made()]
  for (const flight of flights) deadlines.watch(flight)
  pass(100)
  t.strictSame(new Set(seen), new Set(flights), 'each is seen once')
  t.equal(seen.length, 3)
  t.equal(deadlines.size, 0)
})

t.test('a late tick is no stall', async t => {
  const { pass } = byHand(t)
  const seen: Flight[] = []
  const deadlines = new Deadlines(flight => seen.push(flight))
  deadlines.watch(made())
  pass(400)
  t.equal(seen.length, 1)
})
