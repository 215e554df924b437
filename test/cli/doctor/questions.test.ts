// What the doctor asks: behind a log-in, of several addresses, out of a HAR; and what it never shows.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { createAsker, isNear } from '../../../src/cli/doctor/ask.js'
import { main } from '../../../src/cli/main.js'
import { loadSettings } from '../../../src/config/load.js'
import { need } from '../../support/need.js'
import { app, type Server, see, seen, serve } from './doctor-scene.js'

const secret = 's3cr3t-value'

/** Behind a log-in: without the credential even the CORS headers are missing. */
const behindLogIn =
  (isLoggedIn: (headers: Record<string, unknown>) => boolean): Server =>
  ({ method, headers }, origin) => {
    if (method === 'OPTIONS') {
      return {
        status: 204,
        headers: [
          'Access-Control-Allow-Origin',
          app,
          'Access-Control-Allow-Credentials',
          'true',
          'Access-Control-Allow-Headers',
          'authorization',
          'Access-Control-Max-Age',
          '60',
        ],
      }
    }
    if (!isLoggedIn(headers)) return { status: 401, headers: ['Vary', 'Origin'] }
    const allowed =
      origin === app
        ? ['Access-Control-Allow-Origin', app, 'Access-Control-Allow-Credentials', 'true']
        : []
    return { headers: [...allowed, 'Vary', 'Origin'] }
  }

t.test('a server behind a log-in is judged as the page sees it', async t => {
  const byHeader = await serve(
    t,
    behindLogIn(({ authorization }) => authorization === `Bearer ${secret}`),
  )
  t.equal((await see(byHeader)).code, 1, 'without the header')
  t.equal((await see(byHeader, { header: `Authorization: Bearer ${secret}` })).code, 0)
  const byCookie = await serve(
    t,
    behindLogIn(({ cookie }) => cookie === `sid=${secret}; a=1`),
  )
  t.equal((await see(byCookie)).code, 1, 'without the cookie')
  t.equal((await see(byCookie, { cookie: `sid=${secret}; a=1` })).code, 0)
})

t.test('a method that changes nothing is sent; another only with a body', async t => {
  for (const [flags, wanted] of [
    [{}, ['GET']],
    [{ method: 'QUERY', body: 'x' }, ['QUERY']],
    [{ method: 'put' }, ['HEAD']],
    [{ method: 'DELETE', body: '' }, ['DELETE']],
    [{ method: 'POST', body: '{}', headers: 'content-type' }, ['POST']],
  ] as const) {
    const methods = new Set<string>()
    const bodies: string[] = []
    const url = await serve(t, ({ method = '', headers, url = '' }, origin) => {
      if (method !== 'OPTIONS' && origin === app && url === '/') {
        methods.add(method)
        bodies.push(String(headers['content-length'] ?? ''))
      }
      return {
        headers: [
          'Access-Control-Allow-Origin',
          '*',
          'Access-Control-Allow-Methods',
          '*',
          'Access-Control-Allow-Headers',
          '*',
        ],
      }
    })
    const [only] = await seen(url, flags)
    t.strictSame([...methods], wanted, JSON.stringify(flags))
    t.equal(only?.prognosis.canRead, true, JSON.stringify(flags))
  }
})

t.test('what stands in for a method is said', async t => {
  const url = await serve(t, ({ method }) => ({
    status: method === 'HEAD' ? 405 : 200,
    headers: ['Access-Control-Allow-Origin', '*', 'Access-Control-Allow-Methods', 'PUT'],
  }))
  const { text, code } = await see(url, { method: 'PUT' })
  t.match(text, /PUT may change something, so HEAD or OPTIONS was sent in its place/)
  t.equal(code, 0)
})

t.test(
  'secrets that are given never come out, not even where the server sends them back',
  async t => {
    const url = await serve(t, ({ headers }) => ({
      status: 302,
      headers: [
        'Access-Control-Allow-Origin',
        String(headers['x-key'] ?? headers.authorization ?? headers.cookie ?? 'none'),
        'Location',
        `/next/${headers['x-key'] ?? ''}?code=${secret}`,
        'Set-Cookie',
        `${headers['x-key'] ?? 'a'}=1`,
      ],
    }))
    for (const flags of [
      { header: [`Authorization: Bearer ${secret}`, `X-Key: ${secret}`] },
      { cookie: `sid=${secret}` },
      { method: 'POST', body: secret, header: `X-Key: ${secret}` },
    ]) {
      for (const format of ['text', 'json', 'sarif', 'junit']) {
        const { text, errors } = await see(`${url}?token=${secret}`, { ...flags, format })
        t.notMatch(text + errors, secret, `${JSON.stringify(flags)} ${format}`)
      }
    }
    for (const flags of [
      { header: secret },
      { header: `Host: ${secret}` },
      { header: `X-A: ${secret}\n` },
      { cookie: `sid=${secret}\r\n` },
    ]) {
      const { code, errors } = await see(url, flags)
      t.equal(code, 2)
      t.notMatch(errors, secret)
    }
    const { code, errors } = await see(`http://user:${secret}@127.0.0.1:1/`)
    t.equal(code, 2)
    t.notMatch(errors, secret)
  },
)

t.test('several addresses, from the command line and from a file', async t => {
  const url = await serve(t, () => ({ headers: ['Access-Control-Allow-Origin', '*'] }))
  const folder = t.testdir({ urls: `# the API\n${url}a\n\n${url}b\n` })
  const all = await seen([`${url}c`], { urls: join(folder, 'urls') })
  t.strictSame(
    all.map(seen => seen.url),
    [`${url}c`, `${url}a`, `${url}b`],
  )
  t.match(await see([], { urls: join(folder, 'none') }), { code: 2, errors: /cannot be read/ })
})

t.test('a HAR is asked again: each kind of request to another origin once', async t => {
  const asked: string[] = []
  const url = await serve(t, ({ method, url = '', headers }, origin) => {
    if (origin === app && headers.authorization !== undefined) asked.push(`${method} ${url}`)
    return {
      headers: [
        'Access-Control-Allow-Origin',
        '*',
        'Access-Control-Allow-Headers',
        'authorization',
      ],
    }
  })
  const entry = (method: string, path: string, origin = app) => ({
    request: {
      method,
      url: path.startsWith('http') ? path : `${url}${path}`,
      headers: [
        { name: 'Origin', value: origin },
        { name: 'User-Agent', value: 'Mozilla/5.0' },
        { name: 'Authorization', value: `Bearer ${secret}` },
      ],
    },
  })
  const preflight = entry('OPTIONS', 'a')
  preflight.request.headers.push({ name: 'Access-Control-Request-Method', value: 'GET' })
  const folder = t.testdir({
    'a.har': JSON.stringify({
      log: {
        entries: [
          entry('GET', 'a?page=1'),
          entry('GET', 'a?page=2'),
          entry('GET', 'b'),
          entry('GET', `${app}/own`),
          preflight,
          { request: {} },
        ],
      },
    }),
    'empty.har': '{"log":{"entries":[]}}',
    'not.har': 'PK\u0003',
  })
  const { text } = await see([], { origin: [], 'from-har': join(folder, 'a.har'), json: 'true' })
  t.strictSame(
    JSON.parse(text).diagnoses.map(({ url, origin }: { url: string; origin: string }) => [
      url,
      origin,
    ]),
    [
      [`${url}a?page=1`, app],
      [`${url}b`, app],
    ],
  )
  t.ok(asked.includes('GET /a?page=1') && asked.includes('GET /b'))
  t.notMatch(text, secret)
  for (const [file, why] of [
    ['empty.har', /holds no request to an origin other/],
    ['not.har', /not JSON/],
    ['none.har', /cannot be read/],
  ] as const) {
    t.match(await see([], { origin: [], 'from-har': join(folder, file) }), { code: 2, errors: why })
  }
  t.match(await see([url], { 'from-har': join(folder, 'a.har') }), { code: 2 })
})

t.test('a word that makes no sense is a mistake, with what to write', async t => {
  for (const [urls, flags, errors] of [
    ['ftp://x', {}, /is not an address/],
    ['localhost:1', { origin: 'app.example.com' }, /Write it like https:\/\/app\.example\.com/],
    [
      'localhost:1',
      { origin: 'https://app.example.com/' },
      /Write it like https:\/\/app\.example\.com/,
    ],
    ['localhost:1', { method: 'TRACE' }, /no.* method that a page can send/],
    ['localhost:1', { headers: 'a:b' }, /is not a header name/],
    ['localhost:1', { header: 'Origin: https://x' }, /Write --origin/],
    ['localhost:1', { format: 'xml' }, /--format is one of/],
  ] as const) {
    t.match(await see(urls, flags), { code: 2, errors })
  }
})

t.test('the command line takes several addresses', async t => {
  t.equal(
    await main(['doctor', 'http://127.0.0.1:1/', 'http://127.0.0.1:1/x', '--format', 'nonsense']),
    2,
  )
})

t.test('ten requests a second at most, to hosts that are not the asker’s own', async t => {
  const url = new URL(await serve(t, () => ({ headers: [] })))
  const asker = createAsker(false, async () => false)
  t.teardown(() => asker.close())
  const begun = performance.now()
  for (let count = 0; count < 12; count++) await asker.ask({ url, method: 'GET', headers: {} })
  t.ok(performance.now() - begun >= 1100, 'twelve of them take more than a second')
})

t.test('a server is well where the proxy finds it well:', async t => {
  const grant = `Access-Control-Allow-Origin: ${app}`
  for (const [what, head, found] of [
    ['lines that end in LF only', `HTTP/1.1 200 OK\n${grant}\n\n`, 200],
    ['a folded field', `HTTP/1.1 200 OK\r\n${grant}\r\nX-A: a\r\n b\r\n\r\n`, 200],
    ['two equal lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n', 200],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n',
      /no valid HTTP/,
    ],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', /does not speak HTTP \(.*SSH\)/],
    ['silence', '', /closed the connection without an answer/],
  ] as const) {
    const server = createServer(socket => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(head))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const asker = createAsker(false)
    t.teardown(() => asker.close())
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const answer = await asker.ask({ url, method: 'GET', headers: { origin: app } })
    const expected = typeof found === 'number' ? { status: found } : { failure: found }
    t.match(answer, expected, what)
  }
})

t.test('what is the asker’s own is told by the address', async t => {
  const resolve = async (host: string) =>
    ({ 'own.test': ['10.0.0.1'], 'mixed.test': ['10.0.0.1', '203.0.113.9'] })[host] ?? []
  for (const host of [
    'localhost',
    'a.localhost',
    '127.0.0.1',
    '[::1]',
    '192.168.1.1',
    '[fd00::1]',
    '172.20.0.1',
    'own.test',
    '[::ffff:10.0.0.1]',
  ]) {
    t.equal(await isNear(host, resolve), true, host)
  }
  for (const host of ['203.0.113.9', '[2001:db8::1]', '172.32.0.1', 'mixed.test', 'none.test']) {
    t.equal(await isNear(host, resolve), false, host)
  }
})

t.test('the command that is printed starts, and allows what was asked for', async t => {
  const url = await serve(t, () => ({ headers: [] }))
  for (const flags of [
    {},
    { origin: 'http://shop.example' },
    { origin: ['https://a.example', 'http://localhost:3000', 'http://192.168.1.5:3000'] },
    { origin: 'https://a.example', method: 'PURGE', headers: 'x-a,x-b,authorization' },
    { origin: ['null', 'https://a.example'] },
  ]) {
    const { text } = await see(url, flags)
    const command = /^ {4}cors-sidecar (.*)$/m.exec(text)?.[1] ?? ''
    const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const given = words.slice(1).map(word => /^--([\w-]+)=(.*)$/.exec(word) ?? [])
    const loaded = await loadSettings({
      arguments: words.slice(0, 1),
      flags: Object.fromEntries(given.map(([, flag = '', value = '']) => [flag, value])),
      env: { NODE_ENV: 'production' },
      cwd: '/',
      isTerminal: false,
    })
    t.equal(loaded.ok, true, command)
  }
  t.match((await see(url, { origin: 'null' })).text, /The sidecar refuses null in its settings/)
})

t.test('SARIF is what Microsoft’s validator takes', { skip: need('sarif').skip }, async t => {
  const url = await serve(t, () => ({ headers: [] }))
  const { text } = await see(`${url}?token=${secret}`, { format: 'sarif' })
  const folder = t.testdir({ 'good.sarif': text, 'bad.sarif': text.replace('"driver"', '"diver"') })
  const complaints = (file: string) =>
    execFileSync(need('sarif').path, ['validate', file, '--rule-kind', 'Sarif;Gh'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' },
    })
      .split('\n')
      .filter(line => /: (?:error|warning) /.test(line))
  t.strictSame(complaints('good.sarif'), [])
  t.not(complaints('bad.sarif').length, 0)
})

t.test('JUnit is XML with a failure for what is wrong', { skip: need('python').skip }, async t => {
  const url = await serve(t, () => ({ headers: ['Access-Control-Allow-Origin', '<&"\u009b'] }))
  const { text } = await see(url, { format: 'junit' })
  const folder = t.testdir({ 'a.xml': text })
  const read = `import sys, xml.etree.ElementTree as E; r = E.parse(sys.argv[1]).getroot(); print(len(r.findall('.//failure')), r.get('failures'), len(r.findall('.//testcase')), r.get('tests'))`
  const counts = execFileSync(need('python').path, ['-c', read, join(folder, 'a.xml')], {
    encoding: 'utf8',
  })
    .trim()
    .split(' ')
  t.equal(counts[0], counts[1])
  t.equal(counts[2], counts[3])
  t.ok(Number(counts[0]) > 0)
  t.match(readFileSync(join(folder, 'a.xml'), 'utf8'), 'allow-origin-other')
})
