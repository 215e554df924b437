// A resolver that fails, changes its mind or takes its time.

import type { LookupAddress } from 'node:dns'
import t, { type Test } from 'tap'
import { cachedLookup, type Lookup } from '../../src/proxy/http1/lookup.js'
import { isFullRun, startOthers } from '../support/others.js'
import { preload, resolverCode } from '../support/preload.js'
import { exchange } from '../support/raw-client.js'
import { answer, okAnswer, startRawUpstream } from '../support/raw-upstream.js'
import { startSidecar } from '../support/sidecar-process.js'
import { headerOf, statusOf } from '../support/strict-http.js'

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

function resolver() {
  const asked: { hostname: string; answer: Answer }[] = []
  const lookup = cachedLookup((hostname, answer) => asked.push({ hostname, answer }))
  return { asked, lookup }
}

const v4 = (address: string): LookupAddress[] => [{ address, family: 4 }]

function resolve(lookup: Lookup, hostname: string): Promise<unknown> {
  return new Promise((done, fail) => {
    lookup(hostname, { all: true }, (error, found) => (error ? fail(error) : done(found)))
  })
}

t.test('a failure is told to all who wait, and asked again by the next', async t => {
  const { asked, lookup } = resolver()
  const waiting = [resolve(lookup, 'api.test'), resolve(lookup, 'api.test')]
  t.equal(asked.length, 1, 'one question for both')
  const fails = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  asked[0]?.answer(fails, [])
  for (const one of waiting) await t.rejects(one, { code: 'ENOTFOUND' })
  const next = resolve(lookup, 'api.test')
  asked[1]?.answer(null, v4('192.0.2.1'))
  t.strictSame(await next, v4('192.0.2.1'))
})

t.test('a slow name holds up no other', async t => {
  const { asked, lookup } = resolver()
  const slow = resolve(lookup, 'slow.test')
  const quick = resolve(lookup, 'quick.test')
  asked.find(({ hostname }) => hostname === 'quick.test')?.answer(null, v4('192.0.2.2'))
  t.strictSame(await quick, v4('192.0.2.2'))
  t.strictSame(await resolve(lookup, 'quick.test'), v4('192.0.2.2'), 'known by now')
  t.equal(asked.length, 2)
  asked[0]?.answer(null, v4('192.0.2.3'))
  t.strictSame(await slow, v4('192.0.2.3'))
})

t.test('a changed address is used within 30 s', async t => {
  const { asked, lookup } = resolver()
  const clock = t.capture(performance, 'now', () => now)
  let now = 1_000
  const first = resolve(lookup, 'api.test')
  asked[0]?.answer(null, v4('192.0.2.1'))
  await first
  now += 29_000
  const second = resolve(lookup, 'api.test')
  asked[1]?.answer(null, v4('192.0.2.9'))
  t.strictSame(await second, v4('192.0.2.9'))
  clock.restore()
})

t.test('a name of this machine needs no resolver', async t => {
  const { asked, lookup } = resolver()
  t.match(await resolve(lookup, 'localhost'), [{ address: '127.0.0.1' }, { address: '::1' }])
  t.match(await resolve(lookup, '127.0.0.1'), v4('127.0.0.1'))
  t.equal(asked.length, 0)
})

const origin = 'https://app.example.com'
const get = `GET / HTTP/1.1\r\nHost: a.test\r\nOrigin: ${origin}\r\n\r\n`

/** The program, whose upstream is the name `api.test` that `lookup` resolves. */
async function startWith(t: Test, lookup: string, port: number, flags: readonly string[] = []) {
  const others = await startOthers(t)
  const sidecar = await startSidecar({
    upstream: `http://api.test:${port}`,
    nodeFlags: preload(resolverCode(lookup)),
    flags: ['--allow-origin', origin, ...others.flags, ...flags],
  })
  t.teardown(() => sidecar.stop())
  const ask = async () => {
    const begun = performance.now()
    const answered = await exchange(sidecar.port, get)
    t.equal(headerOf(answered, 'access-control-allow-origin'), origin, 'the page may read it')
    return { status: statusOf(answered), ms: performance.now() - begun }
  }
  const othersUnharmed = (fault: () => Promise<void>) => others.unharmed(sidecar.port, fault)
  return { sidecar, ask, othersUnharmed }
}

t.test('a program whose upstream is a name', async t => {
  t.test('that does not exist answers 502', async t => {
    const lookup = `(hostname, callback) =>
      setImmediate(callback, Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))`
    const { ask, othersUnharmed, sidecar } = await startWith(t, lookup, 80)
    await othersUnharmed(async () => {
      for (let n = 0; n < 100; n++) t.equal((await ask()).status, 502)
    })
    t.match(await sidecar.log(({ failure }) => failure !== undefined, 'it'), {
      failure: 'name-unknown',
    })
  })

  t.test('that is not resolved in time answers 504 at connectTimeout', async t => {
    const limitMs = isFullRun ? 5_000 : 500
    const { ask, othersUnharmed } = await startWith(t, '() => undefined', 80, [
      ...['--connect-timeout', `${limitMs}ms`],
    ])
    await othersUnharmed(async () => {
      for (const { status, ms } of await Promise.all(Array.from({ length: 20 }, ask))) {
        t.equal(status, 504)
        t.ok(ms > limitMs - 10 && ms < limitMs + 2_000, `after ${ms.toFixed(0)} ms`)
      }
    })
  })

  t.test('that moves to another address is found there within 30 s', async t => {
    const old = await startRawUpstream(answer(okAnswer), { host: '127.0.0.1' })
    const { port } = old
    // On SIGUSR2 the name has moved, and half a minute has gone by.
    const lookup = `(hostname, callback) => callback(null, [at])
      let at = '127.0.0.1'
      const now = performance.now.bind(performance)
      let laterMs = 0
      performance.now = () => now() + laterMs
      process.on('SIGUSR2', () => { at = '127.0.0.2'; laterMs += 29_000 })`
    const { ask, sidecar } = await startWith(t, lookup, port)
    t.equal((await ask()).status, 200)
    await old.close()
    const moved = await startRawUpstream(answer(okAnswer), { host: '127.0.0.2', port })
    t.teardown(() => moved.close())
    t.equal((await ask()).status, 502, 'the answer of the resolver is still fresh')
    sidecar.signal('SIGUSR2')
    let { status } = await ask()
    while (status !== 200) status = (await ask()).status
    t.equal(moved.requests.length, 1)
  })
})
