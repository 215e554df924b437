// PORT and ALLOWED_URLS: honoured when our own names are unset, and never by substring.
import t from 'tap'
import { originsOfAllowedUrls } from '../../src/config/foreign-names.js'
import { goodEnv, load } from './made-up-sources.js'

t.test('an entry of ALLOWED_URLS', async t => {
  for (const [what, entry, origin] of [
    ['that is an origin stays what it is', 'https://app.example.com', 'https://app.example.com'],
    ['that is a bare host means https', 'app.example.com', 'https://app.example.com'],
    ['that is a host and port means https', 'app.example.com:8443', 'https://app.example.com:8443'],
    ['that is a loopback name means http on any port', 'localhost', 'http://localhost:*'],
    ['that is a loopback address too', '127.0.0.1', 'http://127.0.0.1:*'],
    ['that is a loopback name and port means that port', 'localhost:3000', 'http://localhost:3000'],
    ['that is null stays null, which is refused', 'null', 'null'],
    ['that has a path stays as it is, which is refused', 'app.example.com/x', 'app.example.com/x'],
  ] as const) {
    t.test(what, async t => t.same(originsOfAllowedUrls(entry), [origin]))
  }
  t.same(originsOfAllowedUrls('a.test|b.test'), ['https://a.test', 'https://b.test'])
  t.same(originsOfAllowedUrls('a.test, b.test'), ['a.test, b.test'], 'only | separates')
})

t.test('ALLOWED_URLS is told the line that says the same', async t => {
  const { settings, texts, provenance } = await load({
    env: { ALLOWED_URLS: 'https://app.example.com|localhost' },
  })
  t.same(settings?.allowOrigins, ['https://app.example.com', 'http://localhost:*'])
  t.equal(provenance.allowOrigins.name, 'ALLOWED_URLS')
  t.match(
    texts.at(-1),
    /CORS_SIDECAR_ALLOW_ORIGINS=https:\/\/app\.example\.com,http:\/\/localhost:\*$/,
  )
})

t.test('ALLOWED_URLS may stand in the .env file', async t => {
  const { settings } = await load({ files: { '/srv/app/.env': 'ALLOWED_URLS=a.test' } })
  t.same(settings?.allowOrigins, ['https://a.test'])
})

t.test(
  'an empty ALLOWED_URLS, or an empty entry in it, allowed everybody, and is refused',
  async t => {
    const codes = async (value: string) =>
      (await load({ env: { ALLOWED_URLS: value } })).problems.map(({ name, code }) => [name, code])
    t.same(await codes(''), [['ALLOWED_URLS', 'origin-missing']])
    t.same(await codes('https://app.example.com|'), [['ALLOWED_URLS', 'origin-empty-entry']])
  },
)

t.test('our own name beats ALLOWED_URLS, from whatever source', async t => {
  const { settings, texts } = await load({
    env: { ALLOWED_URLS: 'a.test' },
    files: { '/srv/app/c.yaml': 'allowOrigins: https://b.test' },
    flags: { config: 'c.yaml' },
  })
  t.same(settings?.allowOrigins, ['https://b.test'])
  t.same(texts, [])
})

t.test('PORT', async t => {
  const listen = async (given: object) => (await load(given)).settings?.listen
  t.same(await listen({ env: { ...goodEnv, PORT: '9000' } }), { host: '0.0.0.0', port: 9000 })
  t.same(
    await listen({ env: { ...goodEnv, PORT: '9000', CORS_SIDECAR_LISTEN: '127.0.0.1:1' } }),
    { host: '127.0.0.1', port: 1 },
    'gives way to our own name',
  )
  t.same(
    await listen({ env: goodEnv, files: { '/srv/app/.env': 'PORT=9000' } }),
    { host: '127.0.0.1', port: 8010 },
    'in a .env that merely lies here is the API’s own',
  )
  t.same(
    await listen({
      env: goodEnv,
      files: { '/srv/app/x': 'PORT=9000' },
      flags: { 'env-file': 'x' },
    }),
    { host: '0.0.0.0', port: 9000 },
    'counts in a file that was named',
  )
  const { settings, texts } = await load({ env: { ...goodEnv, PORT: '9000' } })
  t.ok(settings)
  t.match(texts, [/^PORT \(environment\): .* Write CORS_SIDECAR_LISTEN=0\.0\.0\.0:9000$/])
})
