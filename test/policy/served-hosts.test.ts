import t from 'tap'
import { compileHosts, compileLocalHosts } from '../../src/policy/served-hosts.js'

t.test('a listener on this machine alone', async t => {
  const serves = compileLocalHosts(['https://shop.example.com', 'https://*.wild.example', 'null'])
  for (const host of [
    'localhost',
    'LOCALHOST:8010',
    'localhost.',
    'app.localhost:8010',
    'a.b.localhost',
    '127.0.0.1',
    '127.0.0.1:8010',
    '127.1.2.3',
    '192.168.1.10:8010',
    '[::1]:8010',
    '[::1]',
    '[fe80::1]:80',
    '[FE80:0:0:0:0:0:0:1]',
    'shop.example.com',
    'Shop.Example.com:443',
    'shop.example.com.',
  ]) {
    t.equal(serves(host), true, `serves ${host}`)
  }
  for (const host of [
    'evil.test',
    'evil.test:8010',
    'evil.test.',
    'localhost.evil.test',
    'evillocalhost',
    'localhost..',
    '127.0.0.1.evil.test',
    '127.0.0.1.nip.io:8010',
    '127.1',
    '127.0.0.01',
    '0x7f000001',
    '2130706433',
    '127.0.0.256',
    '.localhost.evil.test',
    'shop.example.com.evil.test',
    'evilshop.example.com',
    'a.shop.example.com',
    'a.wild.example',
    'wild.example',
    '*.wild.example',
    'null',
    '[1]:8010',
    '[:::::]',
    '[::1',
    '[evil.test]',
    '[12345::]',
    '',
    ':8010',
  ]) {
    t.equal(serves(host), false, `does not serve ${host}`)
  }
})

t.test('a list of names', async t => {
  const serves = compileHosts(['api.example.com', '*.apps.example.com', '[::1]'])
  for (const host of [
    'api.example.com',
    'API.example.com:8443',
    'a.apps.example.com',
    'a.b.apps.example.com:1',
    '[::1]:8010',
  ]) {
    t.equal(serves(host), true, `serves ${host}`)
  }
  for (const host of [
    'apps.example.com',
    '.apps.example.com',
    'evilapps.example.com',
    'api.example.com.evil.test',
    'localhost',
    '127.0.0.1',
    '[::2]',
  ]) {
    t.equal(serves(host), false, `does not serve ${host}`)
  }
  t.equal(compileHosts(['*'])('anything.at.all'), true)
})
