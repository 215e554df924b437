// A browser outside a container: it can't type a Bearer token, so it signs in.
import { networkInterfaces } from 'node:os'
import { chromium } from 'playwright-core'
import t from 'tap'
import { createRecentExchanges } from '../../src/observe/recent-exchanges.js'
import { need } from '../support/need.js'
import { startAdmin } from './admin-fixture.js'

t.setTimeout(120_000)

const chromiumNeed = need('chromium')
const outside = Object.values(networkInterfaces())
  .flatMap(addresses => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

const page = { accept: 'text/html,application/xhtml+xml' }
const remote = { host: 'admin.example:8011' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

t.test('a browser from elsewhere is asked for the token, a program is told', async t => {
  const { ask } = await startAdmin(t, { adminToken: () => 's3cret' })
  const shown = await ask('/config', { headers: { ...remote, ...page } })
  t.equal(shown.status, 401)
  t.match(shown.body, /<form method="post" action="\/sign-in">[\s\S]*type="password"/)
  t.match(shown.headers, { 'referrer-policy': 'same-origin', 'cache-control': 'no-store' })
  t.match(await ask('/config', { headers: remote }), {
    status: 403,
    body: /"error":"host-not-loopback"/,
  })
})

t.test('without a token it is told two ways in', async t => {
  const { ask } = await startAdmin(t)
  const { status, body } = await ask('/config', { headers: { ...remote, ...page, via: '1.1 x' } })
  t.equal(status, 403)
  t.match(body, /This request came through another proxy/)
  t.match(await ask('/sign-in'), { status: 404, body: /CORS_SIDECAR_ADMIN_TOKEN/ })
})

t.test('signing in', async t => {
  const { ask } = await startAdmin(t, { adminToken: () => 's3cret&' })
  const signIn = (body: string, headers: Record<string, string> = {}) =>
    ask('/sign-in', { method: 'POST', headers: { ...remote, ...form, ...headers }, body })

  const wrong = await signIn('token=guess')
  t.match(wrong, { status: 401, body: /This is not the admin token/ })
  t.notOk(wrong.headers['set-cookie'])
  for (const [whom, headers] of [
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page on another port', { 'sec-fetch-site': 'same-site' }],
    ['a page in an old browser', { origin: 'http://evil.example' }],
  ] as const) {
    const refused = await signIn('token=s3cret%26', headers)
    t.equal(refused.status, 403, whom)
    t.notOk(refused.headers['set-cookie'], whom)
  }
  t.match(await signIn(`token=${'x'.repeat(5000)}`), { status: 413 })

  const right = await signIn('token=s3cret%26', { origin: 'http://admin.example:8011' })
  t.match(right, { status: 303, headers: { location: '/inspect' } })
  const [cookie = ''] = right.headers['set-cookie']?.[0]?.split(';') ?? []
  t.equal((await ask('/inspect/config', { headers: { ...remote, cookie } })).status, 200)
  const elsewhere = {
    ...remote,
    cookie,
    'sec-fetch-site': 'same-site',
    'sec-fetch-mode': 'no-cors',
  }
  t.equal((await ask('/inspect/config', { headers: elsewhere })).status, 403, 'not for other pages')
  t.equal(
    (await ask('/quitquitquit', { method: 'POST', headers: { ...remote, cookie } })).status,
    404,
  )

  for (let n = 0; n < 9; n++) await signIn('token=guess')
  t.match(await signIn('token=s3cret%26'), { status: 429, body: /Too many wrong tokens/ })

  const out = await ask('/sign-out', { method: 'POST', headers: remote })
  t.match(out, { status: 303, headers: { 'set-cookie': [/=; Path=\/inspect; Max-Age=0/] } })
})

t.test(
  'in a real browser, from an address that is not loopback',
  { skip: chromiumNeed.skip || (outside === undefined && 'this machine has no other address') },
  async t => {
    const directory = t.testdir({ 'inspector.html': '<!doctype html><title>Inspector</title>' })
    const { port } = await startAdmin(
      t,
      {
        adminToken: () => 's3cret',
        inspector: () => ({
          directory,
          recent: createRecentExchanges(1, exchange => exchange),
          about: () => ({}),
          connectSources: () => [],
          replay: async () => undefined,
          why: async () => ({}),
        }),
      },
      '0.0.0.0',
    )
    const browser = await chromium.launch({
      executablePath: chromiumNeed.path,
      args: ['--no-sandbox', '--disable-gpu'],
    })
    t.teardown(() => browser.close())
    const context = await browser.newContext()
    const tab = await context.newPage()
    const complaints: string[] = []
    tab.on('console', message => complaints.push(message.text()))
    const base = `http://${outside}:${port}`
    await tab.goto(`${base}/inspect`)
    complaints.length = 0
    await tab.getByLabel('Admin token').fill('guess')
    await tab.getByRole('button', { name: 'Sign in' }).click()
    await tab.getByText('This is not the admin token.').waitFor()
    await tab.getByLabel('Admin token').fill('s3cret')
    await tab.keyboard.press('Enter')
    await tab.waitForURL(`${base}/inspect`)
    t.equal(await tab.title(), 'Inspector')
    t.match(await context.cookies(`${base}/inspect`), [{ httpOnly: true, sameSite: 'Strict' }])
    t.strictSame(await context.cookies(`${base}/`), [], 'no other path gets the cookie')
    t.equal(await tab.evaluate('document.cookie'), '', 'and no script')
    t.notMatch(complaints.join(), 'Content Security Policy')

    const read = `fetch('${base}/inspect/config', { credentials: 'include' }).then(r => r.status, e => e.name)`
    t.equal(await tab.evaluate(read), 200)
    const stranger = await context.newPage()
    await stranger.goto(`http://127.0.0.1:${port}/`)
    t.equal(await stranger.evaluate(read), 'TypeError', 'a page of another site gets nothing')
  },
)
