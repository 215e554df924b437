// The examples do what they say: each is run by the words of its own README, on the ports that it
// names, and looked at as a browser would.

import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ask } from './support/ask.js'
import { launchChromium, openPage } from './support/browser.js'
import { need } from './support/need.js'
import {
  blockNamed,
  blocksOf,
  createShell,
  listening,
  needPorts,
  root,
  type ShellOptions,
} from './support/recipe.js'

const app = 'https://app.example.com'
const lookalike = 'https://app.example.com.evil.test'

/** Types the blocks of an example's README; what goes on until it is stopped is stopped at the end. */
function example(t: Test, name: string, programs: ShellOptions['programs'] = {}) {
  const blocks = blocksOf(join('examples', name, 'README.md'))
  const shell = createShell({ folder: join(root, 'examples', name), programs })
  t.teardown(() => shell.remove())
  const typed = new Set<string>()
  const text = (block: string) => {
    typed.add(block)
    return blockNamed(blocks, block).text
  }
  return {
    async begin(block: string, until = listening) {
      const running = await shell.start(text(block), until)
      t.teardown(() => running.stop())
      return running
    },
    run: (block: string) => shell.run(text(block)),
    /** Nothing in that README goes untried. */
    isAllTyped() {
      const named = blocks.filter(({ kind }) => kind === 'run').map(({ name: block }) => block)
      t.strictSame([...typed].sort(), named.sort(), 'every block of its README was run')
    },
  }
}

const preflight = (url: string, origin: string) =>
  ask(url, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'PUT',
      'Access-Control-Request-Headers': 'content-type',
    },
  })

const flask = need('flask')
const nginx = need('nginx')
const chromium = need('chromium')
const curl = need('curl')

t.test(
  'flask',
  { skip: flask.skip || curl.skip || (await needPorts([5010, 8020, 8021])) },
  async t => {
    const { begin, run, isAllTyped } = example(t, 'flask', { python3: flask.path })
    const up = /Running on/

    const before = await begin('before', up)
    const letIn = await preflight('http://127.0.0.1:5010/orders/1', lookalike)
    t.equal(letIn.headers['access-control-allow-origin'], lookalike, 'the hook lets a lookalike in')
    t.equal(letIn.headers['access-control-allow-credentials'], 'true')
    await before.stop()

    await begin('api', up)
    await begin('sidecar')
    const url = 'http://127.0.0.1:8020'
    const stranger = await run('stranger')
    t.match(stranger.printed, /^HTTP\/1.1 403/m, 'the sidecar does not')
    t.notMatch(stranger.printed, /access-control-allow/i)

    const asked = await preflight(`${url}/orders/1`, app)
    t.equal(asked.status, 204)
    t.equal(asked.headers['access-control-allow-origin'], app)
    const session = await ask(`${url}/session`, { method: 'POST', headers: { Origin: app } })
    const [cookie = ''] = session.headers['set-cookie'] ?? []
    t.match(cookie, /Secure.*SameSite=None/, 'a cookie that may travel')
    const put = await ask(`${url}/orders/1`, {
      method: 'PUT',
      headers: {
        Origin: app,
        Cookie: cookie.split(';')[0] ?? '',
        'Content-Type': 'application/json',
      },
      body: '{"total": 43}',
    })
    t.strictSame([put.status, JSON.parse(String(put.body)).total], [200, 43])
    t.equal(put.headers['access-control-allow-origin'], app)
    t.equal(put.headers['access-control-allow-credentials'], 'true')
    t.match(put.headers.vary, /\bOrigin\b/)
    const refused = await ask(`${url}/orders`, { headers: { Origin: app } })
    t.equal(refused.status, 401, 'who is not signed in')
    t.equal(refused.headers['access-control-allow-origin'], app, 'and the page can read that')
    isAllTyped()
  },
)

t.test(
  'gateway',
  { skip: nginx.skip || curl.skip || (await needPorts([5040, 8040, 8041, 8042])) },
  async t => {
    const { begin, run, isAllTyped } = example(t, 'gateway', { nginx: nginx.path })
    const url = 'http://127.0.0.1:8040'
    await begin('api', /port 5040/)
    await begin('sidecar')
    await begin('gateway', /start worker process/)
    const { printed } = await run('ask')
    t.match(printed, /^access-control-allow-origin: https:\/\/app\.example\.com\r$/im)
    t.match(printed, /"customer":"Ada"/)
    t.equal((await preflight(`${url}/orders/1`, app)).status, 204)
    t.equal((await preflight(`${url}/orders/1`, lookalike)).status, 403)
    const forged = await ask(`${url}/orders`, { headers: { 'X-Original-Origin': app } })
    t.equal(forged.headers['access-control-allow-origin'], undefined, 'no client can set it')
    isAllTyped()
  },
)

t.test(
  'vite',
  { skip: chromium.skip || (await needPorts([5021, 5022, 5174, 8030, 8031])) },
  async t => {
    const { begin, isAllTyped } = example(t, 'vite')
    await begin('apis', /5021[\s\S]*5022|5022[\s\S]*5021/)
    await begin('sidecar')
    await begin('page', /ready in/)
    const browser = await launchChromium(chromium.path)
    t.teardown(() => browser.close())
    const opened = await openPage(browser, 'http://localhost:5174')
    await opened.page.getByText('Ada: 42').waitFor()
    t.pass('the page has what both APIs know')
    await opened.page.getByRole('button', { name: 'pay' }).click()
    await opened.page.getByText('Ada: 42 paid').waitFor()
    t.pass('a PUT, which the browser asks for first, got through')
    t.strictSame(
      opened.console.filter(line => /CORS|error/i.test(line)),
      [],
    )
    isAllTyped()
  },
)
