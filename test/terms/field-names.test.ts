import t from 'tap'
import { isName, listsName, sameName } from '../../src/terms/field-names.js'

t.test('a list holds whole names only', async t => {
  t.ok(listsName('a, b', 'B'))
  t.notOk(listsName('a, bc', 'b'))
  t.notOk(listsName('', 'b'))
})

t.test('only letters have two cases', async t => {
  for (const [a, b] of [
    ['a', 'A'],
    ['Z', 'z'],
    ['x-1_', 'X-1_'],
  ] as const) {
    t.ok(sameName(a, 0, b), `${a} and ${b}`)
  }
  for (const [a, b] of [
    ['^', '~'],
    ['@', '`'],
    ['[', '{'],
    ['-', '\r'],
    ['a', 'b'],
  ] as const) {
    t.notOk(sameName(a, 0, b), `${a} and ${b}`)
    t.notOk(sameName(b, 0, a), `${b} and ${a}`)
  }
})

t.test('a name is compared as a whole', async t => {
  t.ok(isName('VARY', 'vary'))
  t.notOk(isName('Vary-X', 'vary'))
  t.notOk(isName('Var', 'vary'))
})
