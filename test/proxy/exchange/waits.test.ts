import t, { type Test } from 'tap'
import { Wait } from '../../../src/proxy/exchange/wait.js'
import { Waits } from '../../../src/proxy/exchange/waits.js'

const made = () => ({ wait: new Wait() })
type One = ReturnType<typeof made>

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
  const seen: [One, number][] = []
  const waits = new Waits<One>((one, now) => seen.push([one, now]))
  t.equal(isRunning(), false, 'nothing to watch, no timer')
  const [one, other] = [made(), made()]
  waits.watch(one)
  waits.watch(other)
  pass(100)
  t.strictSame(new Set(seen.map(([one]) => one)), new Set([one, other]))
  t.strictSame(
    seen.map(([, now]) => now),
    [1_100, 1_100],
  )
  waits.forget(one)
  const left: One[] = []
  waits.each(one => left.push(one))
  t.strictSame(left, [other])
  pass(100)
  t.equal(seen.length, 3)
  waits.forget(other)
  pass(100)
  t.equal(isRunning(), false, 'the timer goes with the last one')
})

t.test('a stall of the process itself ends nobody', async t => {
  const { pass } = byHand(t)
  const seen: One[] = []
  const waits = new Waits<One>(one => seen.push(one))
  const one = made()
  one.wait.forHead(500)
  waits.watch(one)
  pass(30_100)
  t.strictSame(seen, [], 'nobody is judged by time that we slept through')
  const limits = { requestIdleTimeout: 0, responseIdleTimeout: 0 }
  t.equal(one.wait.overdue(31_400, limits), undefined)
  t.equal(one.wait.overdue(31_700, limits), 'head')
  pass(100)
  t.strictSame(seen, [one], 'from then on as before')
})

t.test('an exchange may end while all are looked at', async t => {
  const { pass } = byHand(t)
  const seen: One[] = []
  const waits = new Waits<One>(one => {
    seen.push(one)
    waits.forget(one)
  })
  const ones = [made(), made(), made()]
  for (const one of ones) waits.watch(one)
  pass(100)
  t.strictSame(new Set(seen), new Set(ones), 'each is seen once')
  t.equal(seen.length, 3)
  t.equal(waits.size, 0)
})

t.test('a late tick is no stall', async t => {
  const { pass } = byHand(t)
  const seen: One[] = []
  const waits = new Waits<One>(one => seen.push(one))
  waits.watch(made())
  pass(400)
  t.equal(seen.length, 1)
})
