// A resolver that fails, changes its mind or takes its time.

import type { LookupAddress } from 'node:dns'
import t from 'tap'
import { cachedLookup, type Lookup } from '../../src/proxy/upstream-lookup.js'

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
