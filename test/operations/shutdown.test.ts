// A stop in every state: nothing accepted is lost, the limits hold, and the exit code says why.
import t, { type Test } from 'tap'
import { openRawClient, type RawClient } from '../support/raw-client.js'
import { answer, okAnswer, type Script, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example.com\r\n\r\n'
const upgrade = get.replace(
  '\r\n\r\n',
  '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
)

async function start(t: Test, script: Script = answer(okAnswer), flags: readonly string[] = []) {
  const upstream = await startRawUpstream(script)
  t.teardown(() => upstream.close())
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: ['--allow-origin', 'https://app.example.com', ...flags],
    admin: true,
  })
  t.teardown(() => sidecar.stop())
  const connect = async (): Promise<RawClient> => {
    const client = await openRawClient({ port: sidecar.port })
    t.teardown(() => client.destroy())
    return client
  }
  /** SIGTERM; resolves once it has been taken notice of. */
  const terminate = async () => {
    sidecar.signal('SIGTERM')
    await sidecar.log(({ event }) => event === 'draining', 'the start of the drain')
  }
  const ready = async () => (await fetch(`${sidecar.adminUrl}/readyz`)).status
  return { upstream, sidecar, connect, terminate, ready }
}

/** Answers when it is told to. */
function holding() {
  let release: () => void = () => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  const script: Script = ({ whenWhole, write }) =>
    whenWhole(() => {
      released.then(() => write(okAnswer))
    })
  return { script, release: () => release() }
}

function headerOf(text: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1]
}

t.test('with nothing to do, it exits at once', async t => {
  const { sidecar, terminate, connect } = await start(t)
  const idle = await connect()
  idle.write(get)
  await idle.response()
  await terminate()
  t.match(await sidecar.exited(), { code: 0 })
  t.equal(await idle.closed(), 'fin')
  t.ok(sidecar.logs.some(({ event }) => event === 'drained'))
})

t.test('what is under way is finished', async t => {
  const held = holding()
  const { upstream, sidecar, connect, terminate } = await start(t, held.script)
  const client = await connect()
  client.write(get)
  await upstream.until(() => upstream.requests[0], 'the request')
  await terminate()
  held.release()
  await client.response()
  const text = client.received().toString('latin1')
  t.match(text, /^HTTP\/1\.1 200 .*\r\n\r\nok$/s)
  t.equal(headerOf(text, 'Access-Control-Allow-Origin'), 'https://app.example.com')
  t.equal(headerOf(text, 'Connection'), 'close')
  t.match(await sidecar.exited(), { code: 0 })
})

t.test('during the delay it is not ready, yet serves old and new connections', async t => {
  const flags = ['--shutdown-delay', '1s']
  const { sidecar, connect, terminate, ready } = await start(t, undefined, flags)
  const old = await connect()
  old.write(get)
  await old.response()
  t.equal(await ready(), 200)
  await terminate()
  t.equal(await ready(), 503, 'at once')
  old.write(get)
  await old.response(1)
  const fresh = await connect()
  fresh.write(get)
  await fresh.response()
  t.equal(headerOf(fresh.received().toString('latin1'), 'Connection'), 'close')
  t.equal(await old.closed(), 'fin')
  t.equal(await fresh.closed(), 'fin')
  t.equal((await fetch(`${sidecar.adminUrl}/livez`)).status, 200, 'alive to the end')
  t.match(await sidecar.exited(), { code: 0 })
})

t.test('what does not end is cut when the time is over', async t => {
  for (const [what, script, bytes] of [
    ['an upstream that never answers', () => undefined, get],
    [
      'a body that never ends',
      ({ write }) => write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok'),
      get,
    ],
    [
      'an upload that stopped',
      () => undefined,
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nab',
    ],
  ] as const satisfies readonly (readonly [string, Script, string])[]) {
    t.test(what, async t => {
      const { upstream, sidecar, connect, terminate } = await start(t, script, [
        '--shutdown-timeout',
        '300ms',
      ])
      const client = await connect()
      client.write(bytes)
      await upstream.until(() => upstream.begun[0], 'the request')
      const began = performance.now()
      await terminate()
      t.match(await sidecar.exited(), { code: 0 })
      t.ok(performance.now() - began < 5000, 'within its limit')
      t.ok(await client.closed())
    })
  }
})

t.test('a connection without a whole request does not hold it up', async t => {
  for (const [what, bytes] of [
    ['one that has sent nothing', ''],
    ['one that has sent half a head', 'GET / HTTP/1.1\r\nHost: loc'],
  ] as const) {
    t.test(what, async t => {
      const { sidecar, connect, terminate } = await start(t)
      const client = await connect()
      client.write(bytes)
      // A second connection that is served shows that the first has been seen.
      const other = await connect()
      other.write(get)
      await other.response()
      const began = performance.now()
      await terminate()
      t.match(await sidecar.exited(), { code: 0 })
      t.ok(performance.now() - began < 10_000, 'long before the time is over')
      t.ok(await client.closed())
    })
  }
})

t.test('an open upgrade is told to close', async t => {
  const { upstream, sidecar, connect, terminate } = await start(t, ({ write }) =>
    write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  )
  const client = await connect()
  client.write(upgrade)
  await sidecar.log(({ event }) => event === 'upgrade-opened', 'the upgrade')
  await terminate()
  t.equal(await client.closed(), 'fin')
  client.end()
  t.match(await sidecar.exited(), { code: 0 })
  t.not(upstream.connections[0]?.gone, 'no')
})

t.test('an inspector that watches does not hold it up', async t => {
  const { sidecar, terminate } = await start(t, undefined, ['--inspect', 'true'])
  const events = await fetch(`${sidecar.adminUrl}/inspect/events`)
  t.equal(events.status, 200)
  await terminate()
  t.match(await sidecar.exited(), { code: 0 })
})

t.test('a second signal ends it at once', async t => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    t.test(signal, async t => {
      const { upstream, sidecar, connect, terminate } = await start(t, () => undefined)
      const client = await connect()
      client.write(get)
      await upstream.until(() => upstream.requests[0], 'the request')
      const began = performance.now()
      await terminate()
      // Pressed until it works: two signals at the same moment count as one.
      const pressing = setInterval(() => sidecar.signal(signal), 100)
      t.teardown(() => clearInterval(pressing))
      t.match(await sidecar.exited(), { code })
      t.ok(performance.now() - began < 10_000, 'long before the time is over')
    })
  }
})
