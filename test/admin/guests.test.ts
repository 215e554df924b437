// Strangers may connect to the admin port and say nothing, everything at once, or never read: probes get through.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { openRawClient, type RawClient } from '../support/raw-client.js'
import type { HttpMessage } from '../support/strict-http.js'
import { startAdmin } from './admin-fixture.js'

t.setTimeout(120_000)

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const limit = 256

/** An address of this machine that is not loopback: who comes from there is a stranger. */
const outside = Object.values(networkInterfaces())
  .flatMap(addresses => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address
const fromOutside = { host: outside ?? '' }

interface From {
  readonly host?: string
  readonly localAddress?: string
}

async function open(t: Test, port: number, from: From = {}) {
  const client = await openRawClient({ port, ...from })
  t.teardown(() => client.destroy())
  return client
}

async function crowd(t: Test, count: number, port: number, from: From = {}): Promise<RawClient[]> {
  const clients: RawClient[] = []
  for (let n = 0; n < count; n++) clients.push(await open(t, port, from))
  return clients
}

const closes = ({ headers }: HttpMessage) =>
  headers.some(([name, value]) => name.toLowerCase() === 'connection' && value === 'close')

async function answersProbe(t: Test, port: number, from: From = {}, why = 'a probe is answered') {
  const probe = await open(t, port, from)
  probe.write(get('/livez'))
  t.match(await probe.response(), { startLine: 'HTTP/1.1 200 OK' }, why)
}

t.test('who says nothing, or only half a head, is asked to leave', async t => {
  const { port } = await startAdmin(t)
  const silent = await open(t, port)
  const half = await open(t, port)
  half.write('GET /livez HTTP/1.1\r\nHost: loc')
  const since = performance.now()
  const busy = await open(t, port)
  busy.write(get('/livez'))
  await busy.response()
  await Promise.all([silent.closed(), half.closed()])
  t.ok(performance.now() - since < 10_000, 'much earlier than the ten seconds of a proxy client')
  busy.write(get('/livez'))
  t.match(await busy.response(1), { startLine: 'HTTP/1.1 200 OK' }, 'who asked may ask again')
})

t.test('when the port is full, the oldest silent connection leaves for a newcomer', async t => {
  const { port } = await startAdmin(t)
  const asked = await open(t, port)
  asked.write(get('/livez'))
  const silent = await crowd(t, limit - 1, port)
  asked.write('GET /livez HTTP/1.1\r\n')
  await answersProbe(t, port)
  t.equal(await Promise.race([silent[0]?.closed(), asked.closed()]), 'reset')
})

t.test('a flood drives out its own, and nobody of another address', async t => {
  const { port } = await startAdmin(t)
  const quiet = await open(t, port, { localAddress: '127.0.0.2' })
  const first = await open(t, port, { localAddress: '127.0.0.3' })
  for (let n = 0; n < 10; n++) {
    // Between its questions it is as silent as the flood.
    quiet.write(get('/livez'))
    t.match(await quiet.response(n), { startLine: 'HTTP/1.1 200 OK' })
    await crowd(t, limit / 8, port, { localAddress: '127.0.0.3' })
  }
  await first.closed()
  await answersProbe(t, port)
})

t.test(
  'strangers never take the last places, which are for this machine',
  { skip: outside === undefined && 'this machine has no address but loopback' },
  async t => {
    const { port } = await startAdmin(t, {}, '0.0.0.0')
    const here = await crowd(t, 32, port)
    const strangers = await crowd(t, limit, port, fromOutside)
    await Promise.all(strangers.slice(0, 32).map(client => client.closed()))
    t.strictSame(
      here.filter(client => client.ending() !== undefined),
      [],
      'nobody of this machine had to leave',
    )
    await answersProbe(t, port)
    await answersProbe(t, port, fromOutside)
  },
)

t.test('pipelined requests are answered in turn, one at a time', async t => {
  let underWay = 0
  let most = 0
  const { port } = await startAdmin(t, {
    metrics: async () => {
      most = Math.max(most, ++underWay)
      await new Promise(setImmediate)
      underWay--
      return { contentType: 'text/plain', text: 'up 1\n' }
    },
  })
  const client = await open(t, port)
  const paths = ['/metrics', '/livez', '/metrics', '/nowhere', '/metrics']
  client.write(paths.map(get).join(''))
  const statuses: string[] = []
  for (const at of paths.keys()) statuses.push((await client.response(at)).startLine.slice(9, 12))
  t.strictSame(statuses, ['200', '200', '200', '404', '200'])
  t.equal(most, 1)
})

t.test('who pipelines without end is cut off', async t => {
  let rendered = 0
  const { port } = await startAdmin(t, {
    metrics: async () => {
      rendered++
      return { contentType: 'text/plain', text: 'up 1\n' }
    },
  })
  const client = await open(t, port)
  client.write(get('/metrics').repeat(2000))
  await client.closed()
  t.ok(rendered <= 17, `${rendered} of 2,000 were looked at`)
  await answersProbe(t, port)
})

t.test('answers that nobody reads take no place for ever', async t => {
  const text = `${'x'.repeat(8 * 1024 * 1024)}\n`
  const { port } = await startAdmin(t, {
    metrics: async () => ({ contentType: 'text/plain', text }),
  })
  const deaf = await crowd(t, 8, port)
  for (const client of deaf) {
    client.pause()
    client.write(get('/metrics'))
  }
  await crowd(t, limit, port)
  await answersProbe(t, port)
  const busy = await crowd(t, limit - 8, port)
  for (const client of busy) client.write('GET /livez HTTP/1.1\r\nHost: a\r\nX: ')
  await answersProbe(t, port, {}, 'with everybody in the middle of something')
})

t.test('who leaves a response unread is cut off', async t => {
  const text = `${'x'.repeat(32 * 1024 * 1024)}\n`
  const { admin, port } = await startAdmin(
    t,
    { metrics: async () => ({ contentType: 'text/plain', text }) },
    '127.0.0.1',
    200,
  )
  const connected = once(admin.server, 'connection')
  const client = await open(t, port)
  const [connection] = (await connected) as [Socket]
  client.write(get('/metrics'))
  await client.head()
  client.pause()
  await once(connection, 'close')
  client.resume()
  await client.closed()
  t.ok(client.received().length < text.length, 'before it was whole')
})

t.test('a body that nobody asked for ends the connection, and nobody waits for it', async t => {
  const { port } = await startAdmin(t)
  for (const [what, head] of [
    [
      'a body that comes drop by drop',
      'POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n',
    ],
    [
      'a chunked one without end',
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n',
    ],
  ] as const) {
    const client = await open(t, port)
    client.write(head)
    t.ok(closes(await client.response()), what)
    await client.closed()
  }
})

t.test('an offer to change the protocol is not taken, and ends the connection', async t => {
  const { port } = await startAdmin(t)
  for (const [what, protocol] of [
    ['HTTP/2', 'h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__'],
    [
      'a WebSocket',
      'websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
    ],
  ] as const) {
    const client = await open(t, port)
    const fields = `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`
    client.write(`GET /livez HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n${get('/readyz')}`)
    const answer = await client.response()
    t.match(answer, { startLine: 'HTTP/1.1 200 OK' }, what)
    t.ok(closes(answer), what)
    await client.closed()
  }
})

t.test(
  'who is gone before it can be asked where it was is nobody of this machine',
  { skip: outside === undefined && 'this machine has no address but loopback' },
  async t => {
    let quits = 0
    const { port } = await startAdmin(
      t,
      { isQuitAllowed: () => true, quit: () => quits++ },
      '0.0.0.0',
    )
    for (let n = 0; n < 50; n++) {
      const client = await open(t, port, fromOutside)
      client.write('POST /quitquitquit HTTP/1.1\r\nHost: localhost\r\n\r\n')
      client.reset()
    }
    await answersProbe(t, port)
    t.equal(quits, 0)
  },
)

t.test('who names this machine and another one, in whatever order, sees no settings', async t => {
  const { port } = await startAdmin(t)
  for (const hosts of [
    ['localhost', 'evil.test'],
    ['evil.test', 'localhost'],
  ]) {
    const client = await open(t, port)
    const lines = hosts.map(host => `Host: ${host}\r\n`).join('')
    client.write(`GET /config HTTP/1.1\r\n${lines}\r\n`)
    t.match(await client.response(), { startLine: /^HTTP\/1\.1 403/ }, hosts.join(', '))
  }
})
