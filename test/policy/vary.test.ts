import t from 'tap'
import { listsName, mergeVary, sameName } from '../../src/policy/vary.js'

t.test('names are added to what the upstream varies on', async t => {
  for (const [value, names, merged] of [
    ['', ['Origin'], 'Origin'],
    [' \t', ['Origin'], 'Origin'],
    ['Accept', ['Origin'], 'Accept, Origin'],
    ['Accept ,\tORIGIN\t', ['Origin'], 'Accept ,\tORIGIN\t'],
    ['origin , Accept', ['Origin', 'x-a'], 'origin , Accept, x-a'],
    ['X-Origin', ['Origin'], 'X-Origin, Origin'],
    ['Origin-X', ['Origin'], 'Origin-X, Origin'],
    ['*', ['Origin'], '*'],
    ['Accept, *', ['Origin'], 'Accept, *'],
    [',,', ['Origin'], ',,, Origin'],
    ['Accept', [], 'Accept'],
  ] as const) {
    t.equal(mergeVary(value, names), merged, JSON.stringify(value))
  }
})

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
