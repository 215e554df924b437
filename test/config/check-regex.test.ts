import t from 'tap'
import { checkRegex } from '../../src/config/check-regex.js'
import { isLoopback, parseOrigin } from '../../src/policy/origin.js'
import { fullMatch } from '../../src/policy/origin-matcher.js'
import { harmless, shared } from './written-expressions.js'

const problemsOf = (source: string) => checkRegex(source).problems

t.test('an expression that could take very long is refused', async t => {
  for (const source of [
    '(a+)+',
    'https:\\/\\/(a+)+\\.example\\.com',
    '(a*)*b',
    '(?:[a-z]+-?)+x',
    '(\\w{1,9})+',
    '(a?){20}',
    '(?:|){25}x',
    '([a-z.]+){1,5}example\\.com',
    '(a|ab|b)+c',
    '(a|a)*',
    '(.|x)*',
    '(a)\\1',
    '(?<x>a)\\k<x>',
    '.*.*.*x',
    '.*a.*a.*a',
    '[a-z]*[a-y]*[b-z]*\\.com',
    '((a+)b?)+',
    '(?=(a+)+)x',
    '(?<=(?:a+)+)x',
    '[a-z]{1,200}[a-z]{1,200}[a-z]{1,200}x',
    '((a{1,9}){1,9}){1,9}',
    'https:\\/\\/[a-z0-9]+-?[a-z0-9]*-?[a-z0-9]*-?[a-z0-9]*\\.preview\\.example\\.com',
    `https:\\/\\/${'[a-z]{0,9}'.repeat(8)}\\.example\\.com`,
    `https:\\/\\/${'(?:a|aa)'.repeat(30)}\\.example\\.com`,
    `https:\\/\\/${'[a-z]?'.repeat(40)}\\.example\\.com`,
    `https:\\/\\/${'a?'.repeat(30)}${'a'.repeat(30)}\\.example\\.com`,
    'https:\\/\\/(?:www\\.)?(?:[a-z-]+\\.?)+\\.example\\.com',
    'https:\\/\\/(?:[a-z]+|[0-9]+|-|[a-f0-9]+)+\\.example\\.com',
    'https:\\/\\/(?:app\\.example\\.com|(?:x+x+)+y|b\\.example\\.com)',
    'https:\\/\\/[a-z-]+-[a-z-]+-[a-z-]+-[a-z-]+\\.example\\.com',
    'https:\\/\\/.*-.*-.*\\.example\\.com',
    'https:\\/\\/(?:[^.]+\\.?){3,}com',
    'https:\\/\\/(?:(?:a|b|ab){1,12}){1,12}\\.example\\.com',
  ]) {
    t.match(problemsOf(source), [{ severity: 'error', code: 'regex-unsafe' }], source)
  }
})

t.test('an expression that ends soon is not', async t => {
  for (const source of [
    'https:\\/\\/(dev|stage)\\.example\\.com',
    'https:\\/\\/[a-z0-9-]+\\.example\\.com(:\\d+)?',
    'https:\\/\\/[a-z]+\\.[a-z]+\\.[a-z]+\\.example\\.com',
    'https:\\/\\/(?:\\d{3}){2}\\.example\\.com',
    'https:\\/\\/(a|b|c)+\\.example\\.com',
    'https:\\/\\/(a|ab)+c\\.example\\.com',
    'https:\\/\\/([a-z]+\\.){1,5}example\\.com',
    '^https:\\/\\/pr-\\d+\\.example\\.com$',
    'https:\\/\\/[^.:/]{1,20}\\.example\\.com',
    'https:\\/\\/\\x61pp\\.example\\.com',
    '.+\\.example\\.com',
    'https:\\/\\/(?:www\\.)?example\\.com',
    'https:\\/\\/[\\w-]{4,}\\.example\\.com',
    'https:\\/\\/10\\.(\\d{1,3}\\.){2}\\d{1,3}',
    'https:\\/\\/[a-z0-9]+-?[a-z0-9]*\\.preview\\.example\\.com',
    `https:\\/\\/(?:${Array.from({ length: 300 }, (_, i) => `shop${i}`).join('|')})\\.example\\.com`,
  ]) {
    t.strictSame(problemsOf(source), [], source)
  }
})

t.test('an expression as people write them is accepted without a word', async t => {
  t.ok(harmless.length >= 60)
  for (const source of harmless) {
    t.strictSame(problemsOf(source), [], source)
    t.equal(checkRegex(source).shared, undefined, source)
  }
})

t.test('one below a suffix that a provider shares is accepted, and said to be', async t => {
  for (const source of shared) {
    const { problems, shared } = checkRegex(source)
    t.strictSame(problems, [], source)
    t.ok(
      shared !== undefined && fullMatch(source).test(shared.origin),
      `${source}: ${shared?.origin}`,
    )
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
    // In any of its alternatives, wherever it stands.
    [
      'https:\\/\\/(?:app\\.example\\.com|[a-z.-]*example\\.org|b\\.example\\.com)',
      'https://evilexample.org',
    ],
    [
      'https:\\/\\/app\\.shop\\.com|https:\\/\\/(?:a|.+)shop\\.com|https:\\/\\/b\\.shop\\.com',
      'https://evilshop.com',
    ],
    [
      '^https:\\/\\/a\\.shop\\.com$|^https:\\/\\/.*$|^https:\\/\\/b\\.shop\\.com$',
      'https://evil.example',
    ],
    ['https:\\/\\/(?:[a-z]+\\.)?(?:shop|[a-z]+)\\.(?:com|net)', 'https://evil.net'],
    // A dot that may be missing, or be something else.
    ['https:\\/\\/(?:.*\\.?)shop\\.com', 'https://evilshop.com'],
    ['https:\\/\\/.*[.-]shop\\.com', 'https://evil-shop.com'],
    ['https:\\/\\/\\w*\\W?shop\\.com', 'https://evilshop.com'],
    // Behind the name: its suffix, or more of it.
    ['https:\\/\\/app\\.shop\\.com[^/]*', 'https://app.shop.com.evil.example'],
    ['https:\\/\\/app\\.shop\\.com(?:$|\\..*)', 'https://app.shop.com.evil.example'],
    ['https:\\/\\/shop\\.[a-z]{2,3}', 'https://shop.tv'],
    ['https:\\/\\/shop\\.(?:com|co\\.[a-z]+)', 'https://shop.co.tv'],
    ['https:\\/\\/shop(-[a-z]+)?\\.com', 'https://shop-evil.com'],
    ['https:\\/\\/shop\\d\\.com', 'https://shop0.com'],
    ['https:\\/\\/[ab]{20}\\.com', '.com'],
    ['https:\\/\\/[a-z-]+\\.co\\.uk', 'https://evil.co.uk'],
    ['https:\\/\\/[a-z-]+\\.com(:\\d+)?', 'https://evil.com'],
    // What look-around keeps out is not all that there is.
    ['https:\\/\\/(?!evil)[a-z]*shop\\.com', 'shop.com'],
    // Addresses that anyone can rent.
    ['https:\\/\\/\\d+\\.\\d+\\.\\d+\\.\\d+', 'https://8.1.2.3'],
    ['http:\\/\\/[\\d.]+:3000', 'http://8.1.2.3:3000'],
    ['http:\\/\\/(?:10|172|192)\\.\\d+\\.\\d+\\.\\d+', 'http://192.1.2.3'],
    ['https:\\/\\/\\[[0-9a-f:]+\\]', 'https://[2001:db8::1]'],
  ] as const) {
    const problem = problemsOf(source).find(({ code }) => code === 'regex-matches-probe-origins')
    t.equal(problem?.severity, 'error', source)
    t.match(problem?.reason, probe, `${source} allows ${probe}`)
    const shown = /https?:\/\/[^,]+/.exec(problem?.reason ?? '')?.[0] ?? ''
    t.ok(parseOrigin(shown) !== undefined && fullMatch(source).test(shown), `${source} does`)
  }
})

t.test('one that allows an origin without encryption says which, wherever it stands', async t => {
  for (const [source, insecure] of [
    ['https?:\\/\\/a\\.shop\\.com|https:\\/\\/b\\.shop\\.com', 'http://a.shop.com'],
    [
      'https:\\/\\/a\\.shop\\.com|http:\\/\\/m\\.shop\\.com|https:\\/\\/b\\.shop\\.com',
      'http://m.shop.com',
    ],
    ['.+:\\/\\/a\\.shop\\.com', 'http://a.shop.com'],
    ['https:\\/\\/a\\.shop\\.com|http:\\/\\/localhost:\\d+', undefined],
    ['https?:\\/\\/(?:[a-z]+\\.)?localhost(:\\d+)?', undefined],
  ] as const) {
    t.equal(checkRegex(source).insecure, insecure, source)
  }
  for (const source of harmless) {
    const { insecure } = checkRegex(source)
    const parsed = parseOrigin(insecure ?? 'https://none.test')
    t.ok(parsed !== undefined && !isLoopback(parsed), source)
    t.equal(insecure !== undefined, fullMatch(source).test(insecure ?? ''), source)
  }
})

t.test('a dot that was meant as a dot', async t => {
  for (const [source, correction] of [
    ['https://app.example.com', '/https://app\\.example\\.com/'],
    ['https://my.app.example.com', '/https://my\\.app\\.example\\.com/'],
    ['https://[.a]\\.example.com', '/https://[.a]\\.example\\.com/'],
    ['https://(a.b|c)\\.example\\.com', '/https://(a\\.b|c)\\.example\\.com/'],
  ] as const) {
    t.match(
      problemsOf(source),
      [{ severity: 'warning', code: 'regex-unescaped-dot', correction }],
      source,
    )
    t.strictSame(problemsOf(correction.slice(1, -1)), [], 'the correction is clean')
  }
})

t.test('an expression that can match no origin is warned about', async t => {
  for (const source of [
    'example\\.com',
    '\\.example\\.com$',
    '.+\\.example\\.com/',
    '^https://a\\.example\\.com|b\\.example\\.com$',
    'https://app\\.example\\.com|',
  ]) {
    const codes = problemsOf(source).map(({ code }) => code)
    t.ok(codes.includes('regex-unanchored'), source)
  }
})

t.test('what is no expression is refused', async t => {
  for (const source of ['(', 'a)|(b', '[', '*', 'a{2,1}', '\\', '(?i:https)://a\\.example\\.com']) {
    t.match(problemsOf(source), [{ severity: 'error', code: 'value-invalid' }], source)
  }
})

t.test('what is too large to be looked through is refused', async t => {
  const many = Array.from({ length: 40_000 }, (_, i) => `shop${i}`).join('|')
  for (const source of [`https://(?:${many})\\.example\\.com`, '(?:a{1,300}b?){300}']) {
    t.match(problemsOf(source), [{ code: 'regex-unsafe' }], source.slice(0, 40))
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
