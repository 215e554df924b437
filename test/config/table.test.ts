// The laws of the option table.
import t from 'tap'
import { optionNames, optionRow, options } from '../../src/config/options.js'
import { flagName, variableName } from '../../src/terms/option-names.js'

const rows = optionNames.map(name => ({ name, row: optionRow(name) }))

t.test('a name is spelled mechanically', async t => {
  t.equal(flagName('maxAge'), 'max-age')
  t.equal(variableName('maxAge'), 'CORS_SIDECAR_MAX_AGE')
})

t.test('no two options share a name, a singular or a letter', async t => {
  const names = rows.flatMap(({ name, row }) => [name, ...(row.singular ? [row.singular] : [])])
  t.equal(new Set(names).size, names.length)
  const letters = rows.flatMap(({ row }) => row.short ?? [])
  t.equal(new Set(letters).size, letters.length)
})

t.test('every list has a singular, unless its name is one', async t => {
  const without = rows.filter(({ row }) => row.type.kind === 'list' && row.singular === undefined)
  t.same(
    without.map(({ name }) => name),
    ['preset', 'unsafeAllow', 'trustProxy'],
  )
})

t.test('every option says in one sentence what it is for', async t => {
  for (const { name, row } of rows) t.match(row.describe, /^[A-Z0-9a-z].*\.$/s, name)
})

t.test('every default and every example can be read, and says nothing wrong', async t => {
  for (const { name, row } of rows) {
    for (const text of [...Object.values(row.default), row.example]) {
      if (text === undefined) continue
      t.match(row.type.parse(text, { split: true }), { ok: true, findings: [] }, `${name}=${text}`)
    }
  }
})

t.test('a value that is written out is read again as the same value', async t => {
  for (const { name, row } of rows) {
    const text = row.default.otherwise || row.example
    if (text === undefined) continue
    const parsed = row.type.parse(text, { split: true })
    const value = parsed.ok ? parsed.value : undefined
    const written = row.type.write(value)
    const again = row.type.parse(written, { split: typeof written === 'string' })
    t.same(again.ok && again.value, value, `${name}: ${JSON.stringify(written)}`)
  }
})

t.test('what a path policy may override is what the policy group says', async t => {
  const marked = rows.filter(({ row }) => row.pathOverride).map(({ name }) => name)
  const entry = Object.fromEntries(
    marked.map(name => {
      const row = optionRow(name)
      return [name, row.default.otherwise || row.example]
    }),
  )
  t.match(options.paths.type.parse([{ match: '/a', ...entry }], { split: false }), { ok: true })
})

t.test(
  'only secrets are read from files, and none of them can be seen by other users as a flag alone',
  async t => {
    const secrets = rows.filter(({ row }) => row.secret)
    t.same(
      secrets.map(({ name, row }) => [name, row.flag]),
      [
        ['setRequestHeaders', true],
        ['setResponseHeaders', true],
        ['outboundProxy', true],
        ['adminToken', false],
      ],
    )
  },
)
