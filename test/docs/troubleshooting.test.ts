// docs/troubleshooting.md quotes what browsers print. Each message is provoked in the real ones, and
// what the page says to do is done: the same request then succeeds through the sidecar.
import t, { type Test } from 'tap'
import { settled } from '../../src/why/causes.js'
import { guideLink } from '../../src/why/codes.js'
import { readText } from '../../src/why/read-text.js'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'
import { startWsEcho } from '../support/ws-echo.js'
import { type Scene, setScene } from './bad-api.js'
import { documentNamed } from './documents.js'
import { type Driven, openChromium, openFirefox, type Sent } from './driven-browsers.js'

t.setTimeout(590_000)

type BrowserName = 'Chromium' | 'Firefox'

interface Message {
  readonly browser: string
  readonly words: string
  readonly pattern: RegExp
  /** False for those that the page marks with a star. */
  readonly isProvoked: boolean
}

interface Entry {
  readonly title: string
  readonly messages: readonly Message[]
  /** The command of the page that mends it, without the name of the program. */
  readonly cure: readonly string[] | undefined
}

const entries: readonly Entry[] = documentNamed('docs/troubleshooting.md').sections.flatMap(
  ({ title, fences }) => {
    const messages = fences
      .filter(({ language }) => language === 'text')
      .flatMap(fence => fence.text.split('\n').map(messageOf))
    if (messages.length === 0) return []
    const command = fences.find(({ language }) => language === 'sh')?.text
    return [
      { title, messages, cure: command === undefined ? undefined : wordsOf(command).slice(1) },
    ]
  },
)

function messageOf(line: string): Message {
  const [, browser, star, words] =
    /^(Chromium|Firefox|Safari|Node|Library)(\*?): (.*)$/u.exec(line) ?? []
  if (browser === undefined || words === undefined) throw new Error(`no message: ${line}`)
  const pattern = words
    .split('…')
    .map(part => part.replace(/[\\^$.*+?()[\]{}|]/gu, '\\$&'))
    .join('.*')
  return {
    browser,
    words,
    pattern: new RegExp(pattern, 'u'),
    isProvoked: star === '',
  }
}

/** The words of a command line, as a shell cuts them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/gu)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}

type Row = readonly [title: string, path: string, init?: Sent['init'], more?: Partial<Sent>]

const put = { method: 'PUT' } as const
const include = { credentials: 'include' } as const

/** Requests that provoke the messages of an entry, and that its cure lets through. */
const provoking: readonly Row[] = [
  ['No Access-Control-Allow-Origin', '/silent'],
  ['No Access-Control-Allow-Origin', '/silent', {}, { by: 'XMLHttpRequest' }],
  ['No Access-Control-Allow-Origin', '/silent-when-asked', put],
  ['The origin does not match', '/other'],
  ['The origin does not match', '/slash'],
  ['The origin does not match', '/no-scheme'],
  ['The origin does not match', '/other-when-asked', put],
  ['More than one value', '/doubled'],
  ['More than one value', '/doubled-when-asked', put],
  ['A star with credentials', '/star', include],
  ['A star with credentials', '/star', include, { by: 'XMLHttpRequest' }],
  ['A star with credentials', '/star-when-asked', { ...put, ...include }],
  ['Credentials are not allowed', '/no-credentials', include],
  ['Credentials are not allowed', '/misspelt-credentials', include],
  ['Credentials are not allowed', '/no-credentials-when-asked', { ...put, ...include }],
  ['The preflight has no ok status', '/not-found-when-asked', put],
  ['The preflight is redirected', '/moved-when-asked', put],
  ['The method is not allowed', '/no-method', { method: 'PROPFIND' }],
  ['A request header is not allowed', '/no-header', { headers: { 'x-trace': '1' } }],
  ['A list that cannot be read', '/bad-methods', { ...put, headers: { 'x-trace': '1' } }],
  ['A list that cannot be read', '/bad-headers', { ...put, headers: { 'x-trace': '1' } }],
]

/** Those that only one browser words so, or that nothing on the server's side mends. */
const provokingOne: Readonly<Record<BrowserName, readonly Row[]>> = {
  Chromium: [
    ['More than one value', '/listed'],
    ['A redirect with a password', '/moved-with-password'],
    ['Local Network Access', '/open', { targetAddressSpace: 'local' }],
    ['An address that is not HTTP', 'nothing://here/', {}, { by: 'XMLHttpRequest' }],
    ['A header that a script cannot read', '/open', {}, { by: 'XMLHttpRequest', reads: 'etag' }],
  ],
  Firefox: [
    ['The origin does not match', '/listed'],
    ['The request did not succeed', '/moved-with-password'],
    ['An address that is not HTTP', 'nothing://here/'],
    ['The request did not succeed', 'NOBODY/'],
  ],
}

function entryOf(title: string): Entry {
  const entry = entries.find(one => one.title === title)
  if (entry === undefined) throw new Error(`the page has no ${title}`)
  return entry
}

const seen = new Set<string>()

/** Sends a request that fails, and finds what the browser says of it on the page. */
async function provoke(
  test: Test,
  browser: BrowserName,
  driven: Driven,
  scene: Scene,
  [title, path, init = {}, more = {}]: Row,
  count: number,
): Promise<void> {
  const isPath = path.startsWith('/')
  const url = isPath ? `${scene.api}${path}` : path.replace('NOBODY', scene.nobody)
  const sent: Sent = { url: isPath ? `${url}?${count}` : url, by: 'fetch', init, ...more }
  const outcome = await driven.send(sent)
  test.equal(outcome, more.reads === undefined ? 'refused' : 'read null', 'the page gets nothing')
  const line = await driven.line(more.reads === undefined ? url : more.reads)
  const message = entryOf(title).messages.find(
    one => one.browser === browser && one.isProvoked && one.pattern.test(line),
  )
  test.ok(message, `the page quotes: ${line}`)
  if (message !== undefined) seen.add(`${browser}: ${message.words}`)
  const guides = settled(readText(line).causes).map(({ guide }) => guide)
  test.ok(guides.includes(guideLink(title)), `why finds the same section: ${guides}`)
}

/** The cure of an entry, run in front of another server for another page. */
async function mend(test: Test, { cure = [] }: Entry, upstream: string, page: string) {
  const [, ...flags] = cure.map(word => word.replace('https://app.example.com', page))
  const sidecar = await startSidecar({ upstream, flags: ['--shutdown-timeout', '100ms', ...flags] })
  test.teardown(() => sidecar.stop())
  return sidecar
}

async function mendAll(
  test: Test,
  driven: Driven,
  scene: Scene,
  rows: readonly Row[],
): Promise<void> {
  for (const title of new Set(rows.map(([title]) => title))) {
    const entry = entryOf(title)
    if (entry.cure === undefined) continue
    const { url } = await mend(test, entry, scene.api, scene.page)
    for (const [, path, init = {}, more = {}] of rows.filter(row => row[0] === title)) {
      const sent: Sent = { url: `${url}${path}`, by: 'fetch', init, ...more }
      const expected = more.reads === undefined ? 'read' : 'read "1"'
      test.equal(await driven.send(sent), expected, `${title}: ${path} through the sidecar`)
    }
  }
}

async function refuseSocket(test: Test, browser: BrowserName, driven: Driven, page: string) {
  const echo = await startWsEcho()
  test.teardown(() => echo.close())
  const entry = entryOf('A WebSocket is refused')
  const closed = await mend(test, entry, echo.url, 'https://other.example')
  const sent = { by: 'WebSocket', init: {} } as const
  test.equal(await driven.send({ ...sent, url: closed.url }), 'refused')
  const line = await driven.line(closed.url.replace('http', 'ws'))
  const message = entry.messages.find(one => one.browser === browser && one.pattern.test(line))
  test.ok(message, `the page quotes: ${line}`)
  if (message !== undefined) seen.add(`${browser}: ${message.words}`)
  const mended = await mend(test, entry, echo.url, page)
  test.equal(await driven.send({ ...sent, url: mended.url }), 'opened')
}

async function starForAuthorization(test: Test, driven: Driven, scene: Scene): Promise<void> {
  const init = { headers: { authorization: 'Bearer x' } }
  const send = (url: string) => driven.send({ url: `${url}/star-headers`, by: 'fetch', init })
  test.equal(await send(scene.api), 'read', 'the browser itself lets it pass')
  const entry = entryOf('Authorization under a star')
  const star = (entry.cure ?? []).map(word => (word === '*,authorization' ? '*' : word))
  const strict = await mend(test, { ...entry, cure: star }, scene.api, scene.page)
  test.equal(await send(strict.url), 'refused', 'a star alone is not enough for the sidecar')
  const mended = await mend(test, entry, scene.api, scene.page)
  test.equal(await send(mended.url), 'read', 'named, it passes')
}

async function askLocalNetwork(test: Test, scene: Scene): Promise<void> {
  const row: Row = ['Local Network Access', '/open']
  const away = `--ip-address-space-overrides=127.0.0.1:${scene.pagePort}=public`
  const entry = entryOf('Local Network Access')
  const secure = await openChromium(test, scene.page, [away])
  await provoke(test, 'Chromium', secure, scene, row, 1001)
  const socket: Sent = { url: `${scene.api}/socket`, by: 'WebSocket', init: {} }
  test.equal(await secure.send(socket), 'refused')
  const line = await secure.line('/socket')
  const message = entry.messages.find(one => one.pattern.test(line))
  test.ok(message, `the page quotes: ${line}`)
  if (message !== undefined) seen.add(`Chromium: ${message.words}`)
  const rules = '--host-resolver-rules=MAP app.test 127.0.0.1'
  const insecure = await openChromium(test, scene.page.replace('localhost', 'app.test'), [
    away,
    rules,
  ])
  await provoke(test, 'Chromium', insecure, scene, row, 1002)
  const permitted = await openChromium(test, scene.page, [away], ['local-network-access'])
  const sent: Sent = { url: `${scene.api}/open`, by: 'fetch', init: {} }
  test.equal(await permitted.send(sent), 'read', 'the permission lets it pass')
}

for (const [browser, open] of [
  ['Chromium', openChromium],
  ['Firefox', openFirefox],
] as const) {
  const { skip } = need(browser === 'Chromium' ? 'chromium' : 'firefox')
  t.test(`what ${browser} prints is on the page, and its cure works`, { skip }, async t => {
    const scene = await setScene(t)
    const driven = await open(t, scene.page)
    const rows = [...provoking, ...provokingOne[browser]]
    for (const [count, row] of rows.entries()) {
      await t.test(`${row[0]}: ${row[1]}`, t => provoke(t, browser, driven, scene, row, count))
    }
    await t.test('what the page says to do', t => mendAll(t, driven, scene, rows))
    await t.test('a WebSocket', t => refuseSocket(t, browser, driven, scene.page))
    await t.test('authorization', t => starForAuthorization(t, driven, scene))
    if (browser === 'Chromium') await t.test('local networks', t => askLocalNetwork(t, scene))
    else {
      await t.test('without CORS', async t => {
        const without = await openFirefox(t, scene.page, { 'content.cors.disable': true })
        const row: Row = ['CORS is switched off in the browser', '/open']
        await provoke(t, browser, without, scene, row, 1001)
      })
    }
    const unseen = entries
      .flatMap(({ messages }) => messages)
      .filter(one => one.browser === browser && one.isProvoked)
      .map(({ words }) => `${browser}: ${words}`)
      .filter(words => !seen.has(words))
    t.strictSame(unseen, [], 'every message of the page without a star was seen')
  })
}
