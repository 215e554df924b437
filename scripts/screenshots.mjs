// Takes the pictures of the inspector in docs/images, from the real page over real exchanges:
// build first, then `node scripts/screenshots.mjs`. Needs Chromium.
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { request } from 'undici'
import { loadSettings } from '../dist/src/config/load.js'
import { startSidecar } from '../dist/src/start/sidecar.js'

const images = fileURLToPath(new URL('../docs/images/', import.meta.url))
const app = 'https://app.example.com'
const shop = 'https://shop.example.com'

const upstream = createServer((_, response) => {
  setTimeout(
    () => {
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Access-Control-Allow-Origin': '*',
        Vary: 'Accept-Encoding',
        'Set-Cookie': 'session=secret; Path=/; HttpOnly; SameSite=Lax',
      })
      response.end('{}')
    },
    5 + Math.random() * 20,
  )
})
await new Promise(resolve => upstream.listen(0, '127.0.0.1', resolve))

const { settings, policies } = await loadSettings({
  arguments: [`http://127.0.0.1:${upstream.address().port}`],
  flags: {
    listen: ['127.0.0.1:0'],
    'admin-listen': ['127.0.0.1:0'],
    inspect: ['true'],
    'allow-origins': [`${app},${shop}`],
  },
  env: {},
  cwd: tmpdir(),
  isTerminal: false,
})
const sidecar = await startSidecar(
  { settings, policies },
  { isTerminal: false, logDestination: { write() {}, async flush() {} } },
)

async function send(origin, method, path, headers = {}) {
  const { statusCode, body } = await request(`${sidecar.url}${path}`, {
    method,
    headers: { origin, cookie: 'session=secret', accept: 'application/json', ...headers },
  })
  await body.dump()
  return statusCode
}

async function sendPreflighted(origin, method, path, names) {
  const status = await send(origin, 'OPTIONS', path, {
    'access-control-request-method': method,
    'access-control-request-headers': names,
  })
  if (status === 204) await send(origin, method, path, { authorization: 'Bearer secret' })
}

async function traffic() {
  await send(app, 'GET', '/orders?page=2')
  await sendPreflighted(app, 'PUT', '/orders/8f21', 'authorization,content-type')
  await send(shop, 'GET', '/cart')
  await sendPreflighted(app, 'DELETE', '/cart/3', 'authorization')
  await send(`${app}.evil.net`, 'GET', '/session')
  await sendPreflighted(shop, 'PATCH', '/cart', 'content-type,x-trace-id')
  await send(app, 'GET', '/search?q=trail+shoes&sort=price')
  await sendPreflighted(`${app}:8443`, 'PUT', '/orders/8f21', 'content-type')
  await send(shop, 'GET', '/session')
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})

async function picture(name, look, arrange) {
  const page = await browser.newPage({ deviceScaleFactor: 1, ...look })
  await page.goto(`${sidecar.adminUrl}/inspect`)
  await page.getByText('live').waitFor()
  await traffic()
  await page.locator('.row').nth(8).waitFor()
  await arrange(page)
  await page.screenshot({ path: `${images}${name}.png` })
  await page.close()
}

const nearMiss = page => page.locator('.row', { hasText: ':8443' }).first().click()
const pair = page => page.locator('.row', { hasText: '/orders/8f21' }).nth(1).click()
const desk = { viewport: { width: 1440, height: 860 } }
const telephone = { viewport: { width: 360, height: 780 } }

await picture('inspector-light', { ...desk, colorScheme: 'light' }, nearMiss)
await picture('inspector-dark', { ...desk, colorScheme: 'dark' }, pair)
await picture('inspector-telephone', { ...telephone, colorScheme: 'dark' }, nearMiss)

await browser.close()
await sidecar.close()
upstream.closeAllConnections()
upstream.close()
