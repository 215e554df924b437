// The count of the worst case is held against a matcher that backtracks in the plainest way, and
// against V8's own. Times are compared within one run only.

import t from 'tap'
import { checkRegex } from '../../src/config/check-regex.js'
import { automatonOf } from '../../src/config/regex/automaton.js'
import { type WorstCase, worstCase } from '../../src/config/regex/cost.js'
import { type RegexNode, readRegex } from '../../src/config/regex/syntax.js'
import { fullMatch } from '../../src/policy/origin-matcher.js'
import { drawExpression, drawer } from '../support/drawn-expressions.js'
import { harmless } from './written-expressions.js'

const limit = 1_000_000
const longest = 267

const worstOf = (source: string): WorstCase | undefined => {
  const automaton = automatonOf(readRegex(source).root)
  return automaton && worstCase(automaton, limit)
}

/** How many nodes and repeats a plain backtracking matcher visits; it gives up above `most`. */
function visits(root: RegexNode, text: string, most: number): number {
  let count = 0
  const isOver = () => ++count > most
  const match = (node: RegexNode, at: number, goOn: (at: number) => boolean): boolean => {
    if (isOver()) return true
    switch (node.kind) {
      case 'set':
        return node.characters[text.charCodeAt(at)] === 1 && goOn(at + 1)
      case 'sequence': {
        const from = (index: number, at: number): boolean => {
          const part = node.nodes[index]
          return part === undefined ? goOn(at) : match(part, at, next => from(index + 1, next))
        }
        return from(0, at)
      }
      case 'choice':
        return node.options.some(option => match(option, at, goOn))
      case 'repeat': {
        const turn = (done: number, at: number): boolean => {
          if (isOver()) return true
          const again = (next: number) => (next !== at || done < node.min) && turn(done + 1, next)
          if (done < node.max && match(node.node, at, again)) return true
          return done >= node.min && goOn(at)
        }
        return turn(0, at)
      }
      default:
        return goOn(at)
    }
  }
  match(root, 0, at => at === text.length)
  return count
}

/** Texts that try to make it work: the worst by count, and its last letters pumped. */
function attacks(text: string): string[] {
  const pumps = ['a', 'b', '-', 'x', 'ab', 'a-', 'a.', 'aab', 'a0']
  for (const length of [1, 2, 3, 5]) if (length < text.length) pumps.push(text.slice(-length))
  const bodies = [text, ...pumps.map(pump => `https://${pump.repeat(longest)}`.slice(0, longest))]
  return bodies.flatMap(body => ['', '!', '.', 'x'].map(end => body + end))
}

t.test('no text makes an expression do more work than was counted', async t => {
  const draw = drawer(20)
  let [accepted, refused] = [0, 0]
  for (let i = 0; i < 250; i++) {
    const source = drawExpression(draw)
    const { root } = readRegex(source)
    const worst = worstOf(source)
    if (worst === undefined || worst.steps > limit) {
      refused++
      continue
    }
    accepted++
    // A step of the count is a few visits of this matcher.
    const most = worst.steps * 8 + 10_000
    const found = attacks(worst.text).find(text => visits(root, text, most) > most)
    t.equal(found, undefined, `${source}: ${worst.steps} steps were counted`)
  }
  t.comment(`${accepted} accepted, ${refused} refused`)
  t.ok(accepted > 80 && refused > 40)
})

t.test('what is refused for its work does run away', async t => {
  for (const source of [
    '(?:a+)+',
    '(?:\\w{1,9})+',
    '(?:a|ab|b)+c',
    'https:\\/\\/[a-z0-9]+-?[a-z0-9]*-?[a-z0-9]*-?[a-z0-9]*\\.shop\\.com',
    `https:\\/\\/${'[a-z]{0,9}'.repeat(8)}\\.shop\\.com`,
    `https:\\/\\/${'(?:a|aa)'.repeat(30)}\\.shop\\.com`,
    'https:\\/\\/.*-.*-.*\\.shop\\.com',
  ]) {
    const { text } = worstOf(source) ?? { text: '' }
    const pumped = text + text.slice(-1).repeat(longest)
    const works = [40, 80].map(length =>
      visits(readRegex(source).root, `${pumped.slice(0, length)}!`, 1e6),
    )
    const [short = 0, long = 0] = works
    t.ok(
      long > 5 * short || short > 1e6,
      `${source}: ${works} visits as the text gets twice as long`,
    )
  }
})

/** The fastest of some tries: what is left is the program's own time. */
const fastest = (regex: RegExp, text: string): number => {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 20; i++) {
    const started = performance.now()
    regex.test(text)
    best = Math.min(best, performance.now() - started)
  }
  return best
}

t.test('V8 needs no longer for what is accepted than for two repeats in a row', async t => {
  const draw = drawer(7)
  const twice = fullMatch('https:\\/\\/[a-z-]+-[a-z-]+\\.shop\\.com')
  const reference = fastest(twice, `https://${'-'.repeat(longest)}!`)
  const drawn = Array.from({ length: 150 }, () => drawExpression(draw))
  for (const source of [...harmless, ...drawn]) {
    if (checkRegex(source).problems.some(({ code }) => code === 'regex-unsafe')) continue
    const regex = fullMatch(source)
    const times = attacks(worstOf(source)?.text ?? '').map(text => fastest(regex, text))
    const ratio = Math.max(...times) / reference
    t.ok(ratio < 15, `${source}: ${ratio.toFixed(1)} times as long`)
  }
})
