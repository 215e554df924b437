// Takes the pictures in docs/images, from the real pages and the real log over real exchanges:
// build first, then `node scripts/screenshots.mjs`. Needs Chromium.
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { request } from 'undici'
import { loadSettings } from '../dist/src/config/load.js'
import { anyPorts, startDemo } from '../dist/src/demo/demo.js'
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

const quiet = { write() {}, async flush() {} }

async function start(upstreamUrl, flags, options) {
  const { settings, policies } = await loadSettings({
    arguments: upstreamUrl === undefined ? [] : [upstreamUrl],
    flags,
    env: {},
    cwd: tmpdir(),
    isTerminal: false,
  })
  return await startSidecar({ settings, policies }, options)
}

/** What a coloured terminal would be sent. */
const terminal = []
const sidecar = await start(
  `http://127.0.0.1:${upstream.address().port}`,
  {
    listen: ['127.0.0.1:0'],
    'admin-listen': ['127.0.0.1:0'],
    inspect: ['true'],
    'allow-origins': [`${app},${shop}`],
    'allow-headers': ['content-type,authorization'],
  },
  {
    isTerminal: true,
    isColoured: true,
    logDestination: { write: line => terminal.push(line), async flush() {} },
  },
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
  if (status === 204 && !names.includes('x-'))
    await send(origin, method, path, { authorization: 'Bearer secret' })
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
const hidden = page => page.locator('.row.hidden').first().click()
const desk = { viewport: { width: 1440, height: 860 } }
const telephone = { viewport: { width: 360, height: 780 } }

await picture('inspector-light', { ...desk, colorScheme: 'light' }, nearMiss)
await picture('inspector-dark', { ...desk, colorScheme: 'dark' }, hidden)
await picture('inspector-telephone', { ...telephone, colorScheme: 'dark' }, () => undefined)
await terminalPicture(terminal.slice(0, 9).join(''))
await demoPicture()

await browser.close()
await sidecar.close()
upstream.closeAllConnections()
upstream.close()

/** The log as a terminal shows it. */
async function terminalPicture(text) {
  const page = await browser.newPage({ viewport: { width: 1120, height: 300 } })
  await page.setContent(
    `<style>body{margin:0;padding:14px 18px;background:#12161c;color:#dfe5ec;font:13px/1.5 "DejaVu Sans Mono",monospace}pre{margin:0;font:inherit;width:max-content}</style><pre>${asHtml(text.trimEnd())}</pre>`,
  )
  const box = await page.locator('pre').boundingBox()
  const size = { width: Math.ceil(box.width) + 36, height: Math.ceil(box.height) + 28 }
  await page.setViewportSize(size)
  await page.screenshot({ path: `${images}terminal.png` })
  await page.close()
}

/** The colours of the log, which are all it uses. */
function asHtml(text) {
  const styles = {
    1: 'font-weight:bold',
    2: 'opacity:.65',
    31: 'color:#ff8d86',
    32: 'color:#63d39a',
    33: 'color:#f1b65b',
    36: 'color:#7fd3e6',
    90: 'color:#8b97a5',
  }
  let open = 0
  const html = text
    .replace(/[&<>]/g, character => `&#${character.charCodeAt(0)};`)
    .replace(/\u001b\[(\d+)m/g, (_, code) => {
      if (styles[code]) {
        open += 1
        return `<span style="${styles[code]}">`
      }
      if (open === 0) return ''
      open -= 1
      return '</span>'
    })
  return html + '</span>'.repeat(open)
}

async function demoPicture() {
  const demo = await startDemo(anyPorts)
  const between = await start(undefined, demo.flags, { isTerminal: false, logDestination: quiet })
  const page = await browser.newPage({
    viewport: { width: 1100, height: 900 },
    colorScheme: 'light',
  })
  await page.goto(demo.addresses.page)
  await page.waitForSelector('body[data-done=yes]')
  await page.screenshot({ path: `${images}demo.png` })
  await page.close()
  await between.close()
  await demo.close()
}
