import t from 'tap'
import { devCookie } from '../../../src/proxy/message/cookies.js'

t.test('a cookie in development', async t => {
  for (const [what, line, onHttp, onHttps] of [
    ['stays as it is without attributes', 'a=1', 'a=1', 'a=1'],
    ['belongs to our own host', 'a=1; Domain=.api.test; Path=/', 'a=1; Path=/', 'a=1; Path=/'],
    ['whatever the spelling', 'a=1;DOMAIN = api.test;Path=/', 'a=1;Path=/', 'a=1;Path=/'],
    [
      'is sent over plain HTTP',
      'a=1; Secure; HttpOnly; SameSite=None',
      'a=1; HttpOnly',
      'a=1; Secure; HttpOnly; SameSite=None',
    ],
    [
      'is not partitioned there, which only Secure ones can be',
      'a=1; Path=/; Secure; Partitioned',
      'a=1; Path=/',
      'a=1; Path=/; Secure; Partitioned',
    ],
    ['keeps SameSite=Lax', 'a=1; SameSite=Lax', 'a=1; SameSite=Lax', 'a=1; SameSite=Lax'],
    ['keeps a value that reads like an attribute', 'secure=1', 'secure=1', 'secure=1'],
    ['keeps its name, whatever it is', 'Domain=x; Path=/', 'Domain=x; Path=/', 'Domain=x; Path=/'],
    [
      'keeps a date with its comma',
      'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Domain=b',
      'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT',
      'a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT',
    ],
  ] as const) {
    t.test(what, async t => {
      t.equal(devCookie(line, true), onHttp, 'on a plain-HTTP listener')
      t.equal(devCookie(line, false), onHttps, 'on a TLS listener')
    })
  }
})
