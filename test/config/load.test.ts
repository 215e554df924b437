// Which source wins, what each may say, and what is said about mistakes.
import t from 'tap'
import { goodEnv, load } from './made-up-sources.js'

t.test('of the sources that set an option the strongest wins', async t => {
  const { settings, provenance, texts, files } = await load({
    files: {
      '/srv/app/.env':
        'CORS_SIDECAR_MAX_AGE=3m\nCORS_SIDECAR_LOG_LEVEL=warn\nCORS_SIDECAR_WORKERS=3',
      '/srv/app/c.yaml': 'maxAge: 4m\nlogLevel: error\nworkers: 4\nmaxConnections: 7',
    },
    flags: { 'max-age': '1m', config: 'c.yaml' },
    env: { ...goodEnv, CORS_SIDECAR_MAX_AGE: '2m', CORS_SIDECAR_LOG_LEVEL: 'debug' },
  })
  t.same(texts, [])
  t.match(settings, { maxAge: 60, logLevel: 'debug', workers: 3, maxConnections: 7 })
  t.match(provenance, {
    maxAge: { kind: 'flag', source: 'command line', name: '--max-age' },
    logLevel: { kind: 'environment', source: 'environment', name: 'CORS_SIDECAR_LOG_LEVEL' },
    workers: { kind: 'env-file', source: '.env', name: 'CORS_SIDECAR_WORKERS' },
    maxConnections: { kind: 'config', source: 'c.yaml', name: 'maxConnections' },
    retries: { kind: 'default', source: 'default' },
  })
  t.same(files, ['/srv/app/.env', '/srv/app/c.yaml'], 'the files that were read are known')
})

t.test('everything that is wrong is said at once', async t => {
  const { ok, texts } = await load({
    flags: { 'upstream-timeout': '2d', 'log-levl': 'info', 'allow-origins': 'app.example.com' },
    env: { CORS_SIDECAR_WORKERS: 'many', CORS_SIDECAR_MAXAGE: '5' },
  })
  t.notOk(ok)
  t.same(texts, [
    '--log-levl (command line): is not an option. Write --log-level',
    '--upstream-timeout (command line): "2d" counts in days, and hours are the longest unit. Write 48h',
    'CORS_SIDECAR_WORKERS (environment): "many" is not a whole number. Write a number from 1 to 256, digits only.',
    '--allow-origins (command line): entry 1, "app.example.com" has no scheme such as https://. Write https://app.example.com',
    'CORS_SIDECAR_MAXAGE (environment): is not an option, and is ignored. Write CORS_SIDECAR_MAX_AGE',
  ])
})

t.test('the .env file', async t => {
  const files = {
    '/srv/app/.env': 'CORS_SIDECAR_MAX_AGE=3m',
    '/srv/app/other.env': 'CORS_SIDECAR_MAX_AGE=7m',
  }
  for (const [what, given, maxAge] of [
    ['is read when it is there', { env: goodEnv }, 180],
    ['is not read in production', { env: { ...goodEnv, NODE_ENV: 'production' } }, 600],
    [
      'gives way to the one that is named',
      { env: goodEnv, flags: { 'env-file': 'other.env' } },
      420,
    ],
    [
      'is read in production when it is named',
      { env: { ...goodEnv, NODE_ENV: 'production', CORS_SIDECAR_ENV_FILE: '/srv/app/other.env' } },
      420,
    ],
    ['never overrides the environment', { env: { ...goodEnv, CORS_SIDECAR_MAX_AGE: '9' } }, 9],
  ] as const) {
    t.test(what, async t => {
      t.equal((await load({ files, ...given })).settings?.maxAge, maxAge)
    })
  }
  t.test('is missed when it was named', async t => {
    const { ok, texts } = await load({ env: goodEnv, flags: { 'env-file': 'none.env' } })
    t.notOk(ok)
    t.same(texts, ['--env-file (command line): "none.env" cannot be read: there is no such file.'])
  })
})

t.test('a list', async t => {
  const lists = async (given: object) => (await load(given)).settings?.allowOrigins
  const both = ['https://a.test', 'https://b.test']
  t.same(await lists({ flags: { 'allow-origins': 'https://a.test|https://b.test' } }), both)
  t.same(await lists({ flags: { 'allow-origins': ['https://a.test', 'https://b.test'] } }), both)
  t.same(await lists({ flags: { 'allow-origin': ['https://a.test', 'https://b.test'] } }), both)
  t.same(await lists({ env: { CORS_SIDECAR_ALLOW_ORIGIN: 'https://a.test' } }), ['https://a.test'])

  const { texts, settings } = await load({
    env: { ...goodEnv, CORS_SIDECAR_ALLOW_ORIGIN: 'https://b.test' },
  })
  t.same(texts, [], 'has a plural and a singular name, which add up within one source')
  t.same(settings?.allowOrigins, [goodEnv.CORS_SIDECAR_ALLOW_ORIGINS, 'https://b.test'])
  const flags = { 'allow-origins': 'https://a.test,https://b.test', 'allow-origin': ['/b{1,2}/'] }
  t.same(await lists({ flags }), [...both, '/b{1,2}/'], 'each split as its name says')
  const wrong = await load({
    env: { ...goodEnv, CORS_SIDECAR_ALLOW_METHOD: 'G T', CORS_SIDECAR_ALLOW_METHODS: 'GET' },
  })
  t.match(wrong.texts, [/^CORS_SIDECAR_ALLOW_METHOD \(environment\)/], 'and blamed under its own')
  const mixed = await load({ env: goodEnv, flags: { 'allow-origin': ['https://c.test'] } })
  t.same(mixed.texts, [], 'two sources may use different ones')
  t.same(mixed.settings?.allowOrigins, ['https://c.test'])
})

t.test('a single value given twice as a flag is a mistake', async t => {
  const { texts } = await load({ env: goodEnv, flags: { 'max-age': ['1m', '2m'] } })
  t.same(texts, ['--max-age (command line): is given 2 times, but takes one value.'])
})

t.test('a secret', async t => {
  t.test('may be read from a file, without its last line break', async t => {
    const { settings, texts } = await load({
      files: { '/run/token': 'abc\n' },
      env: { ...goodEnv, CORS_SIDECAR_ADMIN_TOKEN_FILE: '/run/token' },
    })
    t.same(texts, [])
    t.equal(settings?.adminToken, 'abc')
  })
  t.test('is not both given and read from a file', async t => {
    const { ok, texts } = await load({
      files: { '/run/token': 'abc' },
      env: {
        ...goodEnv,
        CORS_SIDECAR_ADMIN_TOKEN: 'abc',
        CORS_SIDECAR_ADMIN_TOKEN_FILE: '/run/token',
      },
    })
    t.notOk(ok)
    t.match(texts, [/^CORS_SIDECAR_ADMIN_TOKEN_FILE \(environment\): means the same as/])
  })
  t.test('is not shown when it is wrong', async t => {
    const secrets = {
      CORS_SIDECAR_ADMIN_TOKEN: 'hunter2\u0001',
      CORS_SIDECAR_SET_REQUEST_HEADERS: '"X-Key: hunter2"',
    }
    const { ok, texts } = await load({ env: { ...goodEnv, ...secrets } })
    t.notOk(ok)
    t.equal(texts.length, 2)
    t.notMatch(texts.join('\n'), /hunter2/)
  })
  t.test('has no file name when it is none', async t => {
    const { texts } = await load({ env: { ...goodEnv, CORS_SIDECAR_MAX_AGE_FILE: '/run/x' } })
    t.match(texts, [/^CORS_SIDECAR_MAX_AGE_FILE \(environment\): is not an option/])
  })
})

t.test('a misspelt variable is a warning, and an error when strict', async t => {
  const env = { ...goodEnv, CORS_SIDECAR_ON_DISALOWED: 'block' }
  t.equal((await load({ env })).ok, true)
  const { ok, texts } = await load({ env, flags: { strict: 'true' } })
  t.equal(ok, false)
  t.same(texts, [
    'CORS_SIDECAR_ON_DISALOWED (environment): is not an option, and is ignored. Write CORS_SIDECAR_ON_DISALLOWED',
  ])
})

t.test('names that Kubernetes sets for a Service are nobody’s mistake', async t => {
  const { texts } = await load({
    env: {
      ...goodEnv,
      CORS_SIDECAR_SERVICE_HOST: '10.0.0.1',
      CORS_SIDECAR_SERVICE_PORT: '80',
      CORS_SIDECAR_SERVICE_PORT_HTTP: '80',
      CORS_SIDECAR_PORT: 'tcp://10.0.0.1:80',
      CORS_SIDECAR_PORT_80_TCP: 'tcp://10.0.0.1:80',
      CORS_SIDECAR_PORT_80_TCP_PROTO: 'tcp',
      CORS_SIDECAR_PORT_80_TCP_ADDR: '10.0.0.1',
      CORS_SIDECAR_ADMIN_PORT: 'tcp://10.0.0.2:80',
    },
  })
  t.same(texts, [])
})

t.test('CORS_SIDECAR_PORT as a person would set it is answered with the name to use', async t => {
  const { texts } = await load({ env: { ...goodEnv, CORS_SIDECAR_PORT: '9000' } })
  t.same(texts, [
    'CORS_SIDECAR_PORT (environment): is not an option, and is ignored. Write CORS_SIDECAR_LISTEN=127.0.0.1:8010, or set PORT.',
  ])
})

t.test('-p sets the port alone', async t => {
  t.same((await load({ env: goodEnv, flags: { port: '9000' } })).settings?.listen, {
    host: '127.0.0.1',
    port: 9000,
  })
  const env = { ...goodEnv, CORS_SIDECAR_LISTEN: '0.0.0.0:1' }
  t.same((await load({ env, flags: { port: '9000' } })).settings?.listen, {
    host: '0.0.0.0',
    port: 9000,
  })
  for (const [port, listen, text] of [
    ['http', '127.0.0.1:1', /^-p \(command line\): "http" is not a port number from 0 to 65535/],
    [
      '9000',
      'unix:/run/x.sock',
      /^-p \(command line\): "9000" sets a port, and listen is a socket/,
    ],
  ] as const) {
    const wrong = await load({ env: { ...goodEnv, CORS_SIDECAR_LISTEN: listen }, flags: { port } })
    t.match(wrong.texts, [text])
  }
})

t.test('a configuration file', async t => {
  const config = async (text: string) =>
    load({ files: { '/srv/app/c': text }, flags: { config: 'c' }, env: {} })
  t.test('may hold YAML or JSON, lists and paths', async t => {
    const { settings, texts, policies } = (await config(`
      $schema: ./schema.json
      allowOrigins: [https://app.example.com, https://admin.example.com]
      allowCredentials: yes
      maxAge: 60
      paths:
        - match: /public
          allowOrigins: https://shop.example.com
          maxAge: unset
      routes:
        - prefix: /old
          upstream: http://127.0.0.1:6000
          stripPrefix: true
        - /older=http://127.0.0.1:6001
    `)) as Awaited<ReturnType<typeof load>> & { policies: { paths: unknown[] } }
    t.same(texts, [])
    t.match(settings, {
      allowCredentials: true,
      maxAge: 60,
      paths: [{ match: '/public', allowOrigins: ['https://shop.example.com'], maxAge: undefined }],
      routes: [
        { prefix: '/older', stripPrefix: false, upstream: { port: 6001 } },
        { prefix: '/old', stripPrefix: true, hostHeader: 'client', upstream: { port: 6000 } },
      ],
    })
    t.equal(policies.paths.length, 1)
    const json = await config('{"allowOrigin": "https://app.example.com"}')
    t.same(json.texts, [])
  })
  t.test('with mistakes stops the start', async t => {
    for (const [what, text, expected] of [
      [
        'a key nobody knows',
        'allowOrigns: x',
        /^allowOrigns \(c\): is not an option. Write allowOrigins/,
      ],
      ['not YAML', 'a: [', /^--config \(command line\): "c" is not YAML or JSON:/],
      ['two documents', 'maxAge: 1\n---\nmaxAge: 2', /"c" holds 2 documents/],
      ['no group', '- a', /^--config \(c\): is not a group of options/],
      ['an empty value', 'maxAge:', /^maxAge \(c\): is empty, but one value is expected/],
      ['a list for one value', 'maxAge: [1]', /^maxAge \(c\): is a list or a group/],
      [
        'a wrong value inside a path',
        'paths: [{match: /a, onDisallowed: blok}]',
        /^paths\[\/a\]\.onDisallowed \(c\): "blok" is not one of omit, block, public. Write block/,
      ],
      ['a path without a match', 'paths: [{maxAge: 1}]', /^paths \(c\): entry 1, has no match/],
      [
        'an option that no path may set',
        'paths: [{match: /a, preflight: forward}]',
        /^paths \(c\): entry 1, "preflight" is not known here/,
      ],
      [
        'a path of the wrong policy',
        'paths: [{match: /a, allowOrigins: [a.test]}]',
        /^paths\[\/a\]\.allowOrigins \(c\): entry 1, "a.test" has no scheme/,
      ],
    ] as const) {
      t.test(what, async t => {
        const { ok, texts } = await config(text)
        t.notOk(ok)
        t.match(texts[0], expected)
      })
    }
  })
})

t.test('what proxies in front said is appended to once they are named', async t => {
  for (const [flags, mode] of [
    [{}, 'set'],
    [{ 'trust-proxy': '10.0.0.0/8' }, 'append'],
    [{ 'trust-proxy': '10.0.0.0/8', 'forwarded-headers': 'set' }, 'set'],
    [{ 'forwarded-headers': 'append' }, 'append'],
  ] as const) {
    const { settings } = await load({ flags, env: goodEnv })
    t.equal(settings?.forwardedHeaders, mode, JSON.stringify(flags))
  }
})

t.test('defaults depend on where it runs', async t => {
  const origins = async (given: object) => (await load(given)).settings?.allowOrigins
  t.same(await origins({ isTerminal: true }), ['loopback'])
  t.same(await origins({ isTerminal: true, flags: { listen: '0.0.0.0:8010' } }), [])
  t.same(await origins({}), [])
  t.match((await load({ isTerminal: true, env: goodEnv })).settings, {
    inspect: true,
    debugHeaders: true,
  })
  t.match((await load({ env: goodEnv })).settings, { inspect: false, debugHeaders: false })
  const image = await load({
    arguments: ['http://api:5000'],
    env: { ...goodEnv, CORS_SIDECAR_IMAGE: '1' },
  })
  t.match(image.texts, [/^CORS_SIDECAR_ALLOW_HOSTS: .*every Host is served/])
  t.match(image.settings, { listen: { host: '0.0.0.0' }, adminListen: { host: '0.0.0.0' } })
})

t.test(
  'without origins it starts, refuses everybody and says so; written out empty it is a mistake',
  async t => {
    const unset = await load({})
    t.equal(unset.ok, true)
    t.match(unset.texts, [/^CORS_SIDECAR_ALLOW_ORIGINS: is empty, so every/])
    const empty = await load({ env: { CORS_SIDECAR_ALLOW_ORIGINS: '' } })
    t.equal(empty.ok, false)
    t.match(empty.problems, [{ severity: 'error', code: 'origin-missing' }])
  },
)

t.test('aliases that would fill the memory are a problem of the file like any other', async t => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
  for (const [name, before] of ['ba', 'cb', 'dc', 'ed']) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`)
  }
  const { ok, texts } = await load({
    files: { '/srv/app/c.yaml': bomb.join('\n') },
    flags: { config: 'c.yaml' },
  })
  t.notOk(ok)
  t.match(texts[0], /c\.yaml.*is not YAML or JSON: .*alias/i)
})

t.test('certificates and keys are read once, with the settings', async t => {
  const files = {
    '/srv/app/tls.crt': '-----BEGIN CERTIFICATE-----\nMIIB',
    '/srv/app/tls.key': '-----BEGIN PRIVATE KEY-----\nMIIE',
  }
  const { settings, files: read } = await load({
    files,
    flags: { 'tls-cert': 'tls.crt', 'tls-key': 'tls.key' },
  })
  t.same(settings?.tlsCert, { path: 'tls.crt', text: files['/srv/app/tls.crt'] })
  t.same(settings?.tlsKey, { path: 'tls.key', text: files['/srv/app/tls.key'] })
  t.same(read, Object.keys(files), 'they are watched like any other')
})
