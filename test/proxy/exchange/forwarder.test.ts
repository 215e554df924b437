import t from 'tap'
import type { Flight } from '../../../src/proxy/exchange/flight.js'
import { createForwardingBase } from '../../../src/proxy/exchange/forwarder.js'

t.test('a fault of ours in one exchange is that exchange’s alone', async t => {
  const { admission } = createForwardingBase(new Map(), 1)
  const sent: string[] = []
  const failed: [string, unknown][] = []
  const made = (id: string) => {
    const forwarder = {
      send: (flight: Flight) => {
        flight.phase = 'connecting'
        if (id === 'faulty') throw new Error('ours')
        sent.push(id)
      },
      failInternally: (_flight: Flight, error: Error) => failed.push([id, error.message]),
    }
    const flight = { id, phase: 'queued', holdsSlot: false, req: {}, res: {}, state: { forwarder } }
    return flight as unknown as Flight
  }
  const [first, faulty, last] = [made('first'), made('faulty'), made('last')]
  for (const flight of [first, faulty, last]) admission.enter(flight)
  t.strictSame(sent, ['first'])
  admission.leave(first)
  t.strictSame(failed, [['faulty', 'ours']], 'it does not fail with the one that made room for it')
  admission.leave(faulty)
  t.strictSame(sent, ['first', 'last'])
})
