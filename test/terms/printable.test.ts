import t from 'tap'
import { isPrintable, printable, printableOutput } from '../../src/terms/printable.js'

t.test('what a terminal would act upon is spelt out:', async t => {
  for (const [what, text, shown] of [
    ['a control character', 'a\u0007b\u001b[2J', 'a\\u0007b\\u001b[2J'],
    [
      'a C1 control, which some terminals take for ESC [',
      '\u009b2J\u009d0;x',
      '\\u009b2J\\u009d0;x',
    ],
    ['a line break', 'a\r\nb', 'a\\u000d\\u000ab'],
    ['DEL', '\u007f', '\\u007f'],
    ['what turns the direction', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['what nobody sees', 'a\u200bb\ufeff\u00ad', 'a\\u200bb\\ufeff\\u00ad'],
    ['separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['half a character', '\ud83d', '\\ud83d'],
    ['a tag beyond the first plane', '\u{e0041}', '\\udb40\\udc41'],
  ] as const) {
    t.equal(printable(text), shown, what)
    t.notOk(isPrintable(text), what)
  }
})

t.test('letters of all languages, signs and emoji stay', async t => {
  for (const text of ['', 'plain ~', 'Straße 北京 Ω é', '→ … ’ 😀']) {
    t.equal(printable(text), text)
    t.ok(isPrintable(text))
  }
})

t.test('of whole output the line breaks, tabs and colours stay, and nothing else', async t => {
  const text = 'a\n\tb \u001b[31mred\u001b[0m \u001b[2J \u001b]0;x\u0007 \u009b31m'
  t.equal(
    printableOutput(text, true),
    'a\n\tb \u001b[31mred\u001b[0m \\u001b[2J \\u001b]0;x\\u0007 \\u009b31m',
  )
  t.equal(printableOutput('\u001b[31mred', false), '\\u001b[31mred')
  t.equal(printableOutput('a\rb\u202e', true), 'a\\u000db\\u202e')
})

t.test('in JSON it is spelt so that it reads back', async t => {
  const value = { text: 'a\u009b\u202e\u{e0041}\n' }
  t.strictSame(JSON.parse(printableOutput(JSON.stringify(value), false)), value)
})
