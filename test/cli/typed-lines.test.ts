// What people type and paste who know other tools: it means what they mean, or the line to write is said.
import t from 'tap'
import { readCommandLine } from '../../src/cli/command-line.js'
import { commands, startCommand } from '../../src/cli/commands.js'
import { load } from '../config/made-up-sources.js'

/** The settings that a command line and these variables come to, and all that is said about them. */
const typed = (words: readonly string[], env: Record<string, string> = {}) => {
  const line = readCommandLine(words, commands, startCommand)
  const otherFlags = Object.keys(line.command.flags)
  return load({ flags: line.flags, arguments: line.arguments, otherFlags, env })
}

const page = ['-o', 'https://app.example.com']

t.test('an upstream on this machine is its port', async t => {
  for (const [word, href] of [
    ['5000', 'http://localhost:5000'],
    [':5000', 'http://localhost:5000'],
    ['localhost:5000', 'http://localhost:5000'],
    ['LOCALHOST:5000', 'http://localhost:5000'],
    ['127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['[::1]:5000', 'http://[::1]:5000'],
    ['api.localhost:5000', 'http://api.localhost:5000'],
    ['5000/v1', 'http://localhost:5000/v1'],
    ['localhost:5000/v1/', 'http://localhost:5000/v1'],
    ['localhost:443', 'https://localhost'],
    ['80', 'http://localhost'],
  ] as const) {
    for (const words of [
      [word, ...page],
      ['-u', word, ...page],
      ['check', word, ...page],
    ]) {
      const { settings, texts } = await typed(words)
      t.strictSame([settings?.upstream?.href, texts], [href, []], words.join(' '))
    }
    const { settings } = await typed(page, { CORS_SIDECAR_UPSTREAM: word })
    t.equal(settings?.upstream?.href, href, `${word} in a variable`)
    const route = await typed(['--route', `/v1=${word}`, '5000', ...page])
    t.equal(route.settings?.routes[0]?.upstream.href, href, `${word} of a route`)
  }
  const config = await load({
    arguments: [],
    flags: { config: 'c.yaml' },
    files: { '/srv/app/c.yaml': 'upstream: 5000\nallowOrigins: [3000]' },
  })
  t.match(config.settings?.upstream, { href: 'http://localhost:5000' })
  t.strictSame(config.settings?.allowOrigins, ['http://localhost:3000'])
})

t.test('an upstream that is not clear is refused with what to write', async t => {
  for (const [word, wanted] of [
    ['api:8000', 'Write http://api:8000'],
    ['example.com:443', 'Write https://example.com'],
    ['//localhost:5000', 'Write http://localhost:5000'],
    ['http:localhost:5000', 'Write http://localhost:5000'],
    ['http://5000', 'Write http://localhost:5000'],
    ['http://:5000', 'Write http://localhost:5000'],
    ['70000', '"70000" has a port out of range. A port is a number from 1 to 65535.'],
    ['0', '"0" has port 0'],
  ] as const) {
    const { ok, texts } = await typed([word, ...page])
    t.notOk(ok, word)
    t.equal(texts.length, 1, word)
    t.ok(texts[0]?.includes(wanted), `${texts}`)
  }
})

t.test('an origin on this machine is its port', async t => {
  for (const [word, origin] of [
    ['3000', 'http://localhost:3000'],
    [':3000', 'http://localhost:3000'],
    ['localhost:3000', 'http://localhost:3000'],
    ['127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['[::1]:3000', 'http://[::1]:3000'],
    ['80', 'http://localhost'],
    ['localhost:443', 'https://localhost'],
  ] as const) {
    for (const words of [
      ['-o', word],
      ['--allow-origin', word],
      ['--allow-origins', `${word},${word}`],
    ]) {
      const { settings, ok } = await typed(['5000', ...words])
      t.ok(ok)
      t.strictSame(settings?.allowOrigins, [origin], words.join(' '))
    }
  }
})

t.test('a list is read as other tools write theirs', async t => {
  const both = ['https://a.example', 'https://b.example']
  for (const text of [
    'https://a.example,https://b.example',
    'https://a.example https://b.example',
    'https://a.example|https://b.example',
    '["https://a.example","https://b.example"]',
    ' [ "https://a.example" , "https://b.example" ] ',
  ]) {
    const { settings } = await typed(['5000'], { CORS_SIDECAR_ALLOW_ORIGINS: text })
    t.strictSame(settings?.allowOrigins, both, text)
    const flag = await typed(['5000', '-o', text])
    t.strictSame(flag.settings?.allowOrigins, both, `-o ${text}`)
  }
  const { settings } = await typed(['5000', ...page], {
    CORS_SIDECAR_ALLOW_METHODS: '["GET","POST"]',
    CORS_SIDECAR_ROUTES: '["/a=http://a.test", {"prefix": "/b", "upstream": "http://b.test"}]',
  })
  t.strictSame(settings?.allowMethods, ['GET', 'POST'])
  t.strictSame(
    settings?.routes.map(({ prefix }) => prefix),
    ['/a', '/b'],
  )
})

t.test(
  'an origin that is not clear is refused with what to write, and that is accepted',
  async t => {
    for (const [text, correction] of [
      ['app.example.com', 'https://app.example.com'],
      ['example.com:3000', 'https://example.com:3000'],
      ['localhost', 'http://localhost'],
      ['.example.com', 'https://*.example.com'],
      ['*.example.com', 'https://*.example.com'],
      ['https://app.example.com/*', 'https://app.example.com'],
      ['http://3000', 'http://localhost:3000'],
      ['https://:5173', 'https://localhost:5173'],
      ['3000/app', 'http://localhost:3000'],
      ['^https?://(a|b)\\.localhost$', '/^https?:\\/\\/(a|b)\\.localhost$/'],
      ['https://(a|b)\\.example\\.com', '/https:\\/\\/(a|b)\\.example\\.com/'],
      ['(a|b)\\.example\\.com', '/https:\\/\\/(?:(a|b)\\.example\\.com)/'],
      ['https:\\/\\/[a-z]{1,9}\\.example\\.com', '/https:\\/\\/[a-z]{1,9}\\.example\\.com/'],
      ["['https://a.example','https://b.example']", 'https://a.example,https://b.example'],
      ['[https://a.example, https://b.example]', 'https://a.example,https://b.example'],
      ['"https://a.example","https://b.example"', 'https://a.example,https://b.example'],
    ] as const) {
      const env = { CORS_SIDECAR_ALLOW_ORIGINS: text }
      const { ok, problems, texts } = await typed(['5000'], env)
      t.notOk(ok, text)
      t.equal(problems.length, 1, `${text}: ${texts}`)
      t.equal(problems[0]?.correction, correction, text)
      const corrected = await typed(['5000', '-o', correction])
      t.ok(corrected.ok, `${correction}: ${corrected.texts}`)
    }
  },
)

t.test('where no text would be right, the reason says so', async t => {
  for (const [text, reason] of [
    ['\u0024{ORIGIN}', /placeholder that was never filled in/],
    ['https://$TENANT.example.com', /placeholder that was never filled in/],
    ['{{ .Values.origin }}', /placeholder that was never filled in/],
    ['<your-origin>', /placeholder that was never filled in/],
    ['^https://[a-z]+$|^https://.+$', /between slashes; it also allows https:\/\/evil\.example/],
    ['^https://([a-z]+-?)+\\.example\\.com$', /between slashes; it also has repeats/],
    ['70000', /has port 70000/],
  ] as const) {
    const { ok, problems } = await typed(['5000', '-o', text])
    t.notOk(ok, text)
    t.match(problems[0]?.reason, reason, text)
    t.equal(problems[0]?.correction, undefined, text)
  }
})

t.test('origins with a semicolon between them are told apart', async t => {
  const { problems } = await typed(['5000', '-o', 'https://a.example;https://b.example'])
  t.match(problems, [{ code: 'origin-not-one', advice: 'https://a.example and https://b.example' }])
})

t.test('a page on a private network is told the two ways out, and both are', async t => {
  for (const origin of ['http://192.168.1.10:3000', 'http://10.0.0.7', 'http://nas.local:8080']) {
    const { ok, texts } = await typed(['5000', '-o', origin])
    t.notOk(ok)
    t.match(texts[0], /--no-allow-credentials.*--unsafe-allow insecure-origins/)
    t.ok((await typed(['5000', '-o', origin, '--no-allow-credentials'])).ok, origin)
    t.ok((await typed(['5000', '-o', origin, '--unsafe-allow', 'insecure-origins'])).ok, origin)
  }
})

t.test('a star without quotes in YAML is told apart from all other faults', async t => {
  const said = async (text: string) => {
    const files = { '/srv/app/c.yaml': text }
    return (await load({ arguments: [], flags: { config: 'c.yaml' }, files })).texts
  }
  for (const [text, wanted] of [
    ['allowOrigins: *', 'line 1, where YAML reads an alias. Write allowOrigins: "*"'],
    [
      'upstream: 5000\nallowOrigins: * # all',
      'line 2, where YAML reads an alias. Write allowOrigins: "*" # all',
    ],
    [
      'allowOrigins:\n  - https://a.example\n  - *.b.example',
      'line 3, where YAML reads an alias. Write - "*.b.example"',
    ],
    ['allowHeaders: [content-type, *]', 'Write allowHeaders: [content-type, "*"]'],
    [
      '{"upstream": "http://a", "allowOrigins": *}',
      'Write {"upstream": "http://a", "allowOrigins": "*"}',
    ],
  ] as const) {
    const texts = await said(text)
    t.equal(texts.length, 1, `nothing is called missing: ${texts}`)
    t.ok(texts[0]?.endsWith(wanted), `${texts}`)
  }
  t.strictSame(await said('\t- x'), [
    '--config (command line): "c.yaml" is not YAML or JSON: Tabs are not allowed as indentation at line 1, column 1.',
  ])
})

t.test('a flag of another tool is answered with ours, and that is accepted', async t => {
  for (const [flag, ...right] of [
    ['--origin https://app.example.com', '-o', 'https://app.example.com'],
    ['--origin app.example.com', '-o', 'https://app.example.com'],
    ['--cors-origin 3000', '-o', 'http://localhost:3000'],
    [
      '--allowed-origins https://a.example,https://b.example',
      '-o',
      'https://a.example,https://b.example',
    ],
    ['--target http://api.test', '-u', 'http://api.test'],
    ['-P 5000', '-u', '5000'],
    ['--host 0.0.0.0', '-l', '0.0.0.0:8010'],
    ['--http-address 0.0.0.0:4180', '-l', '0.0.0.0:4180'],
    ['-a 0.0.0.0:8080', '-l', '0.0.0.0:8080'],
    ['--config-file c.yaml', '-c', 'c.yaml'],
    ['--timeout 30s', '--upstream-timeout', '30s'],
    ['--body-limit 10mb', '--max-body-size', '10mb'],
    ['-k', '--upstream-insecure'],
    ['--insecure', '--upstream-insecure'],
    ['--change-origin', '--host-header'],
    ['--verbose', '--log-level'],
    ['-H X-Api-Key:abc', '--set-request-headers'],
    ['--cert tls.pem', '--tls-cert', 'tls.pem'],
    ['--ws', '--websockets'],
  ] as const) {
    const { ok, problems, texts } = await typed(flag.split(' '))
    t.notOk(ok, flag)
    const [first = '', ...others] = problems.filter(({ code }) => code === 'unknown-name')
    t.match(first, { correction: right.join(' ') }, flag)
    t.strictSame(others, [], `${flag}: ${texts}`)
  }
})

t.test('the upstream behind a switch that is none of ours is not called missing', async t => {
  for (const words of [
    ['-k', 'http://localhost:5000', ...page],
    ['--verbose', '5000', ...page],
    ['--what-is-this', 'localhost:5000', ...page],
  ]) {
    const { problems, texts } = await typed(words)
    const errors = problems.filter(({ severity }) => severity === 'error')
    t.strictSame(
      errors.map(({ code }) => code),
      ['unknown-name'],
      `${words}: ${texts}`,
    )
  }
})

t.test('a variable and a key of another tool are answered with ours', async t => {
  const { texts } = await typed(['5000', ...page], {
    CORS_SIDECAR_TARGET: 'http://api.test',
    CORS_SIDECAR_CORS_ORIGINS: 'https://a.example',
  })
  t.match(texts, [
    /TARGET .*Write CORS_SIDECAR_UPSTREAM/,
    /CORS_ORIGINS .*Write CORS_SIDECAR_ALLOW_ORIGINS/,
  ])
  const files = {
    '/srv/app/c.yaml': 'target: 5000\norigins: [https://a.example]\nchangeOrigin: true',
  }
  const config = await load({ arguments: [], flags: { config: 'c.yaml' }, files })
  t.match(config.texts, [
    /^origins .*Write allowOrigins|^target .*Write upstream/,
    /Write/,
    /^changeOrigin .*Write hostHeader/,
  ])
  t.equal(config.texts.length, 3, 'and nothing is called missing')
})

t.test('short flags', async t => {
  const read = (...words: string[]) => readCommandLine(words, commands, startCommand)
  t.strictSame(read('5000', '-c', 'a.yaml').flags, { config: ['a.yaml'] })
  for (const flag of ['-v', '-V', '--version']) t.ok(read(flag).asksForVersion, flag)
  t.notOk(read('5000').asksForVersion)
})
