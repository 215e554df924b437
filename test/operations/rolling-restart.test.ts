// Two instances behind a balancer that learns late, replaced one after the other: nothing is lost.
// `npm run reliability` does the same for longer.
import t from 'tap'
import { rollingRestart } from './rolling-restart-run.js'

t.test('four restarts lose no request', async t => {
  const report = await rollingRestart({
    ...{ perSecond: 200, restarts: 4, lateMs: 500, shutdownDelayMs: 3_000 },
  })
  t.comment(JSON.stringify(report))
  t.same(Object.keys(report.answers), ['200'])
  t.same(report.exitCodes, [0])
  t.ok(report.requests > 500, 'and there were requests to lose')
})
