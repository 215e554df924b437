import t from 'tap'
import { reportRepairs } from '../../src/observe/upstream-repairs.js'

t.test('a repair is counted each time and logged once a minute for each kind', async t => {
  const counted: string[] = []
  const logged: (readonly [string, unknown])[] = []
  let now = 5
  const report = reportRepairs(
    { event: (level, name, fields) => logged.push([`${level} ${name}`, fields]) },
    { upstreamRepaired: what => counted.push(what) },
    () => now,
  )
  const passing = [0, 59_999, 60_000, 119_999]
  for (const ms of passing) {
    now = 5 + ms
    report('folded-field', { id: `${ms}` })
    report('folded-field', { id: 'again' })
  }
  report('empty-line', { id: 'other' })
  t.equal(counted.length, 2 * passing.length + 1)
  t.match(logged, [
    ['warn upstream-repaired', { id: '0', what: 'folded-field', seen: String }],
    ['warn upstream-repaired', { id: '60000', what: 'folded-field' }],
    ['warn upstream-repaired', { id: 'other', what: 'empty-line' }],
  ])
  t.equal(logged.length, 3)
})
