import t from 'tap'
import { createAdmission } from '../../../src/proxy/exchange/forward.js'
import { MadeUpClient, madeUpExchange, madeUpState } from '../made-up-exchange.js'

t.test('a fault of ours in one exchange is that exchange’s alone', async t => {
  const limits = { maxInFlight: 1, maxStreams: 10, maxUpgrades: 10 }
  const admission = createAdmission(limits, () => undefined)
  const errors: unknown[] = []
  const state = madeUpState(admission, errors)
  const sent: string[] = []
  const made = (id: string) => {
    const client = new MadeUpClient()
    const exchange = madeUpExchange(id, client, state)
    exchange.upstream = {
      isSent: true,
      isBehindProxy: false,
      abort: () => undefined,
      start() {
        if (id === 'faulty') throw new Error('ours')
        sent.push(id)
      },
    }
    return { exchange, client }
  }
  const [first, faulty, last] = [made('first'), made('faulty'), made('last')]
  for (const { exchange } of [first, faulty, last]) admission.enter(exchange)
  t.strictSame(sent, ['first'])
  admission.leave(first.exchange)
  t.strictSame(errors, [new Error('ours')], 'it does not fail with the one that made room for it')
  t.equal(faulty.client.status, 500)
  t.strictSame(sent, ['first', 'last'], 'its place is free at once')
})
