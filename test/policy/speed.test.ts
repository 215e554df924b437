// Figures that would change by a factor of a thousand, not of two, if the algorithm were wrong.
import t from 'tap'
import { decide } from '../../src/policy/decide.js'
import { nearMiss } from '../../src/policy/describe.js'
import { actual, evil, policy, preflight } from './shop.js'

/** The fastest of many batches: what the code costs when nothing else has the processor. */
function nanosecondsPerCall(call: () => unknown, calls = 2000, batches = 60): number {
  let fastest = Number.POSITIVE_INFINITY
  for (let batch = 0; batch < batches; batch++) {
    const started = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) call()
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - started) / calls)
  }
  return fastest
}

t.test('an exact origin is decided in under a microsecond', async t => {
  const policies = policy()
  const request = actual()
  const cost = nanosecondsPerCall(() => decide(policies, request))
  t.comment(`${cost.toFixed(0)} ns`)
  t.ok(cost < 1000, `${cost} ns`)
})

t.test('the cost of a look-up does not grow with the list', async t => {
  for (const [form, entry, last, stranger] of [
    ['exact', (i: number) => `https://a${i}.example.com`, 'https://a0.example.com', evil],
    ['wildcard', (i: number) => `https://*.a${i}.example.com`, 'https://x.a0.example.com', evil],
    ['any port', (i: number) => `http://a${i}.localhost:*`, 'http://a0.localhost:3000', evil],
    [
      'label',
      (i: number) => `https://shop${i}-*.example.com`,
      'https://shop0-1.example.com',
      'https://shop-x-y-z.example.com',
    ],
  ] as const) {
    const list = (count: number) =>
      policy({ allowOrigins: Array.from({ length: count }, (_, i) => entry(count - 1 - i)) })
    const [short, long] = [list(1), list(10_000)]
    for (const origin of [last, stranger]) {
      const few = nanosecondsPerCall(() => decide(short, actual({ origin })))
      const many = nanosecondsPerCall(() => decide(long, actual({ origin })))
      t.comment(`${form}, ${origin}: ${few.toFixed(0)} ns with 1, ${many.toFixed(0)} with 10,000`)
      t.ok(many < few * 20 + 2000, `${form}: ${few} ns, then ${many} ns`)
    }
  }
})

t.test('a flood in a preflight costs next to nothing', async t => {
  const closed = policy()
  const open = policy({ allowHeaders: ['*'] })
  for (const [flood, requestHeaders] of [
    ['16 KiB of commas', ','.repeat(16_384)],
    ['16 KiB of one name', 'x'.repeat(16_384)],
    ['4 KiB of commas', ','.repeat(4096)],
    ['4 KiB of blanks', ' '.repeat(4096)],
    ['4 KiB of blanks between commas', `${','.repeat(16)}${' '.repeat(4080)}`],
    ['2048 names', 'x,'.repeat(2048)],
    ['one long name', 'x'.repeat(4096)],
  ] as const) {
    for (const policies of [closed, open]) {
      const request = preflight({ requestHeaders })
      const cost = nanosecondsPerCall(() => decide(policies, request), 50, 20)
      t.ok(cost < 1_000_000, `${flood}: ${cost.toFixed(0)} ns`)
    }
  }
})

t.test('hostile origins and paths cost no more than their length', async t => {
  const policies = policy({
    allowOrigins: ['https://*.example.com', 'https://shop-*.example.com', '/https://(a|b)+[.]x/'],
    paths: [{ match: '/admin/', allowOrigins: ['https://admin.example.com'] }],
  })
  for (const [what, changed] of [
    ['hyphens', { origin: `https://${'-'.repeat(240)}.example.com` }],
    ['labels', { origin: `https://${'a.'.repeat(120)}evil.test` }],
    ['16 KiB', { origin: `https://${'a'.repeat(16_384)}` }],
    ['escapes', { target: `/${'%2e%2e%2f'.repeat(1700)}` }],
    ['dots', { target: '/..'.repeat(5000) }],
    ['parameters', { target: '/;'.repeat(8000) }],
    ['double escapes', { target: `/${'%2525'.repeat(3000)}` }],
  ] as const) {
    const cost = nanosecondsPerCall(() => decide(policies, actual(changed)), 5, 10)
    t.comment(`${what}: ${(cost / 1000).toFixed(0)} µs`)
    t.ok(cost < 20_000_000, `${what}: ${cost} ns`)
  }
})

t.test('looking for a near miss is bounded, however long the list', async t => {
  const allowOrigins = Array.from({ length: 10_000 }, (_, i) => `https://a${i}.example.com`)
  const decision = decide(policy({ allowOrigins }), actual({ origin: evil }))
  const cost = nanosecondsPerCall(() => nearMiss(decision), 5, 10)
  t.comment(`${(cost / 1000).toFixed(0)} µs`)
  t.ok(cost < 20_000_000, `${cost} ns`)
})
