// docs/security-model.md promises a test of every run for each threat, and maybe a fuzzer or a script; links.test.ts looks whether they exist.
import t from 'tap'
import { documentNamed } from './documents.js'

t.test('every threat names what stands against it, and the tests that hold it', async t => {
  const rows = documentNamed('docs/security-model.md')
    .sections.filter(({ title }) => title === 'Threats')
    .flatMap(({ tables }) => tables.flatMap(table => table.rows))
  t.ok(rows.length >= 15, `${rows.length} threats are named`)
  for (const [who, threat = '', answer = '', tests = ''] of rows) {
    const all = tests.replace(/ \([^)]*\)/gu, '').split(', ')
    const run = all.filter(test => /^`test\/[\w/-]+\.test\.ts`$/u.test(test))
    const others = all.filter(test =>
      /^`(?:test\/fuzz|scripts)\/[\w/-]+\.(?:ts|sh|mjs)`$/u.test(test),
    )
    t.ok(
      run.length > 0 && run.length + others.length === all.length && answer !== '',
      `${who}: ${threat}`,
    )
  }
})
