import t from 'tap'
import { loadSettings } from '../../src/config/load.js'
import { problemSentence } from '../../src/config/problem.js'
import { secretValues } from '../../src/config/shown-settings.js'
import { proxyTo } from '../../src/terms/outbound-proxy.js'

const load = (outboundProxy: string, env = {}, upstream = 'https://api.example.com') =>
  loadSettings({
    flags: { 'outbound-proxy': outboundProxy, 'allow-origin': 'https://app.example.com' },
    ...{ arguments: [upstream], env, cwd: '/', isTerminal: false, now: 0 },
  })

/** The proxy that the environment leads an upstream through. */
async function wayTo(upstream: string, env: Record<string, string>) {
  const loaded = await load('env', env, upstream)
  if (!loaded.ok || loaded.settings.upstream === undefined) throw new Error(upstream)
  return proxyTo(loaded.settings.upstream, loaded.settings.outboundProxy)?.href
}

t.test('env reads what curl reads:', async t => {
  const a = 'http://a.test:3128'
  const b = 'http://b.test'
  for (const [upstream, env, proxy] of [
    ['https://x.test', { HTTPS_PROXY: a, HTTP_PROXY: b }, a],
    ['http://x.test', { HTTPS_PROXY: a, HTTP_PROXY: b }, b],
    ['http://x.test', { HTTPS_PROXY: a }, undefined],
    ['http://x.test', { http_proxy: a, HTTP_PROXY: b }, a],
    ['http://x.test', { http_proxy: '', HTTP_PROXY: 'a.test:3128' }, a],
    ['http://x.test', { HTTP_PROXY: a, no_proxy: '', NO_PROXY: 'x.test' }, undefined],
    ['http://localhost:5000', { HTTP_PROXY: a }, undefined],
    ['http://[::1]:5000', { HTTP_PROXY: 'localhost:3128' }, 'http://localhost:3128'],
    ['unix:/run/api.sock', { HTTP_PROXY: a }, undefined],
  ] as const) {
    t.equal(await wayTo(upstream, env), proxy, `${upstream} ${JSON.stringify(env)}`)
  }
})

t.test('NO_PROXY excepts', async t => {
  for (const [item, excepted, others] of [
    ['example.com', ['example.com', 'www.example.com', 'EXAMPLE.com.'], ['anexample.com']],
    ['.example.com', ['example.com', 'a.b.example.com'], ['example.org']],
    ['*.example.com', ['www.example.com'], ['example.org']],
    ['a.test , EXAMPLE.com', ['example.com', 'a.test'], ['b.test']],
    ['a.test b.test', ['b.test'], ['c.test']],
    ['example.com:8443', ['example.com:8443'], ['example.com', 'example.com:80']],
    ['10.1.0.0/16', ['10.1.2.3', '10.1.2.3:8080'], ['10.2.0.1', 'x10.1.2.3.test']],
    ['10.1.2.3', ['10.1.2.3'], ['10.1.2.4']],
    ['10.1.2.3:81', ['10.1.2.3:81'], ['10.1.2.3']],
    ['fd00::/8', ['[fd12::1]'], ['[fe80::1]', '10.0.0.1']],
    ['[fd12::1]:81', ['[fd12::1]:81'], ['[fd12::1]']],
    ['fd12::1', ['[fd12::1]:81'], ['[fd12::2]']],
    ['*', ['example.com', '10.0.0.1'], []],
    ['', [], ['example.com']],
  ] as const) {
    const env = { HTTP_PROXY: 'http://p.test', NO_PROXY: item }
    for (const host of excepted) t.equal(await wayTo(`http://${host}`, env), undefined, host)
    for (const host of others) t.ok(await wayTo(`http://${host}`, env), `${item}: ${host}`)
  }
})

t.test('a mistake is named, and no password with it:', async t => {
  for (const [value, env, said] of [
    ['socks5://eve:word@p.test:1080', {}, /--outbound-proxy .*speaks socks5.* Write http/],
    ['https://eve:word@p.test', {}, /speaks https/],
    ['http://eve:word@p.test/path', {}, /has a path/],
    ['http://e%3Ave:word@p.test', {}, /with a colon/],
    ['http://eve:w%ord@p.test', {}, /percent sign/],
    ['http://eve:word@', {}, /not a URL/],
    ['http://p.test:0', {}, /port 0/],
    ['env', { HTTPS_PROXY: 'socks5://eve:word@p.test' }, /HTTPS_PROXY \(environment\): .*socks5/],
    ['env', { http_proxy: 'http://p.test/x' }, /http_proxy \(environment\): .*has a path/],
  ] as const) {
    const { ok, problems } = await load(value, env)
    const told = problems.map(problemSentence).join('\n')
    t.notOk(ok, value)
    t.match(told, said)
    t.notMatch(told, /word@/)
  }
})

t.test('what has no effect is said, and starts:', async t => {
  for (const [value, env, upstream, said] of [
    ['env', {}, 'https://x.test', /neither HTTPS_PROXY nor HTTP_PROXY/],
    ['env', { HTTP_PROXY: 'p.test' }, 'https://x.test', /no upstream is one that/],
    ['http://p.test', {}, 'http://localhost:5000', /every upstream is on this machine/],
    ['env', { HTTPS_PROXY: 'p.test', NO_PROXY: 'a/b' }, 'https://x.test', /NO_PROXY .*"a\/b"/],
  ] as const) {
    const { ok, problems } = await load(value, env, upstream)
    t.ok(ok)
    t.match(problems.map(problemSentence).join(), said)
  }
})

t.test('a password is hidden in traffic, too, however it is written', async t => {
  const loaded = await load('http://eve:p%40ss-word@p.test')
  if (!loaded.ok) throw new Error('it is good')
  const basic = Buffer.from('eve:p@ss-word').toString('base64')
  const secrets = secretValues(loaded.settings)
  for (const one of [basic, 'p%40ss-word', 'p@ss-word']) t.ok(secrets.includes(one), one)
})
