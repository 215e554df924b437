// argv → command, flags and arguments, each value still the text that was typed.
import t from 'tap'
import type { Command } from '../../src/cli/command.js'
import { readCommandLine } from '../../src/cli/command-line.js'

const command = (name: string, flags: Command['flags'] = {}): Command => ({
  name,
  describe: '',
  usage: '',
  takesOptions: true,
  argument: 'upstream',
  flags,
  load: () => Promise.reject(new Error('no command is run here')),
})

const start = command('start')
const check = command('check', { json: { describe: '' }, path: { describe: '', metavar: 'P' } })

const read = (...words: string[]) => readCommandLine(words, [start, check], start)

t.test('what is typed', async t => {
  for (const [words, flags, given] of [
    [
      ['http://a.test', '-o', 'https://b.test'],
      { 'allow-origins': ['https://b.test'] },
      ['http://a.test'],
    ],
    [['-ohttps://b.test', '-p8010'], { 'allow-origins': ['https://b.test'], port: ['8010'] }, []],
    [
      ['-l=unix:/a', '-u', 'http://a.test'],
      { listen: ['unix:/a'], upstream: ['http://a.test'] },
      [],
    ],
    [['--allow-origin', 'a', '--allow-origin=b'], { 'allow-origin': ['a', 'b'] }, []],
    [['--strict', 'http://a.test'], { strict: ['true'] }, ['http://a.test']],
    [['--strict', 'no', 'http://a.test'], { strict: ['no'] }, ['http://a.test']],
    [['--strict=ja'], { strict: ['ja'] }, []],
    [['--no-websockets'], { websockets: ['false'] }, []],
    [['--max-age', '-2'], { 'max-age': ['-2'] }, []],
    [['--max-age', '010'], { 'max-age': ['010'] }, []],
    [['--max-age=1e3'], { 'max-age': ['1e3'] }, []],
    [['--max-age', '--strict'], { 'max-age': [''], strict: ['true'] }, []],
    [['--allow-origins', '*'], { 'allow-origins': ['*'] }, []],
    [['--wrong', 'x', '--a.b=c'], { wrong: ['x'], 'a.b': ['c'] }, []],
    [['--', '--strict', 'x'], {}, ['--strict', 'x']],
    [['5000'], {}, ['5000']],
  ] as const) {
    t.test(words.join(' '), async t => {
      const line = read(...words)
      t.equal(line.command, start)
      t.same(line.flags, flags)
      t.same(line.arguments, given)
    })
  }
})

t.test('a command is the first word that is no flag', async t => {
  t.match(read('check', 'http://a.test'), {
    command: check,
    isNamed: true,
    arguments: ['http://a.test'],
  })
  t.match(read('--strict', 'check'), { command: check, flags: { strict: ['true'] } })
  t.match(read('http://a.test', 'check'), { command: start, isNamed: false })
})

t.test('a flag of a command is its own, and unknown to the others', async t => {
  const line = read('check', '--json', '--path', '/a')
  t.same(
    [...line.own],
    [
      ['json', ['true']],
      ['path', ['/a']],
    ],
  )
  t.same(line.flags, {})
  t.same(read('--json').flags, { json: ['true'] })
})

t.test('help and version are asked for in every way people know', async t => {
  for (const words of [['-h'], ['--help'], ['check', '--help']]) t.ok(read(...words).asksForHelp)
  for (const words of [['-v'], ['--version']]) t.ok(read(...words).asksForVersion)
})
