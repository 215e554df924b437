// A body that comes as fast as it is read leaves the others their turn.
import { EventEmitter } from 'node:events'
import { Duplex, Readable } from 'node:stream'
import t, { type Test } from 'tap'
import type { Flight } from '../../../src/proxy/exchange/flight.js'
import { type RelayRules, relayBody } from '../../../src/proxy/exchange/relay-response.js'
import { RequestBodyRelay } from '../../../src/proxy/exchange/request-body.js'
import { tunnel } from '../../../src/proxy/exchange/tunnel.js'
import type { ResponseHead } from '../../../src/proxy/http1/parser.js'
import type { UpstreamExchange } from '../../../src/proxy/http1/request.js'
import { upstreamRules } from '../made-up-request.js'

const share = 256 * 1_024
const piece = Buffer.alloc(64 * 1_024)
const turns = 10

/** What reads without an end, for there is always more. */
const endless = () =>
  new Readable({
    read() {
      this.push(Buffer.alloc(piece.length))
    },
  })

/** Counts the bytes of each turn of the event loop, and ends after some. */
class Counter {
  readonly perTurn: number[] = []
  private inTurn = 0
  private readonly onDone: () => void

  constructor(onDone: () => void) {
    this.onDone = onDone
  }

  count(bytes: number): void {
    if (this.inTurn === 0) setImmediate(() => this.next())
    this.inTurn += bytes
    if (this.inTurn > 100 * share) throw new Error('It never rests.')
  }

  private next(): void {
    this.perTurn.push(this.inTurn)
    this.inTurn = 0
    if (this.perTurn.length === turns) this.onDone()
  }
}

async function rests(t: Test, start: (count: (bytes: number) => void) => () => void) {
  const perTurn = await new Promise<readonly number[]>(resolve => {
    const counter = new Counter(() => {
      stop()
      resolve(counter.perTurn)
    })
    const stop = start(bytes => counter.count(bytes))
  })
  t.strictSame(perTurn, Array(turns).fill(share))
}

t.test('a request body', async t => {
  for (const [what, takesMore] of [
    ['that the upstream takes', true],
    ['whose upstream drains at once', false],
  ] as const) {
    t.test(what, async t => {
      await rests(t, count => {
        const req = endless()
        const exchange = {
          hearSending: () => undefined,
          flushHead: () => undefined,
          send(sent: Buffer) {
            count(sent.length)
            if (!takesMore) process.nextTick(() => relay.onDrain())
            return takesMore
          },
        } as unknown as UpstreamExchange
        const flight = { req, bytesIn: 0, phase: 'waiting' } as unknown as Flight
        const rules = { ...upstreamRules, maxBodySize: undefined, upstreamTimeout: 0 }
        const relay = new RequestBodyRelay(flight, exchange, rules, () => undefined)
        relay.start()
        return () => req.destroy()
      })
    })
  }
})

t.test('a response body', async t => {
  for (const [what, takesMore] of [
    ['that the client takes', true],
    ['whose client drains at once', false],
  ] as const) {
    t.test(what, async t => {
      await rests(t, count => {
        let flows = true
        let isOver = false
        const exchange = {
          keep: (bytes: Buffer) => ({ bytes, letGo: () => undefined }),
          pause: () => {
            flows = false
          },
          resume: () => {
            flows = true
            while (flows && !isOver) relayBody(flight, exchange, piece, endlessHead, relayRules)
          },
        } as unknown as UpstreamExchange
        const res = {
          write: (sent: Buffer) => {
            count(sent.length)
            return takesMore
          },
          once: (_event: 'drain', drained: () => void) => process.nextTick(drained),
        }
        const flight = { res, bytesOut: 0, clientBlockedSince: 0 } as unknown as Flight
        setImmediate(() => exchange.resume())
        return () => {
          isOver = true
        }
      })
    })
  }
})

t.test('many pieces that were read in one go', async t => {
  /** Relays some, of which the client takes so many. */
  const relay = (taken: number) => {
    let left = taken
    let resumed = 0
    const exchange = {
      keep: (bytes: Buffer) => ({ bytes, letGo: () => undefined }),
      pause: () => undefined,
      resume: () => resumed++,
    } as unknown as UpstreamExchange
    const res = Object.assign(new EventEmitter(), { write: () => left-- > 0 })
    const flight = { res, bytesOut: 0, clientBlockedSince: 0 } as unknown as Flight
    for (let n = 0; n < 20; n++) relayBody(flight, exchange, piece, endlessHead, relayRules)
    return { res, resumed: () => resumed }
  }
  t.test('have it rest once', async t => {
    const { resumed } = relay(20)
    t.equal(resumed(), 0)
    await new Promise(setImmediate)
    t.equal(resumed(), 1)
  })
  t.test('have it wait for the client once', async t => {
    const { res, resumed } = relay(0)
    t.equal(res.listenerCount('drain'), 1)
    res.emit('drain')
    await new Promise(setImmediate)
    t.equal(resumed(), 1)
  })
  t.test('have it rest until the client takes more', async t => {
    const { res, resumed } = relay(10)
    await new Promise(setImmediate)
    t.equal(resumed(), 0)
    res.emit('drain')
    t.equal(resumed(), 1)
  })
})

const endlessHead = { length: undefined } as ResponseHead
const relayRules = { upstreamIdleTimeout: 0 } as RelayRules

t.test('what goes through a tunnel', async t => {
  await rests(t, count => {
    const from = Duplex.from({ readable: endless() })
    const to = new Duplex({
      write(sent: Buffer, _encoding, done) {
        count(sent.length)
        done()
      },
      read: () => undefined,
    })
    const ignore = () => undefined
    tunnel(from, to, { countUp: ignore, countDown: ignore, onClosed: ignore })
    return () => from.destroy()
  })
})
