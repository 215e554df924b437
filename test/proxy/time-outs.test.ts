import t from 'tap'
import type { Flight } from '../../src/proxy/flight.js'
import { isOverdue } from '../../src/proxy/time-outs.js'

const rules = { requestIdleTimeout: 30_000, responseIdleTimeout: 60_000 }
const now = 1_000_000

interface MadeUp {
  readonly phase?: string
  readonly deadline?: number
  readonly requestWaitsSince?: number
  readonly clientBlockedSince?: number
  readonly unsentBefore?: number
  readonly unsent?: number
  readonly isItsTurn?: boolean
}

function made({ unsent = 0, isItsTurn = true, ...changed }: MadeUp): Flight {
  const socket = { writableLength: unsent, _handle: { writeQueueSize: 0 } }
  return {
    phase: 'waiting',
    deadline: 0,
    requestWaitsSince: 0,
    clientBlockedSince: 0,
    unsentBefore: 0,
    req: { socket },
    res: { socket: isItsTurn ? socket : null },
    ...changed,
  } as unknown as Flight
}

t.test('an exchange has waited too long', async t => {
  const past = { deadline: now - 1 }
  for (const [what, changed, overdue] of [
    ['in the queue', { ...past, phase: 'queued' }, 'overloaded'],
    ['for a connection', { ...past, phase: 'connecting' }, 'connect-timeout'],
    ['for a head', { ...past, phase: 'waiting' }, 'head-timeout'],
    ['for the next byte', { ...past, phase: 'streaming' }, 'idle-timeout'],
    ["for the client's next byte", { requestWaitsSince: now - 30_001 }, 'request-idle'],
    [
      'for the client to take a byte',
      { clientBlockedSince: now - 60_001, unsent: 9, unsentBefore: 9 },
      'client-blocked',
    ],
  ] as const) {
    t.test(what, async t => t.equal(isOverdue(made(changed), now, rules), overdue))
  }
})

t.test('it has not', async t => {
  for (const [what, changed] of [
    ['before its deadline', { deadline: now + 1 }],
    ['without one', { deadline: 0 }],
    ['while the body comes', { requestWaitsSince: now - 29_999 }],
    [
      'while the client takes bytes, however slowly',
      { clientBlockedSince: now - 60_001, unsent: 8, unsentBefore: 9 },
    ],
    [
      'while the answer before it on the connection is still being sent',
      { clientBlockedSince: now - 60_001, isItsTurn: false },
    ],
  ] as const) {
    t.test(what, async t => t.equal(isOverdue(made(changed), now, rules), undefined))
  }
  t.test('where there is no limit', async t => {
    const none = { requestIdleTimeout: 0, responseIdleTimeout: 0 }
    const waiting = made({ requestWaitsSince: 1, clientBlockedSince: 1 })
    t.equal(isOverdue(waiting, now, none), undefined)
  })
})

t.test('a client that takes a byte has the whole limit again', async t => {
  const flight = made({ clientBlockedSince: now - 60_001, unsent: 8, unsentBefore: 9 })
  isOverdue(flight, now, rules)
  t.strictSame([flight.clientBlockedSince, flight.unsentBefore], [now, 8])
})
