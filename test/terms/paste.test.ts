import t from 'tap'
import {
  assignment,
  flagWord,
  isPlainName,
  isPlainOrigin,
  shellWord,
} from '../../src/terms/paste.js'

t.test('a word is written:', async t => {
  for (const [how, text, word] of [
    ['bare', 'https://app.example.com:8443/a', 'https://app.example.com:8443/a'],
    ['quoted, since PowerShell reads a list', 'a,b', "'a,b'"],
    ['quoted, since PowerShell splats', '@a', "'@a'"],
    ['quoted, since zsh looks for a command', '=ls', "'=ls'"],
    ['quoted, since it looks like a flag', '-x', "'-x'"],
    ['quoted, when it is empty', '', "''"],
    ['quoted', 'a`id`$(id);"!*?[x]{a,b} ~', `'a\`id\`$(id);"!*?[x]{a,b} ~'`],
    ['not at all, when it holds a quote', "it's", undefined],
    ['not at all, when it holds a quote of PowerShell', 'it\u2019s', undefined],
    ['not at all, when it holds a line break', 'a\nb', undefined],
    ['not at all, when it holds what a terminal obeys', 'a\u009bb', undefined],
    ['not at all, when it holds what turns the direction', 'a\u202eb', undefined],
  ] as const) {
    t.equal(shellWord(text), word, how)
  }
})

t.test('a value stays with its flag, even one that looks like a flag', async t => {
  t.equal(flagWord('allow-header', '--insecure'), "--allow-header='--insecure'")
  t.equal(flagWord('allow-header', "it's"), undefined)
})

t.test('an assignment is bare where a file of variables can be read by more programs', async t => {
  t.equal(
    assignment('A', 'http://localhost:*,https://b.example'),
    'A=http://localhost:*,https://b.example',
  )
  t.equal(assignment('A', '/^x$/'), "A='/^x$/'")
  t.equal(assignment('A', "it's"), undefined)
})

t.test('a name that may be suggested holds letters, digits, - and _', async t => {
  for (const name of ['X-Trace_1', 'PURGE']) t.ok(isPlainName(name), name)
  for (const name of ['', 'X`id`', 'a.b', 'a b', 'ſ', '\u212a', 'a\n', 'x'.repeat(65)]) {
    t.notOk(isPlainName(name), name)
  }
})

t.test('an origin that may be suggested holds nothing that a shell reads', async t => {
  for (const origin of ['https://app.example.com', 'http://[::1]:3000', 'app://x_y']) {
    t.ok(isPlainOrigin(origin), origin)
  }
  for (const origin of ['app://$(id)', 'app://.\n', "app://a'b", 'https://a/b', 'null', '*']) {
    t.notOk(isPlainOrigin(origin), origin)
  }
})
