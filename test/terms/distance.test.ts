import t from 'tap'
import { isOneSlip, nearestName } from '../../src/terms/distance.js'

t.test('one slip', async t => {
  for (const [one, other, isOne] of [
    ['example', 'example', true],
    ['exmple', 'example', true],
    ['exammple', 'example', true],
    ['exomple', 'example', true],
    ['exmaple', 'example', true],
    ['example', 'exampel', true],
    ['', 'a', true],
    ['exmpel', 'example', false],
    ['exampling', 'example', false],
    ['elpmaxe', 'example', false],
    ['ab', 'cd', false],
  ] as const) {
    t.equal(isOneSlip(one, other), isOne, `${one} for ${other}`)
    t.equal(isOneSlip(other, one), isOne, `${other} for ${one}`)
  }
})

t.test('the nearest name', async t => {
  const names = ['max-age', 'allow-origins', 'listen', 'admin-listen']
  for (const [given, nearest] of [
    ['max-aeg', 'max-age'],
    ['MAX-AGE', 'max-age'],
    ['allow-orgins', 'allow-origins'],
    ['allow-', 'allow-origins'],
    ['lisen', 'listen'],
    ['colour', undefined],
  ] as const) {
    t.equal(nearestName(given, names), nearest, given)
  }
})
