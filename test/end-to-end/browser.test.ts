// The main job in a real browser: pages of one origin, an API that nobody here wrote on another,
// the sidecar in front of it. What the browser lets the page do is the verdict.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import {
  fetchIn,
  launchChromium,
  type OpenedPage,
  openPage,
  type PageAnswer,
  type PageRequest,
  serveBlankPages,
} from '../support/browser.js'
import { need } from '../support/need.js'
import { startHttpbin, startNginx } from '../support/real-peers.js'
import { type SidecarOptions, startSidecar } from '../support/sidecar-process.js'
import { startWsEcho } from '../support/ws-echo.js'

const chromium = need('chromium')
const nginx = need('nginx')
const httpbin = need('httpbin')
const skip = chromium.skip || nginx.skip || httpbin.skip

const appHost = 'app.shop.localhost'
const strangerHost = 'stranger.localhost'
/** The same site as the page's, so that an ordinary cookie goes along; another origin. */
const apiHost = 'api.shop.localhost'

t.setTimeout(120_000)

t.test('in Chromium', { skip }, async t => {
  t.setTimeout(120_000)
  const pages = await serveBlankPages()
  t.teardown(() => pages.close())
  const browser = await launchChromium(chromium.path)
  t.teardown(() => browser.close())
  const files = { 'items.json': '[{"id":1}]\n' }
  const staticApi = await startNginx(nginx.path, files)
  t.teardown(() => staticApi.close())
  const dynamicApi = await startHttpbin(httpbin.path)
  t.teardown(() => dynamicApi.close())

  /** The sidecar in front of an upstream, as the browser addresses it. */
  async function front(t: Test, upstream: string, options: SidecarOptions = {}) {
    const sidecar = await startSidecar({
      upstream,
      ...options,
      flags: ['-o', pages.origin(appHost), ...(options.flags ?? [])],
    })
    t.teardown(() => sidecar.stop())
    return { sidecar, url: `http://${apiHost}:${sidecar.port}` }
  }
  async function open(t: Test, host: string): Promise<OpenedPage> {
    const opened = await openPage(browser, pages.origin(host))
    t.teardown(() => opened.page.close())
    return opened
  }
  const ask = async (page: OpenedPage, url: string, request?: PageRequest): Promise<PageAnswer> => {
    const answer = await fetchIn(page, url, request)
    if (typeof answer === 'string') throw new Error(`${answer}\n${page.console.join('\n')}`)
    return answer
  }

  await t.test('an API without CORS: nginx serving files', async t => {
    const { url } = await front(t, staticApi.url, { flags: ['--expose-headers', 'etag,x-none'] })
    const page = await open(t, appHost)

    await t.test('is out of reach without the sidecar', async t => {
      const direct = staticApi.url.replace('127.0.0.1', apiHost)
      t.match(await fetchIn(page, `${direct}/items.json`), /TypeError/)
      t.match(page.console.join(), /No 'Access-Control-Allow-Origin' header/)
    })
    await t.test('is read through it, exposed headers too', async t => {
      const answer = await ask(page, `${url}/items.json`)
      t.strictSame([answer.status, answer.text], [200, '[{"id":1}]\n'])
      t.ok(answer.headers.etag, 'the exposed header')
      t.equal(answer.headers.server, undefined, 'any other stays hidden')
    })
    await t.test("its 404 is the page's to read", async t => {
      t.match(await ask(page, `${url}/none.json`), { status: 404, text: /Not Found/ })
    })
    await t.test('a method that it does not know is answered, after the preflight', async t => {
      t.match(await ask(page, `${url}/items.json`, { method: 'DELETE' }), { status: 405 })
    })
    await t.test('is closed to a page of another origin, by the browser itself', async t => {
      const stranger = await open(t, strangerHost)
      t.match(await fetchIn(stranger, `${url}/items.json`), /TypeError/)
      t.match(stranger.console.join(), /blocked by CORS policy: No 'Access-Control-Allow-Origin'/)
      t.match(await fetchIn(stranger, `${url}/items.json`, { method: 'PUT' }), /TypeError/)
      t.match(stranger.console.join(), /blocked by CORS policy: Response to preflight request/)
    })
  })

  await t.test('an API with CORS headers of its own: httpbin', async t => {
    const { url, sidecar } = await front(t, dynamicApi.url, { flags: ['--log-requests', 'all'] })
    const page = await open(t, appHost)

    await t.test('takes a PUT with JSON and a token, after one preflight', async t => {
      const request = {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json', Authorization: 'Bearer t' },
        body: '{"price":7}',
      }
      const answer = await ask(page, `${url}/put`, request)
      t.equal(answer.status, 200)
      t.match(JSON.parse(answer.text), {
        json: { price: 7 },
        headers: { Authorization: 'Bearer t', Origin: pages.origin(appHost) },
      })
      await ask(page, `${url}/put`, request)
      const preflights = sidecar.logs.filter(line => line.kind === 'preflight')
      t.equal(preflights.length, 1, 'the browser asks once for both requests')
    })
    await t.test('sees the cookie that it set before', async t => {
      const credentials = 'include'
      await ask(page, `${url}/cookies/set?session=s1`, { credentials })
      const answer = await ask(page, `${url}/cookies`, { credentials })
      t.strictSame(JSON.parse(answer.text), { cookies: { session: 's1' } })
    })
    await t.test('follows redirects that stay on the sidecar', async t => {
      const absolute = `${url}/absolute-redirect/2`
      t.match(await ask(page, absolute), { status: 200, text: /"url"/ })
    })
    await t.test('is closed to a stranger, though it allows everyone itself', async t => {
      const stranger = await open(t, strangerHost)
      t.match(await fetchIn(stranger, `${url}/get`, { credentials: 'include' }), /TypeError/)
      t.match(stranger.console.join(), /blocked by CORS policy/)
    })
  })

  await t.test('a 502 is readable: the page is told that the API is down', async t => {
    const { url } = await front(t, 'http://127.0.0.1:1')
    const answer = await ask(await open(t, appHost), `${url}/items.json`)
    t.equal(answer.status, 502)
    t.match(JSON.parse(answer.text), { error: String, message: String, id: String })
  })

  await t.test('a WebSocket', async t => {
    const echo = await startWsEcho()
    t.teardown(() => echo.close())
    const { url } = await front(t, echo.url)
    const talk = `new Promise(resolve => {
      const socket = new WebSocket(${JSON.stringify(url.replace('http', 'ws'))})
      socket.onopen = () => socket.send('hello')
      socket.onmessage = ({ data }) => { resolve(data); socket.close() }
      socket.onerror = () => resolve('refused')
    })`
    t.equal(await (await open(t, appHost)).page.evaluate(talk), 'hello')
    const stranger = await open(t, strangerHost)
    t.equal(await stranger.page.evaluate(talk), 'refused', 'not for a page of another origin')
    t.match(stranger.console.join(), /Unexpected response code: 403/)
  })

  await t.test('an EventSource comes back where it was', async t => {
    const lastIds: unknown[] = []
    const events = createServer((request, response) => {
      lastIds.push(request.headers['last-event-id'])
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.end(`retry: 20\nid: ${lastIds.length}\ndata: event ${lastIds.length}\n\n`)
    })
    await new Promise<void>(resolve => events.listen(0, '127.0.0.1', resolve))
    t.teardown(() => events.close())
    const { port } = events.address() as AddressInfo
    const { url } = await front(t, `http://127.0.0.1:${port}`)
    const { page } = await open(t, appHost)
    const received = await page.evaluate(`new Promise(resolve => {
      const received = []
      const source = new EventSource(${JSON.stringify(url)})
      source.onmessage = ({ data }) => {
        received.push(data)
        if (received.length === 3) { source.close(); resolve(received) }
      }
    })`)
    t.strictSame(received, ['event 1', 'event 2', 'event 3'])
    t.strictSame(lastIds.slice(0, 3), [undefined, '1', '2'], 'it says what it saw last')
  })
})
