// The second half of docs/troubleshooting.md: what goes wrong without a word about CORS, seen in the
// real browsers, and gone after what the page says to do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'
import { documentNamed } from './documents.js'
import { type Driven, openChromium, openFirefox } from './driven-browsers.js'

t.setTimeout(300_000)

/** The words of the page under one of its headings. */
function advice(title: string): string {
  const { sections } = documentNamed('docs/troubleshooting.md')
  return sections
    .filter(section => section.title === title)
    .flatMap(({ prose }) => prose)
    .join(' ')
}

async function listen(
  test: Test,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<number> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  test.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

interface Scene {
  readonly driven: Driven
  readonly page: string
  front(
    test: Test,
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    ...flags: string[]
  ): ReturnType<typeof startSidecar>
}

async function setScene(
  test: Test,
  open: (test: Test, page: string) => Promise<Driven>,
): Promise<Scene> {
  const port = await listen(test, (_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end('<!doctype html><title>page</title><link rel="icon" href="data:,">')
  })
  const page = `http://localhost:${port}`
  return {
    driven: await open(test, page),
    page,
    async front(test, answer, ...flags) {
      const upstream = `http://127.0.0.1:${await listen(test, answer)}`
      const sidecar = await startSidecar({
        upstream,
        flags: ['-o', page, '--shutdown-timeout', '100ms', ...flags],
      })
      test.teardown(() => sidecar.stop())
      return sidecar
    },
  }
}

const greet = (_request: IncomingMessage, response: ServerResponse) => void response.end('hello')

/** `fetch` in the page; its status and text, or that it was refused. */
function read(url: string, init = '{}'): string {
  return `fetch('${url}', ${init}).then(async answer => answer.status + ' ' + await answer.text(), () => 'refused')`
}

async function originNull(test: Test, { driven, front }: Scene): Promise<void> {
  const sidecar = await front(test, greet)
  await driven.run(`new Promise(resolve => {
    addEventListener('message', () => resolve(), { once: true })
    const frame = document.createElement('iframe')
    frame.sandbox = 'allow-scripts'
    frame.srcdoc = "<script>fetch('${sidecar.url}/framed').catch(() => 0).then(() => parent.postMessage('', '*'))</script>"
    document.body.append(frame)
  })`)
  const framed = await sidecar.log(({ path }) => path === '/framed', 'the request of the frame')
  test.equal(framed.reason, 'origin-null', 'a sandboxed frame')
  const first = await front(test, (_request, response) => {
    response.writeHead(302, { Location: `${sidecar.url}/moved` }).end()
  })
  test.equal(await driven.run(read(first.url)), 'refused')
  const moved = await sidecar.log(({ path }) => path === '/moved', 'the redirected request')
  test.equal(moved.reason, 'origin-null', 'a redirect to a third origin')
}

async function opaque(test: Test, { driven, front }: Scene): Promise<void> {
  const { url } = await front(test, greet)
  const ask = `fetch('${url}', { mode: 'no-cors' }).then(answer => answer.type + ' ' + answer.status)`
  test.equal(await driven.run(ask), 'opaque 0')
  test.equal(await driven.run(read(url)), '200 hello', "without mode: 'no-cors'")
}

async function judgingUpstream(test: Test, { driven, front }: Scene): Promise<void> {
  const judge = (request: IncomingMessage, response: ServerResponse) => {
    const { origin, host } = request.headers
    response.writeHead(origin === undefined || origin === `http://${host}` ? 200 : 403).end()
  }
  const strict = await front(test, judge, '--host-header', 'upstream')
  test.equal(await driven.run(read(strict.url)), '403 ')
  const line = await strict.log(({ status }) => status === 403, 'the refusal')
  test.equal(line.decision, 'allowed', 'it was not the sidecar')
  const title = 'The API answers 403 by itself'
  for (const mode of ['strip', 'rewrite']) {
    test.match(advice(title), mode)
    const flags = ['--host-header', 'upstream', '--upstream-origin', mode]
    const mended = await front(test, judge, ...flags)
    test.equal(await driven.run(read(mended.url)), '200 ', mode)
  }
}

async function cookies(test: Test, { driven, front }: Scene): Promise<void> {
  const remember = (attributes: string) => (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Set-Cookie', `name=value; ${attributes}`)
    response.end(request.headers.cookie ?? 'no cookie')
  }
  const twice = async (url: string) => {
    await driven.run(read(url, "{ credentials: 'include' }"))
    return driven.run(read(url, "{ credentials: 'include' }"))
  }
  const lax = await front(test, remember('SameSite=Lax'))
  test.equal(await twice(lax.url), '200 no cookie', 'of another site than the page')
  const sameSite = lax.url.replace('127.0.0.1', 'localhost')
  test.equal(await twice(sameSite), '200 name=value', 'of the same site')
  const foreign = remember('Domain=api.example.com; Path=/far; SameSite=Lax')
  const far = await front(test, foreign)
  const atHome = `${far.url.replace('127.0.0.1', 'localhost')}/far`
  await driven.run(`document.cookie = 'name=; max-age=0'`)
  test.equal(await twice(atHome), '200 no cookie', 'for a domain of its own')
  test.match(advice('A cookie is not sent'), '--cookie-rewrite dev')
  const mended = await front(test, foreign, '--cookie-rewrite', 'dev')
  const kept = `${mended.url.replace('127.0.0.1', 'localhost')}/far`
  test.equal(await twice(kept), '200 name=value', 'rewritten for development')
}

for (const [browser, open] of [
  ['Chromium', openChromium],
  ['Firefox', openFirefox],
] as const) {
  const { skip } = need(browser === 'Chromium' ? 'chromium' : 'firefox')
  t.test(`in ${browser}`, { skip }, async t => {
    const scene = await setScene(t, open)
    for (const [title, check] of [
      ['Origin null', originNull],
      ['An opaque response', opaque],
      ['The API answers 403 by itself', judgingUpstream],
      ['A cookie is not sent', cookies],
    ] as const) {
      t.not(advice(title), '', 'the page has it')
      await t.test(title, t => check(t, scene))
    }
  })
}
