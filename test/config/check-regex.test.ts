import t from 'tap'
import { checkRegex } from '../../src/config/check-regex.js'
import { fullMatch } from '../../src/policy/origin-matcher.js'

t.test('an expression that could take very long is refused', async t => {
  for (const source of [
    '(a+)+',
    'https:\\/\\/(a+)+\\.example\\.com',
    '(a*)*b',
    '(?:[a-z]+-?)+x',
    '(\\w{1,9})+',
    '(a?){20}',
    '([a-z]+\\.){1,5}example\\.com',
    '(a|ab)+c',
    '(a|a)*',
    '(.|x)*',
    '(a)\\1',
    '(?<x>a)\\k<x>',
    '.*.*.*x',
    '.*a.*a.*a',
    '[a-z]*[a-y]*[b-z]*\\.com',
    '((a+)b?)+',
    '(?=(a+)+)x',
    '[a-z]{1,200}[a-z]{1,200}[a-z]{1,200}x',
    '((a{1,9}){1,9}){1,9}',
  ]) {
    t.match(checkRegex(source), [{ severity: 'error', code: 'regex-unsafe' }], source)
  }
})

t.test('an expression that ends soon is not', async t => {
  for (const source of [
    'https:\\/\\/(dev|stage)\\.example\\.com',
    'https:\\/\\/[a-z0-9-]+\\.example\\.com(:\\d+)?',
    'https:\\/\\/[a-z]+\\.[a-z]+\\.[a-z]+\\.example\\.com',
    'https:\\/\\/(?:\\d{3}){2}\\.example\\.com',
    'https:\\/\\/(a|b|c)+\\.example\\.com',
    '^https:\\/\\/pr-\\d+\\.example\\.com$',
    'https:\\/\\/[^.:/]{1,20}\\.example\\.com',
    'https:\\/\\/\\x61pp\\.example\\.com',
    '.+\\.example\\.com',
    'https:\\/\\/(?:www\\.)?example\\.com',
    'https:\\/\\/[\\w-]{4,}\\.example\\.com',
    'https:\\/\\/10\\.(\\d{1,3}\\.){2}\\d{1,3}',
  ]) {
    t.strictSame(checkRegex(source), [], source)
  }
})

t.test('one that allows what strangers can have is refused, and shown', async t => {
  for (const [source, probe] of [
    ['.*', 'https://evil.example'],
    ['https?:\\/\\/.+', 'https://evil.example'],
    ['https:\\/\\/.*example\\.com', 'https://evilexample.com'],
    ['https:\\/\\/[a-z.]*example\\.com', 'https://evilexample.com'],
    ['https:\\/\\/app\\.example\\.com.*', 'https://app.example.com.evil.example'],
    ['https:\\/\\/example\\.com[a-z.]*', 'https://example.com.evil.example'],
    ['https:\\/\\/[a-z-]*-?example\\.com', 'https://evilexample.com'],
    ['http://[a-z.]+', 'http://evil.example'],
    ['.*example\\.com', 'https://evilexample.com'],
    ['https://.*.example.com', 'https://evilexample.com'],
  ] as const) {
    const problem = checkRegex(source).find(({ code }) => code === 'regex-matches-probe-origins')
    t.equal(problem?.severity, 'error', source)
    t.match(problem?.reason, probe, `${source} allows ${probe}`)
    t.ok(fullMatch(source).test(probe), 'it really does')
  }
})

t.test('a dot that was meant as a dot', async t => {
  for (const [source, correction] of [
    ['https://app.example.com', '/https://app\\.example\\.com/'],
    ['https://[.a]\\.example.com', '/https://[.a]\\.example\\.com/'],
    ['https://(a.b|c)\\.example\\.com', '/https://(a\\.b|c)\\.example\\.com/'],
  ] as const) {
    t.match(
      checkRegex(source),
      [{ severity: 'warning', code: 'regex-unescaped-dot', correction }],
      source,
    )
    t.strictSame(checkRegex(correction.slice(1, -1)), [], 'the correction is clean')
  }
})

t.test('an expression that can match no origin is warned about', async t => {
  for (const source of ['example\\.com', '\\.example\\.com$', '.+\\.example\\.com/']) {
    const codes = checkRegex(source).map(({ code }) => code)
    t.ok(codes.includes('regex-unanchored'), source)
  }
})

t.test('what is no expression is refused', async t => {
  for (const source of ['(', 'a)|(b', '[', '*', 'a{2,1}', '\\']) {
    t.match(checkRegex(source), [{ severity: 'error', code: 'value-invalid' }], source)
  }
})

t.test('a whole expression is compared with the whole origin', async t => {
  const either = fullMatch('^https://a\\.test|https://b\\.test$')
  t.ok(either.test('https://a.test'))
  t.ok(either.test('https://b.test'))
  t.notOk(either.test('https://a.test.evil.test'))
  t.notOk(either.test('https://evil.test/https://b.test'))
  t.notOk(either.test('https://a.test\n'))
})
