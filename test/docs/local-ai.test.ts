// docs/local-ai.md: each of its commands is run in front of a server that keeps the rules which the page
// tells of. A token is sent only when the one before it has been read, so that a buffer would stop all.
import { createHash } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium as driver } from 'playwright-core'
import t, { type Test } from 'tap'
import { type ModelServer, modelServers, startModelServer } from '../support/model-servers.js'
import { need } from '../support/need.js'
import { type SidecarProcess, startSidecar } from '../support/sidecar-process.js'
import { documentNamed } from './documents.js'

t.setTimeout(120_000)

const { sections } = documentNamed('docs/local-ai.md')
const chat = 'https://chat.example.com'
const evil = 'https://evil.example'
const chromium = need('chromium')

/** The words of the page's command behind the address. */
function flagsOf(title: string): string[] {
  const command = sections.find(section => section.title === title)?.fences[0]?.text ?? ''
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain,
  )
  const [program, , ...flags] = words.flatMap(word => word ?? [])
  if (program !== 'cors-sidecar') throw new Error(`no command below ${title}`)
  return flags
}

async function front(t: Test, upstream: ModelServer, flags: readonly string[]) {
  const sidecar = await startSidecar({ upstream: upstream.url, flags, keepsHosts: true })
  t.teardown(() => sidecar.stop())
  return sidecar
}

const preflight = (url: string, origin: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,content-type,x-stainless-lang',
    },
  })

const prompt = (url: string, origin: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { Origin: origin, 'Content-Type': 'application/json' },
    body: '{"stream":true}',
  })

/** Whether a page of this origin may read what it gets. */
const isReadable = (response: Response, origin: string) =>
  response.ok &&
  [origin, '*'].includes(response.headers.get('access-control-allow-origin') ?? 'none')

async function readsTokens(t: Test, { url }: SidecarProcess, model: ModelServer, origin: string) {
  t.ok(isReadable(await preflight(url, origin), origin), `${origin}, preflight`)
  const response = await prompt(url, origin)
  t.ok(isReadable(response, origin), origin)
  const read: string[] = []
  const decoder = new TextDecoder()
  model.next()
  for await (const piece of response.body ?? []) {
    read.push(decoder.decode(piece))
    if (read.length < 3) model.next()
  }
  t.strictSame(read, ['data: token 1\n\n', 'data: token 2\n\n', 'data: token 3\n\n'])
}

for (const [name, rules] of Object.entries(modelServers)) {
  t.test(name, async t => {
    const model = await startModelServer(t, rules)
    const bare = await preflight(model.url, chat)
    const isOpen = name === 'vLLM' || name === 'llama.cpp'
    t.equal(isReadable(bare, chat), isOpen, 'without the sidecar')
    t.equal(isReadable(await preflight(model.url, evil), evil), isOpen, 'nor with any other site')
    await bare.body?.cancel()
    const sidecar = await front(t, model, flagsOf(name))
    await readsTokens(t, sidecar, model, chat)
    t.notOk(isReadable(await preflight(sidecar.url, evil), evil), 'a stranger may not ask')
    t.equal((await prompt(sidecar.url, evil)).status, 403, 'nor send')
  })
}

t.test('an app shell', async t => {
  const model = await startModelServer(t, modelServers.Ollama ?? (() => 404))
  const sidecar = await front(t, model, flagsOf('From an extension or an app'))
  await readsTokens(t, sidecar, model, 'app://.')
  await readsTokens(t, sidecar, model, 'chrome-extension://abcdefghijklmnopabcdefghijklmnop')
})

/** Chromium names an unpacked extension by its folder. */
const extensionId = (folder: string): string =>
  createHash('sha256')
    .update(folder)
    .digest('hex')
    .slice(0, 32)
    .replace(/./g, digit => String.fromCharCode(97 + Number.parseInt(digit, 16)))

t.test('an extension that Chromium has loaded', { skip: chromium.skip }, async t => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cors-sidecar-extension-')))
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const manifest = { manifest_version: 3, name: 'chat', version: '1' }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'page.html'), '<!doctype html><title>chat</title>')
  const origin = `chrome-extension://${extensionId(folder)}`
  const model = await startModelServer(t, modelServers.Ollama ?? (() => 404))
  const flags = flagsOf('From an extension or an app').map(word =>
    word.startsWith('chrome-extension:') ? origin : word,
  )
  const sidecar = await front(t, model, flags)
  const context = await driver.launchPersistentContext('', {
    executablePath: chromium.path,
    headless: false,
    args: [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run'],
      ...[`--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    ],
  })
  t.teardown(() => context.close())
  const page = await context.newPage()
  await page.goto(`${origin}/page.html`)
  await page.exposeFunction('next', () => model.next())
  const ask = async (url: string) => {
    const next: () => void = Object(globalThis).next
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    }).catch(() => undefined)
    if (response === undefined) return ['refused']
    const reader = response.body?.getReader()
    const read: string[] = []
    next()
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined }
      if (done) return read
      read.push(new TextDecoder().decode(value))
      if (read.length < 3) next()
    }
  }
  const path = '/v1/chat/completions'
  t.strictSame(await page.evaluate(ask, `${model.url}${path}`), ['refused'], 'by Ollama itself')
  t.strictSame(await page.evaluate(ask, `${sidecar.url}${path}`), [
    'data: token 1\n\n',
    'data: token 2\n\n',
    'data: token 3\n\n',
  ])
})
