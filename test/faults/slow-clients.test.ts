// Clients that hold on to what they take: slow heads, slow bodies, slow reading, silence, floods.
// The limits are set short; what is asserted is who is cut, when, and that nobody else notices. All of
// them together, in large numbers, are in slow-attackers.test.ts.

import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startOthers } from '../support/others.js'
import { memoryOf } from '../support/process-memory.js'
import { openRawClient, type RawClient } from '../support/raw-client.js'
import { type Script, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { statusOf } from '../support/strict-http.js'

const isLinux = process.platform === 'linux' ? false : 'reads /proc'
const mebibyte = 1024 * 1024

/** A limit of 1 s, Node's check once a second, and room for a busy machine. */
const limitMs = 1_000
const graceMs = 6_000

async function setUp(t: Test, flags: readonly string[], script: Script = () => undefined) {
  const others = await startOthers(t)
  const upstream = await startRawUpstream(script, { patienceMs: 60_000 })
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: [...others.flags, ...flags],
    admin: true,
  })
  t.teardown(async () => {
    await sidecar.stop()
    await upstream.close()
  })
  return { sidecar, upstream, others }
}

async function openMany(port: number, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = []
  for (let n = 0; n < count; n++) clients.push(await openRawClient({ port, patienceMs: 60_000 }))
  return clients
}

/** Sends a byte to each every now and then, until all have been closed; how long that took. */
async function drip(clients: readonly RawClient[], byte: string): Promise<number> {
  const begun = performance.now()
  const timer = setInterval(() => {
    for (const client of clients) if (!client.ending()) client.write(byte)
  }, 200)
  await Promise.all(clients.map(client => client.closed()))
  clearInterval(timer)
  return performance.now() - begun
}

t.test('a head that comes a byte at a time is cut at headersTimeout', async t => {
  const { sidecar, others } = await setUp(t, ['--headers-timeout', '1s'])
  await others.unharmed(sidecar.port, async () => {
    const clients = await openMany(sidecar.port, 100)
    for (const client of clients) client.write('GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: ')
    const tookMs = await drip(clients, 'a')
    t.ok(tookMs < limitMs + graceMs, `all were closed in time (${Math.round(tookMs)} ms)`)
    const statuses = clients.flatMap(client => client.responses().map(statusOf))
    t.ok(
      statuses.every(status => status === 408),
      'with 408, or without a word',
    )
  })
})

t.test('a connection on which nothing comes is closed at headersTimeout', async t => {
  const { sidecar, others } = await setUp(t, ['--headers-timeout', '1s'])
  await others.unharmed(sidecar.port, async () => {
    const begun = performance.now()
    const clients = await openMany(sidecar.port, 100)
    await Promise.all(clients.map(client => client.closed()))
    t.ok(performance.now() - begun < limitMs + graceMs, 'all were closed in time')
  })
})

t.test('a body that stops is cut at requestIdleTimeout', async t => {
  const { sidecar, upstream, others } = await setUp(t, ['--request-idle-timeout', '1s'])
  const count = 50
  await others.unharmed(sidecar.port, async () => {
    const clients = await openMany(sidecar.port, count)
    for (const client of clients) {
      client.write('POST /slow HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n')
    }
    // As long as something comes, it is not cut; then it stops.
    for (let byte = 0; byte < 8; byte++) {
      for (const client of clients) client.write('a')
      await new Promise(resolve => setTimeout(resolve, 200))
    }
    t.ok(
      clients.every(client => client.ending() === undefined),
      'slow is not stopped',
    )
    const begun = performance.now()
    await Promise.all(clients.map(client => client.closed()))
    t.ok(performance.now() - begun < limitMs + graceMs, 'all were closed in time')
    t.strictSame([...new Set(clients.flatMap(each => each.responses().map(statusOf)))], [408])
  })
  const slow = () => upstream.connections.filter(each => each.bytes().includes('POST /slow'))
  await upstream.until(
    () => slow().every(({ gone }) => gone !== 'no') || undefined,
    'the sidecar to leave the upstream',
  )
  t.equal(slow().length, count, 'each had reached the upstream')
  t.notOk(
    upstream.requests.some(({ target }) => target === '/slow'),
    'none was made whole',
  )
})

t.test('a client that does not read', { skip: isLinux }, async t => {
  const total = 64 * mebibyte
  const { sidecar, upstream, others } = await setUp(
    t,
    ['--response-idle-timeout', '2s'],
    ({ whenWhole, write, connection: { socket } }) =>
      whenWhole(() => {
        const piece = Buffer.alloc(mebibyte)
        let left = total
        write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
        const more = () => {
          while (left > 0 && !socket.destroyed) {
            left -= piece.length
            if (!socket.write(piece)) return
          }
        }
        socket.on('drain', more)
        more()
      }),
  )
  const clients: Socket[] = []
  const memoryBefore = memoryOf(sidecar.pid).nowMib
  await others.unharmed(sidecar.port, async () => {
    const count = 8
    for (let n = 0; n < count; n++) {
      const socket = connect(sidecar.port, '127.0.0.1')
      socket.on('error', () => socket.destroy())
      socket.pause()
      socket.write('GET /big HTTP/1.1\r\nHost: a.test\r\n\r\n')
      clients.push(socket)
    }
    const serving = () => upstream.connections.filter(each => each.bytes().includes('GET /big'))
    await upstream.until(() => serving().length === count || undefined, 'all requests')
    const begun = performance.now()
    await upstream.until(
      () => serving().every(({ gone }) => gone !== 'no') || undefined,
      'the sidecar to leave the upstream',
    )
    t.ok(performance.now() - begun < 2 * limitMs + graceMs, 'is cut at responseIdleTimeout')
  })
  const grown = memoryOf(sidecar.pid).peakMib - memoryBefore
  t.ok(grown < 64, `memory stays flat (${grown.toFixed(0)} MiB more)`)
  for (const socket of clients) socket.destroy()
})

t.test('more connections than maxConnections', async t => {
  const { sidecar, others } = await setUp(t, ['--max-connections', '50'])
  await others.unharmed(sidecar.port, async () => {
    const sockets: Socket[] = []
    let dropped = 0
    let settled = () => {}
    const all = new Promise<void>(resolve => {
      settled = resolve
    })
    for (let n = 0; n < 100; n++) {
      const socket = connect(sidecar.port, '127.0.0.1')
      socket.on('error', () => socket.destroy())
      // The others hold two of the fifty.
      socket.on('close', () => {
        dropped++
        if (dropped === 50) settled()
      })
      sockets.push(socket)
    }
    await all
    for (const socket of sockets) socket.destroy()
    const metrics = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
    const counted = /connections_dropped_total\{[^}]*\} (\d+)/.exec(metrics)?.[1]
    t.ok(Number(counted) >= 50, `are closed and counted (${counted})`)
  })
})

t.test(
  'a flood within one request is refused, and memory stays flat',
  { skip: isLinux },
  async t => {
    const { sidecar, others } = await setUp(t, [])
    const post = 'POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n'
    const memoryBefore = memoryOf(sidecar.pid).nowMib
    await others.unharmed(sidecar.port, async () => {
      for (const [what, start, piece] of [
        ['of header bytes', 'GET / HTTP/1.1\r\nHost: a.test\r\nX: ', 'a'],
        ['of header lines', 'GET / HTTP/1.1\r\nHost: a.test\r\n', 'X: a\r\n'],
        ['of target bytes', 'GET /', 'a'],
        ['of chunk extensions', `${post}1;`, 'a'],
        ['of trailers', `${post}0\r\nX: `, 'a'],
      ] as const) {
        const [client] = (await openMany(sidecar.port, 1)) as [RawClient]
        client.socket.on('error', () => undefined)
        client.write(start)
        const flood = Buffer.from(piece.repeat(65_536 / piece.length))
        let sent = 0
        while (client.ending() === undefined && sent < 32 * mebibyte) {
          sent += flood.length
          if (!client.socket.write(flood)) await writableOrClosed(client)
        }
        await client.closed()
        const status = client.responses().map(statusOf)[0] ?? 0
        t.ok([0, 400, 413, 414, 431].includes(status), `${what}: ${status || 'closed'}`)
        t.ok(sent < 32 * mebibyte, `${what}: cut after ${Math.round(sent / 1024)} KiB`)
      }
    })
    const grown = memoryOf(sidecar.pid).peakMib - memoryBefore
    t.ok(grown < 64, `(${grown.toFixed(0)} MiB more)`)
  },
)

function writableOrClosed({ socket, until, ending }: RawClient): Promise<unknown> {
  const drained = new Promise(resolve => socket.once('drain', resolve))
  return Promise.race([drained, until(ending, 'the end')])
}
