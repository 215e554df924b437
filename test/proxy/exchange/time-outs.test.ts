import t from 'tap'
import type { Flight } from '../../../src/proxy/exchange/flight.js'
import { isOverdue } from '../../../src/proxy/exchange/time-outs.js'

const rules = { requestIdleTimeout: 30_000, responseIdleTimeout: 60_000 }
const now = 1_000_000

interface MadeUp {
  readonly phase?: string
  readonly deadline?: number
  readonly requestWaitsSince?: number
  readonly clientBlockedSince?: number
  readonly clientProgress?: { readonly idleMs: number }
}

function made(changed: MadeUp): Flight {
  return {
    phase: 'waiting',
    deadline: 0,
    requestWaitsSince: 0,
    clientBlockedSince: 0,
    clientProgress: undefined,
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
      { clientBlockedSince: now - 90_000, clientProgress: { idleMs: 60_001 } },
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
      { clientBlockedSince: now - 90_000, clientProgress: { idleMs: 59_999 } },
    ],
    ['before the client has been looked at', { clientBlockedSince: now - 90_000 }],
    ['once the client has taken all', { clientProgress: { idleMs: 60_001 } }],
  ] as const) {
    t.test(what, async t => t.equal(isOverdue(made(changed), now, rules), undefined))
  }
  t.test('where there is no limit', async t => {
    const none = { requestIdleTimeout: 0, responseIdleTimeout: 0 }
    const waiting = made({
      requestWaitsSince: 1,
      clientBlockedSince: 1,
      clientProgress: { idleMs: now },
    })
    t.equal(isOverdue(waiting, now, none), undefined)
  })
})
