// One connection to the upstream: what it carries, and when it is dropped rather than used again.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { cachedLookup } from '../../../src/proxy/http1/lookup.js'
import { UpstreamAgent } from '../../../src/proxy/http1/pool.js'
import { UpstreamExchange } from '../../../src/proxy/http1/request.js'
import type { UpstreamEvents } from '../../../src/proxy/http1/upstream-events.js'
import { destinationOf, type UpstreamAddress } from '../../../src/proxy/message/address.js'

/** An upstream that does this with each connection whenever bytes come on it. */
async function upstream(t: Test, onBytes: (socket: Socket, seen: string) => void) {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    let seen = ''
    sockets.push(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', bytes => {
      seen += bytes.toString('latin1')
      onBytes(socket, seen)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: UpstreamAddress = {
    protocol: 'http:',
    hostname: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    socketPath: undefined,
    basePath: '',
  }
  const agent = new UpstreamAgent(destinationOf(address, { insecure: false }), cachedLookup())
  t.teardown(() => {
    agent.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { agent, sockets }
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const ignore = () => undefined
const reading = { maxHeadSize: 65_536, isStrict: false }

/** Asks; resolves with what was thrown, lost or answered, once the connection is done with it. */
function ask(
  agent: UpstreamAgent,
  events: (exchange: UpstreamExchange) => Partial<UpstreamEvents> = () => ({}),
  isWhole = true,
) {
  return new Promise<unknown>(resolve => {
    const settle = (result: unknown) => setImmediate(resolve, result)
    const heard: UpstreamEvents = {
      ...{
        onSent: ignore,
        onConnected: ignore,
        onRepair: ignore,
        onInterim: ignore,
        onHead: ignore,
        onBody: ignore,
      },
      ...{ onSwitch: ignore, onFault: settle, onThrown: settle },
      onEnd: () => settle('answered'),
      onLost: (error, hadBytes) => settle(error ?? `lost ${hadBytes}`),
    }
    const head = 'POST / HTTP/1.1\r\nHost: a\r\n\r\n'
    const exchange = new UpstreamExchange('POST', head, false, reading, heard)
    Object.assign(heard, events(exchange))
    agent.start(exchange, 'any')
    if (isWhole) exchange.end()
    else exchange.flushHead()
  })
}

t.test('a fault of ours is told to the exchange that it happened in', async t => {
  const wrong = new Error('wrong')
  const fail = () => {
    throw wrong
  }
  for (const name of ['onConnected', 'onInterim', 'onHead', 'onBody', 'onEnd'] as const) {
    t.test(name, async t => {
      const { agent, sockets } = await upstream(t, socket =>
        socket.write(`HTTP/1.1 103 E\r\n\r\n${ok}`),
      )
      t.equal(await ask(agent, () => ({ [name]: fail })), wrong)
      t.equal(await ask(agent), 'answered', 'and the next one goes on')
      t.ok(sockets.length <= 2)
    })
  }
  t.test('onLost', async t => {
    const { agent } = await upstream(t, socket => socket.destroy())
    t.equal(await ask(agent, () => ({ onLost: fail })), wrong)
  })
})

t.test('a connection is not used again', async t => {
  for (const [what, answer] of [
    ['after an answer that says so', ok.replace('OK\r\n', 'OK\r\nConnection: close\r\n')],
    ['after bytes behind an answer', `${ok}more`],
    ['after an answer that ends with it', 'HTTP/1.1 200 OK\r\n\r\nok'],
  ] as const) {
    t.test(what, async t => {
      const { agent, sockets } = await upstream(t, socket => {
        socket.write(answer)
        if (answer.endsWith('\r\n\r\nok') && !answer.includes('Length')) socket.end()
      })
      t.equal(await ask(agent), 'answered')
      t.equal(await ask(agent), 'answered')
      t.equal(sockets.length, 2)
    })
  }
  t.test('before the request on it has been sent whole', async t => {
    const { agent, sockets } = await upstream(t, socket => socket.write(ok))
    t.equal(await ask(agent, undefined, false), 'answered')
    t.equal(await ask(agent), 'answered')
    t.equal(sockets.length, 2)
  })
})

t.test('an exchange that is given up hears no more', async t => {
  const { agent, sockets } = await upstream(t, socket => socket.write(ok))
  let exchange: UpstreamExchange | undefined
  const heard: string[] = []
  await new Promise<void>(resolve => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    exchange = new UpstreamExchange('GET', head, false, reading, {
      ...{
        onRepair: ignore,
        onSent: ignore,
        onConnected: ignore,
        onInterim: ignore,
        onSwitch: ignore,
        onFault: ignore,
      },
      onHead: () => {
        exchange?.abort()
        setImmediate(resolve)
      },
      onBody: () => heard.push('body'),
      onEnd: () => heard.push('end'),
      onLost: () => heard.push('lost'),
      onThrown: () => heard.push('thrown'),
    })
    agent.start(exchange, 'any')
    exchange.end()
  })
  await once(sockets[0] as Socket, 'close')
  t.strictSame(heard, [])
  t.equal(agent.size, 0)
})

t.test('an answer that has come is read after the upstream refuses to take more', async t => {
  // Much more than the buffers of two sockets hold.
  const body = Buffer.alloc(20_000_000)
  const upload = async (t: Test, answer: string) => {
    const { agent } = await upstream(t, socket => {
      // Closed with bytes unread: the kernel resets the connection.
      socket.pause().write(answer, () => socket.destroy())
    })
    let heard = ''
    const outcome = await ask(
      agent,
      exchange => {
        setImmediate(() => exchange.send(body, undefined))
        return {
          onBody: piece => {
            heard += piece
          },
        }
      },
      false,
    )
    while (agent.size > 0) await new Promise(setImmediate)
    return [outcome, heard]
  }
  for (let n = 0; n < 20; n++) t.strictSame(await upload(t, ok), ['answered', 'ok'])
  t.test('unless it ends with the connection, which was reset', async t => {
    const [outcome, heard] = await upload(t, 'HTTP/1.1 200 OK\r\n\r\nok')
    // Whether its end or the reset is seen first, the system decides.
    if (outcome === 'answered') t.equal(heard, 'ok')
    else t.match(outcome, { code: /^(ECONNRESET|EPIPE)$/ })
  })
})

const mebibyte = 1_024 * 1_024
const largeBody = randomBytes(mebibyte)
const large = (sent = largeBody) =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${mebibyte}\r\n\r\n`), sent])

t.test('bytes of a body that are kept stay as they are', async t => {
  for (const size of [1_000, 10_000, 100_000, mebibyte]) {
    t.test(`sent ${size} at a time`, async t => {
      const { agent } = await upstream(t, async socket => {
        const bytes = large()
        for (let at = 0; at < bytes.length; at += size) {
          socket.write(bytes.subarray(at, at + size))
          await new Promise(setImmediate)
        }
      })
      const kept: Buffer[] = []
      t.equal(
        await ask(agent, exchange => ({
          onBody: piece => kept.push(exchange.keep(piece).bytes),
        })),
        'answered',
      )
      t.ok(Buffer.concat(kept).equals(largeBody))
    })
  }
})

t.test('a body that is over makes place for another to be read in large pieces', async t => {
  // More than there are places.
  const many = Array.from({ length: 40 })
  const whole = (t: Test) => upstream(t, socket => socket.write(large()))
  const largestPiece = async (t: Test) => {
    const { agent } = await whole(t)
    let largest = 0
    const onBody = (piece: Buffer) => {
      largest = Math.max(largest, piece.length)
    }
    t.equal(await ask(agent, () => ({ onBody })), 'answered')
    return largest
  }

  t.test('when it is whole and its connection stays open', async t => {
    const { agent } = await whole(t)
    const outcomes = await Promise.all(many.map(() => ask(agent)))
    t.strictSame(new Set(outcomes), new Set(['answered']))
    t.equal(agent.size, many.length)
    t.ok((await largestPiece(t)) > 32_768)
  })
  t.test('when it is cut', async t => {
    const { agent } = await upstream(t, socket => socket.end(large(largeBody.subarray(1))))
    const outcomes = await Promise.all(many.map(() => ask(agent)))
    t.strictSame(new Set(outcomes), new Set(['lost true']))
    t.ok((await largestPiece(t)) > 32_768)
  })
})
