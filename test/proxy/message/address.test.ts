import t from 'tap'
import { shareOf } from '../../../src/proxy/message/address.js'

t.test('clients that share a limit are those of', async t => {
  for (const [what, one, other, isSame] of [
    ['one address', '203.0.113.5', '203.0.113.5', true],
    ['two addresses', '203.0.113.5', '203.0.113.6', false],
    ['one network of IPv6', '2001:db8:0:1::1', '2001:db8:0:1:ffff:1:2:3', true],
    ['one network, with few groups named', '2001:db8::1', '2001:db8::2', true],
    [
      'one network, with its zeros written in two ways',
      '2001:db8::1:2:3:4',
      '2001:db8:0:0::9',
      true,
    ],
    ['two networks of IPv6', '2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['two networks that begin alike', '2001::1:2:3:4:5', '2001::2:2:3:4:5', false],
    ['this machine', '::1', '::1', true],
    ['no address', 'unix', 'unix', true],
  ] as const) {
    t.equal(shareOf(one) === shareOf(other), isSame, what)
  }
})
