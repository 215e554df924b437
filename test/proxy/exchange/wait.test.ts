import t, { type Test } from 'tap'
import {
  type Overdue,
  Wait,
  type WaitRules,
  whenOverdue,
} from '../../../src/proxy/exchange/wait.js'

const rules: WaitRules = { requestIdleTimeout: 30_000, responseIdleTimeout: 60_000 }
const noLimits: WaitRules = { requestIdleTimeout: 0, responseIdleTimeout: 0 }

/** What a wait that was brought into a state is overdue for, so many milliseconds later. */
function overdueAfter(ms: number, enter: (wait: Wait, now: number) => void, held = rules) {
  const wait = new Wait()
  enter(wait, performance.now())
  return wait.overdue(performance.now() + ms, held)
}

/** A reader that was looked at and had taken nothing for so long. */
const idleReader = (ms: number) => (wait: Wait, now: number) => {
  wait.forReader()
  wait.noteReading(9, now, true)
  wait.noteReading(9, now + ms, true)
}

t.test('an exchange has waited too long', async t => {
  for (const [what, enter, after, overdue] of [
    ['in the queue', wait => wait.forSlot(100), 101, 'slot'],
    ['for a connection', wait => wait.forConnection(100), 101, 'connection'],
    ['for a head', wait => wait.forHead(100), 101, 'head'],
    ['for the next byte', wait => wait.forBody(100), 101, 'body'],
    ["for the client's next byte", wait => wait.forRequestBody(), 30_001, 'request-body'],
    ['for the client to take a byte', idleReader(60_001), 0, 'reader'],
    ['for a byte of an upgrade', wait => wait.forTraffic(100), 101, 'upgrade'],
  ] as readonly (readonly [string, (wait: Wait, now: number) => void, number, Overdue])[]) {
    t.test(what, async t => {
      t.equal(overdueAfter(after, enter), overdue)
      t.ok(whenOverdue[overdue], 'the table says what becomes of it')
    })
  }
})

t.test('it has not', async t => {
  const states: readonly (readonly [string, (wait: Wait, now: number) => void, number])[] = [
    ['before its time', wait => wait.forHead(100), 50],
    ['without a limit', wait => wait.forBody(0), 1e9],
    ['while the request body comes', wait => wait.forRequestBody(), 29_000],
    ['while the client takes bytes, however slowly', idleReader(59_000), 0],
    ['before the client has been looked at', wait => wait.forReader(), 90_000],
    [
      'for the head while the client still sends its body',
      wait => {
        wait.forRequestBody()
        wait.forHead(100)
      },
      1_000,
    ],
    [
      'once it is over',
      wait => {
        wait.forHead(1)
        wait.forRequestBody()
        wait.end()
      },
      1e9,
    ],
  ]
  for (const [what, enter, after] of states) {
    t.test(what, async t => t.equal(overdueAfter(after, enter), undefined))
  }
  t.test('where there is no limit for clients', async t => {
    t.equal(
      overdueAfter(1e9, wait => wait.forRequestBody(), noLimits),
      undefined,
    )
    t.equal(overdueAfter(0, idleReader(1e9), noLimits), undefined)
  })
})

t.test('the limit of the head runs from the last byte of the request body', async t => {
  const wait = new Wait()
  wait.forRequestBody()
  wait.forHead(100)
  wait.hasRequestBody()
  t.equal(wait.overdue(performance.now() + 101, rules), 'head')
})

t.test('a sign of life gives the present stage as long again', async (t: Test) => {
  const wait = new Wait()
  wait.forTraffic(100)
  const before = performance.now()
  while (performance.now() < before + 2);
  wait.extend()
  t.equal(wait.overdue(before + 101, rules), undefined)
})

t.test('a reader that had been waited for before starts anew', async t => {
  const wait = new Wait()
  idleReader(90_000)(wait, performance.now())
  t.equal(wait.overdue(performance.now(), rules), 'reader')
  wait.forBody(0)
  wait.forReader()
  t.equal(wait.overdue(performance.now(), rules), undefined)
})

t.test('a reader whose turn it is not yet is not to blame', async t => {
  const wait = new Wait()
  wait.forReader()
  for (const now of [0, 90_000, 180_000]) wait.noteReading(9, now, false)
  t.equal(wait.overdue(180_000, rules), undefined)
})

t.test('a stall of the process moves every time', async t => {
  const wait = new Wait()
  wait.forConnection(100)
  wait.forRequestBody()
  wait.shift(90_000)
  t.equal(wait.overdue(performance.now() + 90_050, rules), undefined)
  t.equal(wait.overdue(performance.now() + 90_101, rules), 'connection')
})
