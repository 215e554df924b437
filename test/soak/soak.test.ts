// A few seconds of what `npm run soak` does for as long as one likes.

import t from 'tap'
import { soak } from './soak.js'

const isLinux = process.platform === 'linux' ? false : 'reads /proc'

t.test('a mixed load leaves nothing behind', { skip: isLinux }, async t => {
  const report = await soak(5_000)
  t.comment(JSON.stringify(report))
  t.strictSame(report.failures, [])
  t.ok(report.requests > 50)
  const { before, peak, after } = report.descriptors
  t.ok(peak > before, 'connections were opened')
  t.ok(after <= before + 2, `and all are closed again (${before}, ${after})`)
})
