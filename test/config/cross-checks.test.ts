// What is wrong only when two settings meet, or a setting meets the world around it.
import t from 'tap'
import { goodEnv, load } from './made-up-sources.js'

const pem = '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n'
const files = { '/srv/app/a.pem': pem, '/srv/app/b.pem': pem, '/srv/app/text': 'hello' }

interface Said {
  readonly flags?: Record<string, string>
  readonly env?: Record<string, string>
  readonly arguments?: readonly string[]
}

const said = async ({ flags = {}, env = {}, ...more }: Said) =>
  load({ files, flags, env: { ...goodEnv, ...env }, ...more })

t.test('it refuses', async t => {
  for (const [what, given, text] of [
    [
      'to start without an upstream',
      { arguments: [] },
      /^CORS_SIDECAR_UPSTREAM: is not set, so there is nowhere to forward to\. Write cors-sidecar http/,
    ],
    [
      'two arguments',
      { arguments: ['http://a.test', 'https://b.test'] },
      /^UPSTREAM \(command line\): "https:\/\/b\.test" is a second argument/,
    ],
    [
      'the upstream as argument and flag',
      { flags: { upstream: 'http://a.test' } },
      /^--upstream \(command line\): means the same as UPSTREAM/,
    ],
    [
      'a field that another option overwrites',
      { flags: { 'set-request-headers': 'X-Forwarded-Proto: https' } },
      /^--set-request-headers .*"X-Forwarded-Proto" is set by the option forwarded-headers, .*off .*--cookie-rewrite dev/,
    ],
    [
      'a response field that is set and taken out',
      { flags: { 'set-response-headers': 'X-A: 1', 'remove-response-headers': 'x-a' } },
      /^--remove-response-headers .*"x-a" is also set by the option set-response-headers/,
    ],
    [
      'a resource policy that is said twice',
      { flags: { corp: 'same-site', 'set-response-headers': 'Cross-Origin-Resource-Policy: x' } },
      /^--set-response-headers .*"cross-origin-resource-policy" names the field that the option corp sets/,
    ],
    [
      'framing among the fields to take out',
      { flags: { 'remove-response-headers': 'Server, Content-Length' } },
      /^--remove-response-headers .*"Content-Length" decides where a message ends/,
    ],
    [
      'CORS among the fields to take out',
      { flags: { 'remove-response-headers': 'access-control-allow-origin' } },
      /belongs to the policy/,
    ],
    [
      'a Via that another option overwrites',
      { flags: { 'set-request-headers': 'via: 1.1 me', via: 'edge' } },
      /"via" is set by the option via, .*--via NAME/,
    ],
    [
      'an upstream that is the program itself',
      { arguments: ['http://localhost:8010'] },
      /^UPSTREAM .*is this program's own address \(--listen\): requests would go round in circles/,
    ],
    [
      'an upstream that is the program itself, seen from inside',
      { arguments: ['http://127.0.0.1:9000'], env: { PORT: '9000' } },
      /own address \(PORT\)/,
    ],
    [
      'an upstream that is the admin address',
      { arguments: ['http://[::1]:8011'] },
      /own address \(--admin-listen\)/,
    ],
    [
      'a route to the program itself',
      { flags: { routes: '/a=http://127.0.0.1:8010' } },
      /^--routes .*"\/a=http:\/\/127\.0\.0\.1:8010" is this program's own address/,
    ],
    [
      'an upstream socket that it listens on',
      { arguments: ['unix:/run/a.sock'], flags: { listen: 'unix:/run/a.sock' } },
      /own address/,
    ],
    [
      'the same address twice',
      { flags: { 'admin-listen': '0.0.0.0:8010' } },
      /^--admin-listen .*"0\.0\.0\.0:8010" is the same address as --listen\. Write 0\.0\.0\.0:8011/,
    ],
    [
      'a certificate without its key',
      { flags: { 'tls-cert': 'a.pem' } },
      /^--tls-cert .*is set without its counterpart\. Set --tls-key too/,
    ],
    [
      'a certificate that cannot be read',
      { flags: { 'tls-cert': 'none', 'tls-key': 'b.pem' } },
      /^--tls-cert .*"none" cannot be read: there is no such file/,
    ],
    [
      'a certificate that is none',
      { flags: { 'tls-cert': 'text', 'tls-key': 'b.pem' } },
      /^--tls-cert .*"text" holds no certificate in PEM form/,
    ],
    [
      'certificate settings with a clear-text upstream',
      { flags: { 'upstream-ca': 'a.pem' } },
      /^--upstream-ca .*is about TLS, and no upstream is an https:\/\/ one/,
    ],
    [
      'a head that may take longer than the whole request',
      { flags: { 'headers-timeout': '10m' } },
      /^--headers-timeout .*\(headers-timeout, 600s\) slower than the whole/,
    ],
    [
      'loopback origins while other machines can connect',
      { flags: { 'allow-origins': 'loopback', listen: '0.0.0.0:8010' } },
      /^--allow-origins .*"loopback" allows every port of every visitor's own machine/,
    ],
  ] as const) {
    t.test(what, async t => {
      const { ok, texts } = await said(given)
      t.equal(ok, false)
      t.match(texts[0], text)
    })
  }
})

t.test('it warns of', async t => {
  for (const [what, given, text] of [
    [
      'a stop that takes longer than Kubernetes waits',
      { flags: { 'shutdown-timeout': '10m' } },
      /^--shutdown-timeout .*take up to 600s .*Kubernetes kills after 30s/,
    ],
    [
      'an upstream that nobody verifies',
      { arguments: ['https://a.test'], flags: { 'upstream-insecure': 'true' } },
      /^--upstream-insecure .*leaves the upstream unverified/,
    ],
    ['watching nothing', { flags: { watch: 'true' } }, /^--watch .*has no effect without --config/],
    [
      'a token for an address that is off',
      { flags: { 'admin-listen': 'off' }, env: { CORS_SIDECAR_ADMIN_TOKEN: 'abc' } },
      /^CORS_SIDECAR_ADMIN_TOKEN .*has no effect while admin-listen is off/,
    ],
    [
      'loopback origins that were accepted by name',
      {
        flags: {
          'allow-origins': 'loopback',
          'allow-hosts': '*',
          listen: '0.0.0.0:1',
          'unsafe-allow': 'open-listen',
        },
      },
      /"loopback" allows every port/,
    ],
    [
      'a public policy before a private upstream',
      { arguments: ['http://10.1.2.3'], flags: { 'allow-origins': '*' } },
      /"\*" lets every page of the web read http:\/\/10\.1\.2\.3/,
    ],
  ] as const) {
    t.test(what, async t => {
      const { ok, problems, texts } = await said(given)
      t.equal(ok, true)
      t.ok(problems.every(({ severity }) => severity === 'warning'))
      t.match(texts.join('\n'), text)
    })
  }
})

t.test('it finds nothing wrong with', async t => {
  for (const [what, given] of [
    [
      'a route for every path and no upstream',
      { arguments: [], flags: { routes: '/=http://a.test' } },
    ],
    ['an upstream on another port of this machine', { arguments: ['http://127.0.0.1:8012'] }],
    [
      'an upstream with its own certificate',
      { arguments: ['https://a.test'], flags: { 'upstream-ca': 'a.pem' } },
    ],
    ['loopback origins on a loopback address', { flags: { 'allow-origins': 'loopback' } }],
    [
      'two addresses on ports that the system picks',
      { flags: { listen: '127.0.0.1:0', 'admin-listen': '127.0.0.1:0' } },
    ],
  ] as const) {
    t.test(what, async t => {
      const { ok, texts } = await said(given)
      t.same(texts, [])
      t.equal(ok, true)
    })
  }
})

t.test('a command that forwards nothing needs no upstream', async t => {
  t.equal((await load({ arguments: [], needsUpstream: false, env: goodEnv })).ok, true)
})

t.test('a wrong value is reported once, not again for what its default leads to', async t => {
  const { texts } = await said({ arguments: ['api:5000'] })
  t.same(texts, ['UPSTREAM (command line): "api:5000" has no scheme. Write http://api:5000'])
})

t.test('of the runtime it refuses', async t => {
  for (const [what, given, text] of [
    [
      'the lenient parser in NODE_OPTIONS',
      { env: { ...goodEnv, NODE_OPTIONS: '--a --insecure-http-parser' } },
      /^NODE_OPTIONS .*--insecure-http-parser lets malformed/,
    ],
    [
      'the lenient parser as a flag of node',
      { env: goodEnv, execArgv: ['--insecure-http-parser'] },
      /^node \(command line\): --insecure-http-parser/,
    ],
    [
      'certificates that are never verified',
      { env: { ...goodEnv, NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
      /^NODE_TLS_REJECT_UNAUTHORIZED .*switches off/,
    ],
  ] as const) {
    t.test(what, async t => {
      const { problems, texts } = await load(given)
      t.match(problems, [{ severity: 'error', code: 'unsafe-environment' }])
      t.match(texts, [text])
    })
  }
})

t.test(
  'a Node that gets no fixes any more is worth a note, which strict does not forbid',
  async t => {
    const { ok, problems } = await load({
      env: goodEnv,
      flags: { strict: 'true' },
      nodeVersion: '20.19.0',
      now: Date.parse('2026-05-01'),
    })
    t.equal(ok, true)
    t.match(problems, [{ severity: 'info', name: 'node', reason: /since 2026-04-30/ }])
  },
)

t.test('an upstream on localhost is pointed out in the container image', async t => {
  const of = async (upstream: string, env: Record<string, string>) =>
    (await said({ arguments: [upstream], env })).texts
  const image = { CORS_SIDECAR_IMAGE: '1', CORS_SIDECAR_ALLOW_HOSTS: 'api.test' }
  for (const upstream of [
    '5000',
    'http://127.0.0.1:5000',
    'http://[::1]:5000',
    'http://localhost.:5000',
  ]) {
    t.match(
      await of(upstream, image),
      [/is this container itself.*host\.docker\.internal/],
      upstream,
    )
    t.same(await of(upstream, {}), [], `${upstream} outside`)
    const pod = { ...image, KUBERNETES_SERVICE_HOST: '10.0.0.1' }
    t.same(await of(upstream, pod), [], `${upstream} in a pod, whose containers share it`)
  }
  for (const upstream of [
    'http://host.docker.internal:5000',
    'http://api:5000',
    'unix:/run/a.sock',
  ]) {
    t.same(await of(upstream, image), [], upstream)
  }
  const routed = { ...image, CORS_SIDECAR_ROUTES: '/v1=http://localhost:6000' }
  t.match(await of('http://api:5000', routed), [
    /ROUTES.*"http:\/\/localhost:6000" is this container/,
  ])
})

t.test('a listener on every address that serves every host is worth a note', async t => {
  for (const listen of ['0.0.0.0:8010', '[::]:8010']) {
    const { ok, problems } = await said({ flags: { listen, strict: 'true' } })
    t.equal(ok, true)
    t.match(problems, [
      {
        severity: 'info',
        code: 'every-host',
        reason: /every Host is served/,
        advice: /--allow-host/,
      },
    ])
    for (const chosen of [{ 'allow-hosts': '*' }, { 'trust-proxy': '10.0.0.1' }]) {
      t.same((await said({ flags: { listen, ...chosen } })).texts, [])
    }
  }
  t.same((await said({ flags: { listen: '127.0.0.1:8010' } })).texts, [])
})

t.test('a name with _ that is sent as Host is pointed out', async t => {
  const of = async (upstream: string, flags: Record<string, string> = {}) =>
    (await said({ arguments: [upstream], flags })).texts
  const wanted = [/makes my_api the Host that is sent.*--host-header NAME/]
  t.match(await of('http://my_api:8000'), wanted)
  t.match(await of('http://api:8000', { 'host-header': 'my_api' }), wanted)
  t.match(await of('http://api:8000', { routes: '/v1=http://my_api:8000' }), wanted)
  t.same(await of('http://my_api:8000', { 'host-header': 'api' }), [])
  t.same(await of('http://my_api:8000', { 'host-header': 'client' }), [])
  t.same(await of('http://my-api:8000'), [])
})

t.test('localhost with its last dot is this machine like localhost', async t => {
  const { ok, texts } = await said({ flags: { 'allow-origins': 'http://localhost.:3000' } })
  t.same([ok, texts], [true, []])
})

t.test('a request may take for ever where only its pauses are limited', async t => {
  const { ok, texts } = await said({ flags: { 'request-timeout': '0' } })
  t.same([ok, texts], [true, []])
})
