// Reloads while requests come in: none is lost, and no answer is made of two policies, or of one that
// was over when the request was sent. `npm run reliability` does the same for longer.
import t from 'tap'
import { reloadUnderLoad } from './reload-run.js'

for (const [what, workers] of [
  ['by one process', 1],
  ['by two workers', 2],
] as const) {
  t.test(`twenty reloads under load, ${what}`, async t => {
    const report = await reloadUnderLoad({ perSecond: 200, reloads: 20, seconds: 4, workers })
    const { requests, p99Ms, worstMs, ...rest } = report
    t.comment(`${requests} requests, p99 ${p99Ms.toFixed(1)} ms, at most ${worstMs.toFixed(1)} ms`)
    t.strictSame(rest, {
      lost: 0,
      wrong: [],
      taken: 10,
      rejected: 10,
      policiesSeen: ['a', 'b'],
      exitCode: 0,
      counted: { success: 10, failure: 10 },
    })
    t.ok(requests > 400, 'and there were requests to lose')
  })
}
