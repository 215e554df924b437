import t from 'tap'
import { isLoopbackAddress, isLoopbackHost, isLoopbackName } from '../../src/terms/loopback.js'

t.test('what means this machine', async t => {
  for (const [host, kind] of [
    ['localhost', 'name'],
    ['app.localhost', 'name'],
    ['a.b.localhost', 'name'],
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
