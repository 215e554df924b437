// A body that comes as fast as it is read leaves the others their turn.
import { Duplex, Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { RequestBodyRelay } from '../../../src/proxy/exchange/request-body.js'
import { ResponseRelay } from '../../../src/proxy/exchange/response-relay.js'
import { tunnel } from '../../../src/proxy/exchange/tunnel.js'
import type { ResponseHead } from '../../../src/proxy/message/response-head.js'
import { MadeUpClient, madeUpExchange } from '../made-up-exchange.js'

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
        const source = endless()
        const client = new MadeUpClient()
        source.on('data', piece => client.emit('piece', piece))
        client.on('pause', () => source.pause()).on('resume', () => source.resume())
        const request = {
          isOver: false,
          hearSending: () => undefined,
          flushHead: () => undefined,
          end: () => undefined,
          send(sent: Buffer) {
            count(sent.length)
            if (!takesMore) process.nextTick(() => relay.onDrain())
            return takesMore
          },
        }
        const exchange = madeUpExchange('1', client)
        const relay = new RequestBodyRelay(
          exchange,
          request,
          { maxBodySize: undefined, maxHeaderLines: 100 },
          () => undefined,
        )
        relay.start()
        return () => source.destroy()
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
        const request = {
          keep,
          pause: () => {
            flows = false
          },
          resume: () => {
            flows = true
            while (flows && !isOver) relay.relay(piece)
          },
        }
        const client = new MadeUpClient()
        client.takes = sent => {
          count(sent.length)
          if (!takesMore) process.nextTick(() => client.emit('drain'))
          return takesMore
        }
        const relay = new ResponseRelay(madeUpExchange('1', client), request, endlessHead)
        setImmediate(() => request.resume())
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
    const request = { keep, pause: () => undefined, resume: () => resumed++ }
    const client = new MadeUpClient()
    client.takes = () => left-- > 0
    const relay = new ResponseRelay(madeUpExchange('1', client), request, endlessHead)
    for (let n = 0; n < 20; n++) relay.relay(piece)
    return { client, resumed: () => resumed }
  }
  t.test('have it rest once', async t => {
    const { resumed } = relay(20)
    t.equal(resumed(), 0)
    await new Promise(setImmediate)
    t.equal(resumed(), 1)
  })
  t.test('have it wait for the client once', async t => {
    const { client, resumed } = relay(0)
    t.equal(client.listenerCount('drain'), 1)
    client.emit('drain')
    await new Promise(setImmediate)
    t.equal(resumed(), 1)
  })
  t.test('have it rest until the client takes more', async t => {
    const { client, resumed } = relay(10)
    await new Promise(setImmediate)
    t.equal(resumed(), 0)
    client.emit('drain')
    t.equal(resumed(), 1)
  })
})

const keep = (bytes: Buffer) => ({ bytes, letGo: () => undefined })

const endlessHead: ResponseHead = {
  status: 200,
  reason: 'OK',
  version: '1.1',
  fields: [],
  connection: undefined,
  isChunked: true,
  length: undefined,
}

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
