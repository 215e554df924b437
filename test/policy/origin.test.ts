import t from 'tap'
import { parseOrigin } from '../../src/policy/origin.js'

t.test('an origin is taken apart', async t => {
  for (const [text, scheme, host, port, hostKind] of [
    ['https://app.example.com', 'https', 'app.example.com', 0, 'name'],
    ['https://app.example.com:8443', 'https', 'app.example.com', 8443, 'name'],
    ['http://localhost:3000', 'http', 'localhost', 3000, 'name'],
    ['https://my_app.example.com', 'https', 'my_app.example.com', 0, 'name'],
    ['https://app.example.com.', 'https', 'app.example.com.', 0, 'name'],
    ['https://-a-.example.com', 'https', '-a-.example.com', 0, 'name'],
    ['http://10.0.0.5:8080', 'http', '10.0.0.5', 8080, 'ipv4'],
    ['http://[::1]:3000', 'http', '[::1]', 3000, 'ipv6'],
    ['http://[2001:db8::1]', 'http', '[2001:db8::1]', 0, 'ipv6'],
    ['http://[1:0:0:2::3]', 'http', '[1:0:0:2::3]', 0, 'ipv6'],
    ['capacitor://localhost', 'capacitor', 'localhost', 0, 'name'],
    ['chrome-extension://abcdefghijklmnop', 'chrome-extension', 'abcdefghijklmnop', 0, 'name'],
    ['app+x.1://7', 'app+x.1', '7', 0, 'name'],
    ['app://.', 'app', '.', 0, 'opaque'],
    ['app://Obsidian.MD:1', 'app', 'Obsidian.MD', 1, 'opaque'],
    ['file://', 'file', '', 0, 'opaque'],
    ['file:///', 'file', '/', 0, 'opaque'],
    ['http://app.example:443', 'http', 'app.example', 443, 'name'],
    ['ionic://localhost:80', 'ionic', 'localhost', 80, 'name'],
  ] as const) {
    t.strictSame(parseOrigin(text), { scheme, host, port, hostKind }, text)
  }
  t.ok(parseOrigin(`https://${'a'.repeat(249)}.com`), 'a host of 253 bytes')
  t.ok(parseOrigin(`https://${'a'.repeat(249)}.com.`), 'a trailing dot does not count')
})

t.test('what no browser sends is no origin', async t => {
  for (const text of [
    '',
    'null',
    'https',
    'https:',
    'https://',
    'https:///',
    '//app.example.com',
    'https:/app.example.com',
    'https:app.example.com',
    '1a://host',
    'HTTPS://app.example.com',
    'https://App.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com?x',
    'https://app.example.com#x',
    'https://user@app.example.com',
    'https://.example.com',
    'https://a..example.com',
    'https://app.example.com..',
    'https://.',
    'https://app.example.com:',
    'https://app.example.com:0',
    'https://app.example.com:443',
    'http://app.example.com:80',
    'https://app.example.com:08443',
    'https://app.example.com:65536',
    'https://app.example.com:123456',
    'https://app.example.com:8443x',
    'https://app.example.com, https://b.example.com',
    'https://app.example.com https://b.example.com',
    'https://app.example.com\r\nx: y',
    'https://app.example.com\u0000',
    'https://app%2eexample.com',
    'https://аpp.example.com',
    'https://127.1',
    'https://0x7f.0.0.1',
    'https://127.0.0.01',
    'https://256.0.0.1',
    'https://127.0.0.1.',
    'https://1.2.3.4.5',
    'https://app.example.0x',
    'http://[::1',
    'http://[::1]x',
    'http://[0:0:0:0:0:0:0:1]',
    'http://[::01]',
    'http://[::A]',
    'http://[::ffff:1.2.3.4]',
    'http://[fe80::1%eth0]',
    'http://[1::2::3]',
    'http://[1:2:3:4:5:6:7:8:9]',
    'http://[::1:2:3:4:5:6:7:8]',
    'http://::1:3000',
  ]) {
    t.equal(parseOrigin(text), undefined, JSON.stringify(text))
  }
  t.equal(parseOrigin(`https://${'a'.repeat(250)}.com`), undefined, 'a host of 254 bytes')
  t.equal(parseOrigin(`${'a'.repeat(65)}://b`), undefined, 'a scheme of 65 bytes')
  t.equal(parseOrigin(`${'a'.repeat(64)}://${'b'.repeat(260)}`), undefined, 'over 326 bytes')
})
