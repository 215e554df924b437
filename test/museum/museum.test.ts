// Old servers through five proxies: ours passes on whatever can be read in one way only, as meant, and
// lets nobody else have a byte of it. docs/legacy.md shows what was measured.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { skip, visitAll } from './museum.js'
import { tableOf, withTable } from './table.js'

t.setTimeout(60_000)

t.test('the museum', { skip }, async t => {
  const visits = await visitAll()
  t.ok(visits.length >= 40)
  for (const { exhibit, ours, theirs, crossed } of visits) {
    const { server, shows, means } = exhibit
    t.test(`${server}: ${shows}`, async t => {
      if (means !== undefined) t.equal(ours, 'as meant')
      else {
        t.match(ours, /^(?:502|cut)$/, 'what can be read in two ways is refused')
        t.notOk(
          Object.values(theirs).every(outcome => outcome === '200'),
          'not all read it',
        )
      }
      t.equal(crossed, undefined, 'nobody else gets a byte of it')
    })
  }
  const page = readFileSync(new URL('../../../docs/legacy.md', import.meta.url), 'utf8')
  const table = tableOf(visits)
  t.equal(withTable(page, table).before, table, 'docs/legacy.md shows it: npm run museum')
})
