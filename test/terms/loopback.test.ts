import t from 'tap'
import {
  atLocalhost,
  isLoopbackAddress,
  isLoopbackHost,
  isLoopbackName,
} from '../../src/terms/loopback.js'

t.test('what means this machine', async t => {
  for (const [host, kind] of [
    ['localhost', 'name'],
    ['app.localhost', 'name'],
    ['a.b.localhost', 'name'],
    ['localhost.', 'name'],
    ['127.0.0.1', 'address'],
    ['127.255.0.9', 'address'],
    ['::1', 'address'],
    ['::ffff:127.0.0.1', 'address'],
    ['[::1]', 'host'],
    ['', 'none'],
    ['notlocalhost', 'none'],
    ['localhost.example', 'none'],
    ['127.example', 'none'],
    ['127.0.0.1.example', 'none'],
    ['128.0.0.1', 'none'],
    ['::ffff:10.0.0.1', 'none'],
    ['::', 'none'],
    ['0.0.0.0', 'none'],
    ['[::1].example', 'none'],
  ] as const) {
    t.equal(isLoopbackName(host), kind === 'name', `${host} as a name`)
    t.equal(isLoopbackAddress(host), kind === 'address', `${host} as an address`)
    t.equal(isLoopbackHost(host), kind !== 'none', `${host} as a host`)
  }
})

t.test('an address is printed with the name that pages and cookies use', async t => {
  for (const [url, printed] of [
    ['http://127.0.0.1:8010', 'http://localhost:8010'],
    ['http://0.0.0.0:8010', 'http://localhost:8010'],
    ['https://[::]:8443', 'https://localhost:8443'],
    ['http://[::1]:8011/inspect', 'http://localhost:8011/inspect'],
    ['http://0.0.0.0', 'http://localhost'],
    ['http://127.0.0.2:8010', 'http://127.0.0.2:8010'],
    ['http://192.168.1.5:8010', 'http://192.168.1.5:8010'],
    ['http://127.0.0.1.example:80', 'http://127.0.0.1.example:80'],
    ['unix:/run/a.sock', 'unix:/run/a.sock'],
  ] as const) {
    t.equal(atLocalhost(url), printed, url)
  }
})
