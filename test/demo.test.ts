import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import t from 'tap'
import { anyPorts, startDemo } from '../src/demo/demo.js'
import { need } from './support/need.js'

t.setTimeout(120_000)

const program = fileURLToPath(new URL('../../bin/cors-sidecar.js', import.meta.url))

t.test("the demo's API", async t => {
  const demo = await startDemo(anyPorts)
  t.teardown(() => demo.close())
  const ask = (path: string, init?: RequestInit) => fetch(demo.addresses.api + path, init)

  t.test('sends no CORS header, whoever asks', async t => {
    const answer = await ask('/books', { headers: { origin: demo.addresses.page } })
    t.equal(answer.status, 200)
    t.equal(answer.headers.get('x-total-count'), '3')
    t.strictSame(
      [...answer.headers.keys()].filter(name => name.startsWith('access-control-')),
      [],
    )
  })

  t.test('has never heard of OPTIONS', async t => {
    t.equal((await ask('/books', { method: 'OPTIONS' })).status, 405)
  })

  t.test('changes a price for whoever has the token, and for nobody else', async t => {
    const put = (authorization: string) =>
      ask('/books/2', { method: 'PUT', headers: { authorization }, body: '{"price": 7}' })
    t.equal((await put('Bearer wrong')).status, 401)
    t.match(await (await put('Bearer demo-token')).json(), { id: 2, price: 7 })
    t.match(await (await ask('/books/2')).json(), { price: 7 })
  })

  t.test('knows who signed in by the cookie', async t => {
    const cookie = (await ask('/session', { method: 'POST' })).headers.get('set-cookie') ?? ''
    t.equal((await ask('/session')).status, 401)
    t.equal((await ask('/session', { headers: { cookie } })).status, 200)
  })
})

t.test('a taken port gives way to a free one', async t => {
  const first = await startDemo(anyPorts)
  t.teardown(() => first.close())
  const taken = Number(new URL(first.addresses.api).port)
  const second = await startDemo({ ...anyPorts, api: taken })
  t.teardown(() => second.close())
  t.not(second.addresses.api, first.addresses.api)
  t.equal((await fetch(`${second.addresses.api}/books`)).status, 200)
})

/** Runs the command until its greeting is whole, and gives the addresses in it. */
async function runDemo(): Promise<{ child: ChildProcess; addresses: string[] }> {
  const child = spawn(process.execPath, [program, 'demo', '--any-port'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8')
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (piece: string) => {
      text += piece
      if (text.includes('Ctrl-C ends the demo')) resolve()
    })
    child.once('exit', code => reject(new Error(`the demo ended with ${code}: ${text}`)))
  })
  const greeting = text.slice(text.indexOf('  Open'))
  return { child, addresses: greeting.match(/http:\/\/[^\s]+/g) ?? [] }
}

t.test('cors-sidecar demo', { skip: need('chromium').skip }, async t => {
  const { child, addresses } = await runDemo()
  const [page = '', strangerPage = ''] = addresses
  t.teardown(() => child.kill('SIGKILL'))
  const browser = await chromium.launch({
    executablePath: need('chromium').path,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  })
  t.teardown(() => browser.close())

  /** What the two columns say, row by row. */
  const verdicts = async (address: string) => {
    const tab = await browser.newPage()
    await tab.goto(address)
    await tab.waitForSelector('body[data-done=yes]')
    const of = (leg: string) =>
      tab.$$eval(`[data-leg=${leg}]`, cards =>
        cards.map(card => card.className.slice('result '.length)),
      )
    const found = { direct: await of('direct'), sidecar: await of('sidecar') }
    await tab.close()
    return found
  }

  t.test('shows an allowed page that the browser blocks directly and lets through', async t => {
    t.strictSame(await verdicts(page), {
      direct: ['bad', 'bad', 'bad', 'bad', 'bad', 'odd'],
      sidecar: ['good', 'good', 'good', 'good', 'good', 'good'],
    })
  })

  t.test('shows the same page refused under an origin that is not on the list', async t => {
    t.strictSame(await verdicts(strangerPage), {
      direct: ['bad', 'bad', 'bad', 'bad', 'bad', 'odd'],
      sidecar: ['bad', 'bad', 'bad', 'bad', 'bad', 'bad'],
    })
  })

  t.test('ends with 0 on Ctrl-C', async t => {
    const ended = once(child, 'exit')
    child.kill('SIGINT')
    t.strictSame(await ended, [0, null])
  })
})
