import t from 'tap'
import { mergeVary } from '../../src/policy/vary.js'

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
