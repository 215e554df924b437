// docs/security-model.md promises a test for each threat; links.test.ts looks whether they exist.
import t from 'tap'
import { documentNamed } from './documents.js'

t.test('every threat names what stands against it, and the tests that hold it', async t => {
  const rows = documentNamed('docs/security-model.md')
    .sections.filter(({ title }) => title === 'Threats')
    .flatMap(({ tables }) => tables.flatMap(table => table.rows))
  t.ok(rows.length >= 15, `${rows.length} threats are named`)
  for (const [who, threat = '', answer = '', tests = ''] of rows) {
    const named = tests.split(', ').filter(test => /^`test\/[\w/-]+\.test\.ts`$/u.test(test))
    t.ok(
      named.length > 0 && named.length === tests.split(', ').length && answer !== '',
      `${who}: ${threat}`,
    )
  }
})
