import t from 'tap'
import { isValidHost, readTarget } from '../../../src/proxy/message/request-target.js'

t.test('a target in origin form is kept byte for byte', async t => {
  for (const target of [
    '/',
    '//evil.test/x',
    '/a//b/../c/./%2F%2e%7E;x=1,2/(!)*',
    '/p?',
    '/p??a=/&b=\\',
    '/a\\b',
    '/%',
    '/*',
  ]) {
    t.equal(readTarget(target, 'GET', 'api.test'), target)
  }
})

t.test('another form of target becomes', async t => {
  for (const [what, url, method, host, target] of [
    ['its path and query, for our own host', 'http://api.test/p?q', 'GET', 'api.test', '/p?q'],
    ['its path, for https too', 'https://api.test/p', 'GET', 'api.test', '/p'],
    ['its path, whatever the case', 'HTTP://API.test/P', 'GET', 'api.TEST', '/P'],
    ['its path, with the same port', 'http://api.test:81/p', 'GET', 'api.test:81', '/p'],
    ['the root, when it has no path', 'http://api.test', 'GET', 'api.test', '/'],
    ['the root with a query', 'http://api.test?q', 'GET', 'api.test', '/?q'],
    ['the star, for OPTIONS of a whole host', 'http://api.test', 'OPTIONS', 'api.test', '*'],
    ['the star, as it is', '*', 'OPTIONS', 'api.test', '*'],
  ] as const) {
    t.test(what, async t => t.equal(readTarget(url, method, host), target))
  }
})

t.test('a target is refused that', async t => {
  for (const [what, url, method = 'GET', host = 'api.test'] of [
    ['names another host', 'http://evil.test/p'],
    ['names another port', 'http://api.test:81/p'],
    ['names our host behind a user', 'http://api.test@evil.test/p'],
    ['names a user at our host', 'http://a@api.test/p'],
    ['is of another scheme', 'ftp://api.test/p'],
    ['has only an authority', 'api.test:443'],
    ['is empty', ''],
    ['is a relative path', 'p'],
    ['is the star, but not for OPTIONS', '*'],
    ['has a fragment', '/p#f'],
    ['has a fragment in absolute form', 'http://api.test/p#f'],
    ['holds a space', '/p q'],
    ['holds a tab', '/p\tq'],
    ['holds a line break', '/p\r\nX: y'],
    ['holds a delete byte', '/p\u007f'],
    ['holds more than a byte per character', '/p\u0100'],
  ] as const) {
    t.test(what, async t => t.equal(readTarget(url, method, host), undefined))
  }
  t.test('is absolute, when there is no Host to compare', async t => {
    t.equal(readTarget('http://api.test/p', 'GET', undefined), undefined)
  })
})

t.test('a Host line is', async t => {
  for (const host of [
    'api.test',
    'API.Test:8080',
    'localhost',
    'under_score.test',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:65535',
    '[::ffff:127.0.0.1]:80',
    'api.test:',
    `${'a'.repeat(255)}:65535`,
  ]) {
    t.equal(isValidHost(host), true, `valid: ${host}`)
  }
  for (const host of [
    '',
    ':80',
    'api.test:65536',
    'api.test:8a',
    'api.test:80:80',
    'api.test:-1',
    'a b',
    'a@b',
    'a/b',
    'a,b',
    'a?b',
    '[::1',
    '::1',
    '[]',
    '[::1]x',
    '[::g]',
    'caf\u00e9',
    'a'.repeat(262),
  ]) {
    t.equal(isValidHost(host), false, `invalid: ${JSON.stringify(host)}`)
  }
})
