// SIGTERM while a fault is going on: the exit code is 0, and no fault holds up the end for longer
// than shutdownTimeout. A full run leaves that at its default.

import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { canSeeHandshakes, startFullBacklog } from '../support/full-backlog.js'
import { isFullRun } from '../support/others.js'
import { preload, resolverCode } from '../support/preload.js'
import { openRawClient, type RawClient } from '../support/raw-client.js'
import {
  answer,
  okAnswer,
  type RawUpstream,
  type Script,
  startRawUpstream,
} from '../support/raw-upstream.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'

const timeoutMs = isFullRun ? 20_000 : 500
/** Told to stop, it also looks after idle connections and upgrades, and writes its log out. */
const graceMs = isFullRun ? 5_000 : 3_000

const get = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
const post = 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 9\r\n\r\nab'
const mebibyte = 1024 * 1024

interface Ground {
  readonly sidecar: SidecarProcess
  readonly upstream: RawUpstream
  connect(): Promise<RawClient>
  drip(client: RawClient, bytes: string): void
}

interface State {
  readonly script?: Script
  readonly flags?: readonly string[]
  /** Resolves when the fault is going on. */
  enter(ground: Ground): Promise<unknown>
}

/** Something that was asked has been answered: what came before it has been seen. */
async function seen({ connect }: Ground): Promise<void> {
  const client = await connect()
  client.write(get)
  await client.response()
}

const states: Readonly<Record<string, State>> = {
  'heads come a byte at a time': {
    async enter(ground) {
      const client = await ground.connect()
      client.write('GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: ')
      ground.drip(client, 'a')
      await seen(ground)
    },
  },
  'a body comes a byte at a time': {
    script: () => undefined,
    async enter({ connect, drip, upstream }) {
      const client = await connect()
      client.write('POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n')
      drip(client, 'a')
      await upstream.until(() => upstream.begun[0], 'the head')
    },
  },
  'a client does not read its answer': {
    script: ({ write }) => {
      write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * mebibyte}\r\n\r\n`)
      write(Buffer.alloc(64 * mebibyte))
    },
    async enter({ connect, upstream }) {
      const client = await connect()
      client.pause()
      client.write(get)
      await upstream.until(() => upstream.begun[0], 'the request')
    },
  },
  'connections say nothing': {
    async enter(ground) {
      for (let n = 0; n < 50; n++) await ground.connect()
      await seen(ground)
    },
  },
  'there are more connections than it takes': {
    flags: ['--max-connections', '20'],
    async enter({ sidecar, connect: open }) {
      const client = await open()
      client.write(get)
      await client.response()
      let dropped = () => {}
      const isDropping = new Promise<void>(resolve => {
        dropped = resolve
      })
      for (let n = 0; n < 60; n++) {
        const socket = connect(sidecar.port, '127.0.0.1')
        socket.on('error', () => socket.destroy())
        socket.on('close', dropped)
      }
      await isDropping
    },
  },
  'a head has no end': {
    async enter(ground) {
      const client = await ground.connect()
      client.socket.on('error', () => undefined)
      client.write('GET / HTTP/1.1\r\nHost: a.test\r\nX: ')
      ground.drip(client, 'a'.repeat(1_000))
      await seen(ground)
    },
  },
  'the upstream refuses': {
    async enter(ground) {
      await ground.upstream.close()
      const client = await ground.connect()
      client.write(get)
      await client.response()
      client.write(get)
    },
  },
  'the upstream hangs': {
    script: () => undefined,
    async enter({ connect, upstream }) {
      for (let n = 0; n < 20; n++) (await connect()).write(get)
      await upstream.until(() => upstream.begun[19], 'the requests')
    },
  },
  'the upstream breaks off within the answer': {
    script: ({ write, reset, index }) => {
      write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok')
      if (index === 0) reset()
    },
    async enter({ connect, upstream }) {
      for (let n = 0; n < 2; n++) (await connect()).write(get)
      await upstream.until(() => upstream.begun[1], 'the requests')
    },
  },
  'the upstream ends the connection within the answer': {
    script: ({ write, fin }) => {
      write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok')
      fin()
    },
    async enter({ connect }) {
      const client = await connect()
      client.write(get)
      await client.head()
    },
  },
  'the upstream has left its idle connections': {
    async enter(ground) {
      await seen(ground)
      for (const { socket } of ground.upstream.connections) socket.resetAndDestroy()
    },
  },
  'the upstream is gone and comes back': {
    script: ({ reset }) => reset(),
    async enter({ connect, upstream }) {
      ;(await connect()).write(post)
      await upstream.until(() => upstream.begun[0], 'the request')
      upstream.play(answer(okAnswer))
      ;(await connect()).write(get)
    },
  },
  'clients leave': {
    script: () => undefined,
    async enter({ connect, upstream }) {
      const clients = await Promise.all([connect(), connect()])
      for (const [index, client] of clients.entries()) client.write(index === 0 ? get : post)
      await upstream.until(() => upstream.begun[1], 'the requests')
      for (const client of clients) client.reset()
    },
  },
}

t.test('it stops in order while', async t => {
  for (const [what, { script, flags = [], enter }] of Object.entries(states)) {
    t.test(what, async t => {
      const upstream = await startRawUpstream(script)
      t.teardown(() => upstream.close().catch(() => undefined))
      const sidecar = await startFor(t, upstream.url, flags)
      const timers: NodeJS.Timeout[] = []
      t.teardown(() => timers.forEach(clearInterval))
      await enter({
        sidecar,
        upstream,
        async connect() {
          const client = await openRawClient({ port: sidecar.port })
          t.teardown(() => client.destroy())
          return client
        },
        drip(client, bytes) {
          timers.push(
            setInterval(() => {
              if (client.ending() === undefined) client.write(bytes)
            }, 100),
          )
        },
      })
      await stopsInTime(t, sidecar)
    })
  }

  t.test('the upstream takes no connection', { skip: !canSeeHandshakes }, async t => {
    const full = await startFullBacklog()
    t.teardown(() => full.close())
    const sidecar = await startFor(t, `http://127.0.0.1:${full.port}`, ['--connect-timeout', '60s'])
    const client = await openRawClient({ port: sidecar.port })
    t.teardown(() => client.destroy())
    client.write(get)
    while (full.pending() === 0) await new Promise(resolve => setTimeout(resolve, 20))
    await stopsInTime(t, sidecar)
  })

  t.test('the resolver does not answer', async t => {
    const deaf = `hostname => console.error('asked for ' + hostname)`
    const sidecar = await startFor(t, 'http://api.test', [], preload(resolverCode(deaf)))
    const client = await openRawClient({ port: sidecar.port })
    t.teardown(() => client.destroy())
    client.write(get)
    while (!sidecar.stderr().includes('asked for api.test')) {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    await stopsInTime(t, sidecar)
  })
})

async function startFor(
  t: Test,
  upstream: string,
  flags: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<SidecarProcess> {
  const sidecar = await startSidecar({
    upstream,
    nodeFlags,
    flags: [...(isFullRun ? [] : ['--shutdown-timeout', `${timeoutMs}ms`]), ...flags],
  })
  t.teardown(() => sidecar.stop())
  return sidecar
}

async function stopsInTime(t: Test, sidecar: SidecarProcess): Promise<void> {
  const begun = performance.now()
  sidecar.signal('SIGTERM')
  const { code, signal } = await sidecar.exited()
  const ms = performance.now() - begun
  t.strictSame({ code, signal }, { code: 0, signal: null })
  t.ok(ms < timeoutMs + graceMs, `after ${ms.toFixed(0)} ms`)
}
