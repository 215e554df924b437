// What real browsers say of themselves when a page of another site makes them ask, and who gets in
// then. While it is only reported, no byte changes.
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { openChromium, openFirefox } from '../docs/driven-browsers.js'
import { serveBlankPages } from '../support/browser.js'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'

t.setTimeout(300_000)

async function startApi(t: Test): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('Date', new Date(0).toUTCString())
    response.setHeader('Content-Type', 'text/html')
    response.setHeader('Cache-Control', 'no-store')
    if (request.url?.endsWith('/download')) response.setHeader('Content-Disposition', 'attachment')
    response.end(`${request.method} ${request.url}\n`)
  })
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const modes = ['api', 'resources', 'report'] as const

/** What a page does, and in which modes its request passes: for a stranger, and for a listed page. */
const deeds: readonly (readonly [
  name: string,
  script: string,
  stranger: string,
  listed: string,
])[] = [
  ['image', 'new Image().src = url', '', ''],
  ['script', `add('script', { src: url })`, '', ''],
  ['style', `add('link', { rel: 'stylesheet', href: url })`, '', ''],
  ['object', `add('object', { type: 'text/html', data: url })`, '', ''],
  ['frame', `add('iframe', { src: url })`, 'resources', 'resources'],
  ['link', 'follow({ href: url })', 'resources', 'resources'],
  ['download', `follow({ href: url, download: '' })`, 'resources', 'resources'],
  ['form', 'post(url)', '', ''],
  ['no-cors', `fetch(url, { mode: 'no-cors', credentials: 'include' })`, '', ''],
  ['beacon', `navigator.sendBeacon(url, 'x')`, '', 'api resources'],
  ['cors', `fetch(url, { credentials: 'include' })`, '', 'api resources'],
]

const helpers = `
  const add = (name, attributes) => {
    const element = Object.assign(document.createElement(name), attributes)
    document.body.append(element)
    return element
  }
  const follow = attributes => add('a', { target: '_blank', ...attributes }).click()
  const post = action => {
    add('iframe', { name: action })
    add('form', { method: 'POST', target: action, action }).submit()
  }
`

const pathsOf = modes.map(isolate => ({ match: `/${isolate}/`, isolate }))

for (const [name, open, whoAsks] of [
  ['chromium', (t: Test, page: string) => openChromium(t, page), ['stranger', 'listed']],
  [
    'firefox',
    (t: Test, page: string) => openFirefox(t, page, { 'dom.disable_open_during_load': false }),
    ['stranger'],
  ],
] as const) {
  t.test(`pages of other sites in ${name}`, { skip: need(name).skip }, async t => {
    const upstream = await startApi(t)
    const pages = await serveBlankPages()
    t.teardown(() => pages.close())
    const pageOf = (who: string) => pages.origin(`${who}.localhost`)
    const sidecar = await startSidecar({
      upstream,
      config: { allowOrigins: [pageOf('listed')], paths: pathsOf },
      flags: ['--log-requests', 'all', '--inspect'],
      admin: true,
    })
    t.teardown(() => sidecar.stop())
    const lineOf = (path: string) =>
      sidecar.log(({ path: seen, kind }) => seen === path && kind !== 'preflight', path)
    for (const who of whoAsks) {
      const browser = await open(t, pageOf(who))
      const act = (deed: string, script: string) =>
        modes.map(mode => {
          const url = JSON.stringify(`${sidecar.url}/${mode}/${who}/${deed}`)
          return `{ const url = ${url}; ${script} }`
        })
      const run = (acts: readonly string[]) =>
        browser.run(`(() => { ${helpers}; ${acts.join(';')}; return true })()`)
      // A browser prefetches when it has nothing else to do.
      await run(act('prefetch', `add('link', { rel: 'prefetch', href: url })`))
      await lineOf(`/report/${who}/prefetch`)
      await run(deeds.flatMap(([deed, script]) => act(deed, script)))
      for (const [deed, , ...passing] of [['prefetch', '', '', ''] as const, ...deeds]) {
        const wanted = passing[who === 'stranger' ? 0 : 1]
        for (const mode of ['api', 'resources'] as const) {
          const { reason, status } = await lineOf(`/${mode}/${who}/${deed}`)
          const isRefused = !wanted.includes(mode)
          t.equal(reason === 'cross-site', isRefused, `${mode}, ${who}, ${deed}`)
          t.equal(status === 403, isRefused, `${mode}, ${who}, ${deed}`)
        }
        const mildest = wanted === '' ? 'resources' : wanted === 'resources' ? 'api' : undefined
        const { isolation, status } = await lineOf(`/report/${who}/${deed}`)
        t.strictSame([isolation, status], [mildest, 200], `${who}, ${deed}, reported`)
      }
      const url = `${sidecar.url}/api/${who}/socket`
      t.equal(await browser.send({ url, by: 'WebSocket', init: {} }), 'refused')
      const { reason } = await lineOf(`/api/${who}/socket`)
      t.equal(reason, who === 'listed' ? 'origin-exact' : 'origin-not-allowed', 'a socket')
    }
    const suggestion = await (await fetch(`${sidecar.adminUrl}/suggest`)).text()
    t.match(suggestion, 'isolate: api or resources would refuse GET (cross-site no-cors empty)')
    const metrics = await (await fetch(`${sidecar.adminUrl}/metrics`)).text()
    const [resources, api] = name === 'chromium' ? [16, 22] : [9, 12]
    t.match(metrics, `cross_site_reports_total{isolate="resources"} ${resources}\n`)
    t.match(metrics, `cross_site_reports_total{isolate="api"} ${api}\n`)
  })
}

const sites = ['', 'same-origin', 'same-site', 'cross-site', 'none']
const mixedModes = ['navigate', 'no-cors', 'cors']
const origins = ['', 'http://localhost:3000', 'https://evil.example', 'null']
const methods = ['GET', 'POST', 'OPTIONS', 'HEAD']

/** The n-th of ten thousand requests, no two neighbours alike. */
function mixed(n: number): string {
  const pick = (list: readonly string[], by: number) => list[Math.floor(n / by) % list.length] ?? ''
  const [site, mode, origin] = [pick(sites, 1), pick(mixedModes, 5), pick(origins, 15)]
  const lines = [
    `${pick(methods, 60)} /${n % 7 === 0 ? 'report' : 'v1'}/${n} HTTP/1.1`,
    'Host: localhost',
    `X-Request-Id: r${n}`,
    ...(site === '' ? [] : [`Sec-Fetch-Site: ${site}`, `Sec-Fetch-Mode: ${mode}`]),
    ...(origin === '' ? [] : [`Origin: ${origin}`]),
    ...(n % 3 === 0 ? ['Access-Control-Request-Method: PUT'] : []),
    ...(n % 11 === 0 ? ['Cookie: s=1'] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** All bytes that come back for these requests, sent one behind the other on one connection. */
function answers(port: number, requests: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      received += text
    })
    socket.on('error', reject)
    // The sidecar dates its own answers.
    socket.on('close', () => resolve(received.replace(/^Date: .*\r\n/gm, '')))
    socket.write(requests.replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n'))
  })
}

t.test('while it is only reported, no byte of 10,000 mixed responses changes', async t => {
  const upstream = await startApi(t)
  const shared = ['-o', 'http://localhost:3000', '--via', 'off', '--debug-headers']
  const [plain, reporting] = await Promise.all([
    startSidecar({ upstream, flags: shared, forgetsRequests: true }),
    startSidecar({ upstream, flags: [...shared, '--isolate', 'report'], admin: true }),
  ])
  t.teardown(() => Promise.all([plain.stop(), reporting.stop()]))
  let compared = 0
  const compare = async (first: number) => {
    const requests = Array.from({ length: 50 }, (_, n) => mixed(first + n)).join('')
    const [one, other] = await Promise.all(
      [plain, reporting].map(({ port }) => answers(port, requests)),
    )
    compared += one?.match(/^HTTP\/1\.1 /gm)?.length ?? 0
    if (one !== other) t.equal(other, one, `from ${first}`)
  }
  for (let first = 0; first < 10_000; first += 500) {
    await Promise.all(Array.from({ length: 10 }, (_, n) => compare(first + n * 50)))
  }
  t.equal(compared, 10_000, 'answers')
  const metrics = await (await fetch(`${reporting.adminUrl}/metrics`)).text()
  const counted = /cross_site_reports_total\{isolate="api"\} (\d+)/.exec(metrics)?.[1]
  t.ok(Number(counted) > 1000, `${counted} of them were reported`)
})
