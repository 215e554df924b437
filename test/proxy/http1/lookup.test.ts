import type { LookupAddress } from 'node:dns'
import t, { type Test } from 'tap'
import { cachedLookup, type Lookup } from '../../../src/proxy/http1/lookup.js'

type Tell = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

const first: LookupAddress[] = [
  { address: '192.0.2.1', family: 4 },
  { address: '2001:db8::1', family: 6 },
]
const second: LookupAddress[] = [{ address: '192.0.2.2', family: 4 }]

/** A resolver that answers when the test says so. */
function made() {
  const asked: { hostname: string; tell: Tell }[] = []
  const lookup = cachedLookup((hostname, tell) => asked.push({ hostname, tell }))
  return { asked, lookup }
}

function find(lookup: Lookup, hostname: string, options: object = { all: true }) {
  return new Promise<unknown>((resolve, reject) => {
    lookup(hostname, options, (error, address, family) => {
      if (error !== null) reject(error)
      else resolve(family === undefined ? address : [address, family])
    })
  })
}

/** Sets the monotonic clock by hand. */
function clock(t: Test) {
  const real = performance.now
  let now = real.call(performance)
  performance.now = () => now
  t.teardown(() => {
    performance.now = real
  })
  return (ms: number) => {
    now += ms
  }
}

t.test('one question is under way per name, and all who wait get its answer', async t => {
  const { asked, lookup } = made()
  const waiting = [find(lookup, 'api.test'), find(lookup, 'api.test'), find(lookup, 'other.test')]
  t.strictSame(
    asked.map(({ hostname }) => hostname),
    ['api.test', 'other.test'],
  )
  asked[0]?.tell(null, first)
  t.strictSame(await Promise.all(waiting.slice(0, 2)), [first, first])
  t.equal(asked.length, 2, 'a slow name holds up nobody else, and is not asked again')
})

t.test('an answer is used for 10 s; then a changed address is followed', async t => {
  const pass = clock(t)
  const { asked, lookup } = made()
  const found = find(lookup, 'api.test')
  asked[0]?.tell(null, first)
  await found
  pass(9_999)
  t.strictSame(await find(lookup, 'api.test'), first)
  t.equal(asked.length, 1)
  pass(2)
  const later = find(lookup, 'api.test')
  asked[1]?.tell(null, second)
  t.strictSame(await later, second)
})

t.test('a failure is not kept', async t => {
  const { asked, lookup } = made()
  const failing = find(lookup, 'api.test')
  asked[0]?.tell(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), [])
  await t.rejects(failing, { code: 'EAI_AGAIN' })
  const next = find(lookup, 'api.test')
  asked[1]?.tell(null, second)
  t.strictSame(await next, second)
})

t.test('a name without an address is a failure too', async t => {
  const { asked, lookup } = made()
  const failing = find(lookup, 'api.test')
  asked[0]?.tell(null, [])
  await t.rejects(failing, { code: 'ENOTFOUND' })
})

t.test('nobody is asked for', async t => {
  const both = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ]
  for (const [what, hostname, options, answer] of [
    ['localhost, which is this machine in both families', 'localhost', { all: true }, both],
    ['a name below it', 'api.localhost', { all: true }, both],
    ['an IPv4 address', '192.0.2.9', { all: true }, [{ address: '192.0.2.9', family: 4 }]],
    ['one IPv6 address', '::1', {}, ['::1', 6]],
    ['the first of all addresses', 'localhost', {}, ['127.0.0.1', 4]],
    ['an address of one family', 'localhost', { family: 6 }, ['::1', 6]],
  ] as const) {
    t.test(what, async t => {
      const { asked, lookup } = made()
      t.strictSame(await find(lookup, hostname, options), answer)
      t.strictSame(asked, [])
    })
  }
})
