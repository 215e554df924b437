import t from 'tap'
import { eachField, fieldPairs, fieldValue } from '../../src/terms/fields.js'

const fields = ['Vary', 'Origin', 'X-A', '1', 'vary', 'Accept', 'X-Empty', '']
const pairs = [
  ['Vary', 'Origin'],
  ['X-A', '1'],
  ['vary', 'Accept'],
  ['X-Empty', ''],
]

t.test('fields are walked with case, order and repeats kept', async t => {
  const seen: string[][] = []
  eachField(fields, (name, value) => seen.push([name, value]))
  t.strictSame(seen, pairs)
  t.strictSame(fieldPairs(fields), pairs)
  t.strictSame(fieldPairs([...fields, 'X-Without-Value']), pairs, 'a name without a value is none')
})

t.test('the value of a name', async t => {
  for (const [name, value] of [
    ['vary', 'Origin, Accept'],
    ['x-a', '1'],
    ['x-empty', ''],
    ['x-none', undefined],
  ] as const) {
    t.equal(fieldValue(fields, name), value, name)
  }
})
