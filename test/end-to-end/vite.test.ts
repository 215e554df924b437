// A development server that nobody here wrote, with its hot reload, behind the sidecar.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createServer } from 'vite'
import { launchChromium, openPage } from '../support/browser.js'
import { need } from '../support/need.js'
import { startSidecar } from '../support/sidecar-process.js'

const chromium = need('chromium')

const page = `<!doctype html><title>vite</title><p></p><script type="module" src="/main.js"></script>`
const main = `import { text } from './text.js'
const show = shown => { document.querySelector('p').textContent = shown }
show(text)
import.meta.hot.accept('./text.js', changed => show(changed.text))
`

t.test('a Vite project', { skip: chromium.skip }, async t => {
  const root = mkdtempSync(join(tmpdir(), 'cors-sidecar-vite-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const write = (name: string, text: string) => writeFileSync(join(root, name), text)
  write('index.html', page)
  write('main.js', main)
  write('text.js', `export const text = 'before'\n`)
  const vite = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    cacheDir: join(root, 'cache'),
    server: { host: '127.0.0.1', port: 0 },
  })
  await vite.listen()
  t.teardown(() => vite.close())
  const [upstream = ''] = vite.resolvedUrls?.local ?? []
  const sidecar = await startSidecar({
    upstream,
    flags: ['-o', 'https://app.example.com'],
  })
  t.teardown(() => sidecar.stop())
  const browser = await launchChromium(chromium.path)
  t.teardown(() => browser.close())

  const opened = await openPage(browser, sidecar.url)
  const shown = (text: string) =>
    opened.page.waitForFunction(`document.querySelector('p').textContent === '${text}'`)
  await shown('before')
  await opened.page.evaluate('window.isSamePage = true')
  await sidecar.log(line => line.event === 'upgrade-opened', 'the hot reload socket')
  await opened.said(/vite\] connected/)
  write('text.js', `export const text = 'after'\n`)
  await shown('after')
  t.equal(await opened.page.evaluate('window.isSamePage'), true, 'updated in place, not reloaded')
})
