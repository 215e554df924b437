// What README.md and the pages that continue it promise around each block, as requests and responses. The
// API is on port 5000 and the sidecar on 8010 and 8011, as in the text.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request as requestHttps } from 'node:https'
import { join } from 'node:path'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { type Asked, ask } from './ask.js'
import { fetchIn, launchChromium, openPage } from './browser.js'
import { createCertificate } from './certificate.js'
import { need } from './need.js'
import {
  blockNamed,
  blocksOf,
  difference,
  listening,
  root,
  type Shell,
  shownSession,
} from './recipe.js'
import { type RecordingApi, startRecordingApi } from './recording-api.js'

/** The pages whose blocks are recipes; no two blocks of a kind share a name. */
export const recipePages = ['README.md', 'docs/recipes.md', 'docs/migrating.md']

const blocks = recipePages.flatMap(blocksOf)
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const pagePort = 3000
const apiPort = 5000
const authPort = 5001
const devServerPort = 5173
const sidecar = 'http://127.0.0.1:8010'
const app = 'https://app.example.com'
const lookalike = 'https://app.example.com.evil.test'

/** The ports that these pages name. */
export const recipePorts = [pagePort, apiPort, authPort, devServerPort, 8010, 8011]

export interface Recipe {
  /** The blocks that it runs. */
  readonly blocks: readonly string[]
  readonly skip?: string | false
  readonly run: (t: Test, shell: Shell) => Promise<void>
}

const preflight = (origin: string, path = '/orders/1') =>
  ask(sidecar + path, {
    method: 'OPTIONS',
    headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT' },
  })
const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  ask(sidecar + path, { headers })

async function api(t: Test, port = apiPort, headers: Readonly<Record<string, string>> = {}) {
  const started = await startRecordingApi(port, headers)
  t.teardown(() => started.close())
  return started
}

/** Starts what the block says, and stops it at the end of the test. */
async function paste(t: Test, shell: Shell, name: string) {
  const running = await shell.start(blockNamed(blocks, name).text, listening)
  t.teardown(() => running.stop())
  return running
}

const allowedFor = ({ headers }: Asked) => [
  headers['access-control-allow-origin'],
  headers['access-control-allow-credentials'],
]

/** The promise of every recipe that names origins: these, with credentials, and nobody else. */
async function servesOnly(t: Test, origins: readonly string[]) {
  for (const origin of origins) {
    const asked = await preflight(origin)
    t.strictSame([asked.status, ...allowedFor(asked)], [204, origin, 'true'], `asks as ${origin}`)
    const answer = await get('/orders', { Origin: origin })
    t.strictSame([answer.status, ...allowedFor(answer)], [200, origin, 'true'], `gets as ${origin}`)
    const refused = await preflight(`${origin}.evil.test`)
    t.equal(refused.status, 403, `a name that begins like ${origin} is refused`)
    t.strictSame(allowedFor(refused), [undefined, undefined])
  }
}

/** Runs a command that is shown with its output. */
async function printsWhatIsShown(t: Test, shell: Shell, name: string) {
  for (const { kind, name: reader, path, text } of blocks) {
    if (kind === 'file' && reader === name && path) writeFileSync(join(shell.folder, path), text)
  }
  const { command, printed: shown } = shownSession(blockNamed(blocks, name).text)
  const { printed } = await shell.run(`${command} || true`)
  t.equal(difference(shown, printed), '', 'prints what is shown')
}

const shownCommand = (name: string): Recipe => ({
  blocks: [name],
  run: (t, shell) => printsWhatIsShown(t, shell, name),
})

const terminal = need('script')
const chromium = need('chromium')
const openssl = need('openssl')

/** Every block that needs no more than a shell. */
export const readmeRecipes: readonly Recipe[] = [
  {
    blocks: ['use'],
    skip: terminal.skip,
    async run(t, shell) {
      await api(t)
      writeFileSync(join(shell.folder, 'use.sh'), blockNamed(blocks, 'use').text)
      const running = await shell.start('script -qefc "bash use.sh" /dev/null', /does not protect/)
      t.teardown(() => running.stop())
      const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m|\r`, 'g')
      const { text } = blockNamed(blocks, 'use', 'output')
      t.ok(running.printed.replace(escapes, '').includes(text), 'prints what is shown')
      await servesOnly(t, [app, 'https://shop.shop.example', 'https://a.b.shop.example'])
      t.equal((await preflight('https://shop.example')).status, 403, 'not the name itself')
      t.equal((await ask('http://127.0.0.1:8011/inspect')).status, 200, 'the inspector is there')
    },
  },
  {
    blocks: ['page'],
    skip: chromium.skip,
    async run(t, shell) {
      await api(t)
      const pages = createServer((_request, response) => {
        response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>page</title>')
      })
      await new Promise<void>(resolve => pages.listen(pagePort, resolve))
      t.teardown(() => pages.close())
      const browser = await launchChromium(chromium.path)
      t.teardown(() => browser.close())
      const opened = await openPage(browser, `http://localhost:${pagePort}/`)

      await fetchIn(opened, 'http://localhost:5000/orders')
      await opened.said(/blocked by CORS policy/)
      const [message = ''] = /^>[^\n]*(?:\n>[^\n]*)*/m.exec(readme) ?? []
      t.equal(opened.console[0], message.replace(/\n?> ?/g, ' ').trim(), 'the message is shown')

      const typed = blockNamed(blocks, 'start').text.replace('npm start --', 'cors-sidecar')
      const running = await shell.start(typed, listening)
      t.teardown(() => running.stop())
      const pasted = blockNamed(blocks, 'page')
        .text.replace('await ', '')
        .replace(/ \/\/.*\n/, '')
      const read: unknown = await opened.page.evaluate(`${pasted}.then(answer => answer.json())`)
      t.match(read, { port: apiPort, url: '/orders' }, 'the page reads the API')
    },
  },
  {
    blocks: ['own-headers'],
    async run(t, shell) {
      const { requests } = await api(t, apiPort, { 'X-Total-Count': '2' })
      await paste(t, shell, 'own-headers')
      const asked = await ask(`${sidecar}/orders`, {
        method: 'OPTIONS',
        headers: {
          Origin: app,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'content-type,x-trace-id',
        },
      })
      t.strictSame([asked.status, ...allowedFor(asked)], [204, app, 'true'], 'may be sent')
      const { headers } = await get('/orders', { Origin: app })
      t.equal(headers['access-control-expose-headers'], 'x-total-count', 'may be read')
      t.equal(headers['x-api-key'], undefined, 'no page sees the key')
      t.equal(requests.at(-1)?.headers['x-api-key'], 'secret', 'the API does')
    },
  },
  shownCommand('check'),
  shownCommand('explain'),
  shownCommand('import-ingress'),
  shownCommand('import-dev-server'),
  {
    blocks: ['hook'],
    async run(t, shell) {
      const hooked = await api(t, apiPort, { 'Access-Control-Allow-Origin': '*' })
      const running = await paste(t, shell, 'hook')
      await servesOnly(t, [app, 'https://admin.example.com'])
      t.ok(hooked.requests.length > 0, 'the hook had its say')
      const variable =
        'CORS_SIDECAR_ALLOW_ORIGINS=https://app.example.com,https://admin.example.com'
      t.ok(running.printed.includes(variable), 'prints the line that says the same')
    },
  },
  {
    blocks: ['dev-server'],
    async run(t, shell) {
      const both = await twoApis(t)
      await paste(t, shell, 'dev-server')
      const answer = await routed(t, both, { Origin: 'http://localhost:5173' })
      t.strictSame(allowedFor(answer), ['http://localhost:5173', 'true'])
      t.strictSame(answer.headers['set-cookie'], ['id=1; Path=/'], 'the cookie works here')
      t.equal((await preflight(app, '/api')).status, 403)
    },
  },
  {
    blocks: ['dev-server-behind'],
    async run(t, shell) {
      const both = await twoApis(t)
      const devServer = await api(t, devServerPort)
      await paste(t, shell, 'dev-server-behind')
      await routed(t, both, { Origin: sidecar, 'Sec-Fetch-Site': 'same-origin' })
      await get('/src/main.js')
      t.strictSame(
        devServer.requests.map(({ url }) => url),
        ['/src/main.js'],
      )
      const socket = new WebSocket(`${sidecar}/hot`, { origin: sidecar })
      t.equal(await echoed(socket), 'echo', 'hot reload has its socket')
    },
  },
  {
    blocks: ['gateway'],
    async run(t, shell) {
      await api(t)
      await paste(t, shell, 'gateway')
      const copied = await get('/orders', { 'X-Original-Origin': app })
      t.strictSame(allowedFor(copied), [app, 'true'], 'the copy stands in for Origin')
      const foreign = await get('/orders', { 'X-Original-Origin': lookalike })
      t.strictSame(allowedFor(foreign), [undefined, undefined], 'and is judged like it')
      t.strictSame(allowedFor(await get('/orders')), [undefined, undefined])
      for (const header of ['Host', 'Referer']) {
        const checked = `cors-sidecar check http://127.0.0.1:5000 -o ${app} --origin-fallback ${header}`
        t.equal((await shell.run(checked)).code, 2, `${header} is refused`)
      }
      const fixed = `cors-sidecar check http://127.0.0.1:5000 -o ${app} --origin-fallback ${app}`
      t.equal((await shell.run(fixed)).code, 0, 'one origin may be named')
    },
  },
  {
    blocks: ['public'],
    async run(t, shell) {
      await api(t)
      await paste(t, shell, 'public')
      const answer = await get('/orders', { Origin: 'https://any.example' })
      t.strictSame(allowedFor(answer), ['*', undefined], 'everybody, without credentials')
      const line = blockNamed(blocks, 'public').text.trimEnd()
      const withCookies = line.replace('cors-sidecar', 'cors-sidecar check')
      t.equal((await shell.run(`${withCookies} --allow-credentials`)).code, 2)
    },
  },
  {
    blocks: ['cookies'],
    skip: openssl.skip,
    async run(t, shell) {
      const cookie = 'id=1; SameSite=None; Secure'
      await api(t, apiPort, { 'Set-Cookie': cookie })
      const { cert, key, remove } = createCertificate(openssl.path, ['IP:127.0.0.1'])
      t.teardown(remove)
      writeFileSync(join(shell.folder, 'cert.pem'), cert)
      writeFileSync(join(shell.folder, 'key.pem'), key)
      await paste(t, shell, 'cookies')
      const headers = await new Promise<NodeJS.Dict<string | string[]>>((resolve, reject) => {
        const options = { port: 8010, ca: cert, headers: { Origin: app }, agent: false }
        requestHttps({ host: '127.0.0.1', ...options }, response => {
          response.resume()
          resolve(response.headers)
        })
          .once('error', reject)
          .end()
      })
      t.equal(headers['access-control-allow-origin'], app)
      t.equal(headers['access-control-allow-credentials'], 'true')
      t.strictSame(headers['set-cookie'], [cookie])
    },
  },
  {
    blocks: ['cookies-dev'],
    async run(t, shell) {
      const cookie = 'id=1; Domain=api.example.com; Path=/; Secure; HttpOnly; SameSite=None'
      await api(t, apiPort, { 'Set-Cookie': cookie })
      await paste(t, shell, 'cookies-dev')
      const answer = await get('/login', { Origin: 'http://localhost:5173' })
      t.strictSame(allowedFor(answer), ['http://localhost:5173', 'true'])
      t.strictSame(answer.headers['set-cookie'], ['id=1; Path=/; HttpOnly'])
    },
  },
  {
    blocks: ['websockets'],
    async run(t, shell) {
      const live = await api(t)
      await paste(t, shell, 'websockets')
      t.equal(await echoed(new WebSocket(`${sidecar}/live`, { origin: app })), 'echo')
      const foreign = new WebSocket(`${sidecar}/live`, { origin: lookalike })
      await t.rejects(echoed(foreign), /403/)
      t.equal(live.sockets, 1, 'the API was not dialled for the foreign one')
    },
  },
  {
    blocks: ['report-only'],
    async run(t, shell) {
      await api(t, apiPort, { 'Access-Control-Allow-Origin': '*' })
      await paste(t, shell, 'report-only')
      const foreign = await get('/orders', { Origin: 'https://new.example.com' })
      t.strictSame(allowedFor(foreign), ['*', undefined], 'no answer is changed')
      await get('/orders', { Origin: 'https://new.example.com' })
      const { body } = await ask('http://127.0.0.1:8011/suggest')
      t.match(String(body), /--allow-origins=https:\/\/new\.example\.com/)
    },
  },
  {
    blocks: ['program'],
    async run(t, shell) {
      await api(t)
      mkdirSync(join(shell.folder, 'node_modules'))
      symlinkSync(root, join(shell.folder, 'node_modules', 'cors-sidecar'), 'dir')
      writeFileSync(join(shell.folder, 'program.mjs'), blockNamed(blocks, 'program').text)
      const { code, printed } = await shell.run(`'${process.execPath}' program.mjs`)
      t.equal(code, 0, printed)
      t.match(printed, /^http:\/\/127\.0\.0\.1:8010$/m, 'it says where it listens, and ends')
    },
  },
]

const cookieOfProduction = { 'Set-Cookie': 'id=1; Domain=api.example.com; Path=/; Secure' }

async function twoApis(t: Test): Promise<readonly [RecordingApi, RecordingApi]> {
  return [await api(t, apiPort), await api(t, authPort, cookieOfProduction)]
}

/** Each path reaches the API of its route, whole; gives the answer of the second. */
async function routed(
  t: Test,
  [first, second]: readonly [RecordingApi, RecordingApi],
  headers: Readonly<Record<string, string>>,
) {
  await get('/api/orders', headers)
  const answer = await get('/auth/session', headers)
  t.strictSame(
    [first, second].map(({ requests }) => requests.map(({ url }) => url)),
    [['/api/orders'], ['/auth/session']],
    'each path reaches its API',
  )
  return answer
}

function echoed(socket: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => socket.send('echo'))
    socket.once('message', data => {
      socket.terminate()
      resolve(String(data))
    })
    socket.once('error', reject)
  })
}
