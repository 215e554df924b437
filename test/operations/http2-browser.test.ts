// CORS over HTTP/2 as a browser sees it, and the WebSocket that needs HTTP/1.1 beside it.
import t from 'tap'
import { launchChromium, serveBlankPages } from '../support/browser.js'
import { createCertificate } from '../support/certificate.js'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'
import { startWsEcho } from '../support/ws-echo.js'

const chromium = need('chromium')
const openssl = need('openssl')

t.test('in Chromium over TLS', { skip: chromium.skip || openssl.skip }, async t => {
  t.setTimeout(120_000)
  const pages = await serveBlankPages()
  t.teardown(() => pages.close())
  const upstream = await startWsEcho()
  t.teardown(() => upstream.close())
  const certificate = createCertificate(openssl.path, ['DNS:localhost'])
  t.teardown(() => certificate.remove())
  const sidecar = await startSidecar({
    upstream: upstream.url,
    flags: [
      ...['--allow-origin', pages.origin('app.localhost'), '--timing-allow-origin', 'true'],
      ...['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile],
    ],
  })
  t.teardown(() => sidecar.stop())
  const browser = await launchChromium(chromium.path)
  t.teardown(() => browser.close())
  const url = `https://localhost:${sidecar.port}/`

  const open = async (host: string) => {
    const page = await browser.newPage({ ignoreHTTPSErrors: true })
    await page.goto(pages.origin(host))
    return page
  }

  t.test('an allowed page reads the answer to a preflighted request, over h2', async t => {
    const page = await open('app.localhost')
    const seen = await page.evaluate(async address => {
      const response = await fetch(address, {
        method: 'PUT',
        headers: { authorization: 'Bearer x' },
        credentials: 'include',
        body: 'hello',
      })
      await response.text()
      const entries = performance.getEntriesByName(address).map(entry => entry.toJSON())
      return { status: response.status, protocols: entries.map(one => one.nextHopProtocol) }
    }, url)
    t.equal(seen.status, 426, 'what a WebSocket server says to a plain request')
    t.ok(seen.protocols.includes('h2'))
    await sidecar.log(({ kind }) => kind === 'actual', 'the line of the actual request')
    const kinds = sidecar.logs.filter(({ event }) => event === 'request').map(({ kind }) => kind)
    t.same(kinds, ['preflight', 'actual'])
  })

  t.test('another page does not', async t => {
    const page = await open('stranger.localhost')
    const outcome = await page.evaluate(
      address =>
        fetch(address).then(
          () => 'read',
          () => 'refused',
        ),
      url,
    )
    t.equal(outcome, 'refused')
  })

  t.test('a WebSocket beside it finds HTTP/1.1', async t => {
    const page = await open('app.localhost')
    const echoed = await page.evaluate(
      address =>
        new Promise(resolve => {
          const socket = new WebSocket(address)
          socket.onopen = () => socket.send('hello')
          socket.onmessage = ({ data }) => resolve(data)
          socket.onerror = () => resolve('failed')
        }),
      url.replace('https', 'wss'),
    )
    t.equal(echoed, 'hello')
  })
})
