// Every page, at a telephone's and a desk's width, light and dark: axe-core finds nothing serious,
// nothing sticks out, and the browser has nothing to complain of, the content policy included.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { app, chromiumNeed, colorSchemes, openBrowser, openStage, visit, widths } from './stage.js'

// A browser on a busy machine takes its time; nothing here waits for any.
t.setTimeout(590_000)

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')

/** Serious findings, in words. Loaded past the content policy, as a browser extension would be. */
async function findings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axeSource })
  const results: AxeResults = await page.evaluate('axe.run()')
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

const sticksOut = 'document.documentElement.scrollWidth > window.innerWidth'

t.test('the inspector', { skip: chromiumNeed.skip }, async t => {
  const stage = await openStage(t)
  const browser = await openBrowser(t)
  const path = '/things/with-a-rather-long-name?and=a&query=as&long=it&identifier=5f2b8c1e94d04a7f'
  await stage.send('https://a-subdomain-with-a-name.evil.example', 'GET', path)
  await stage.sendPreflighted(app, 'PUT', path, 'content-type,x-a-rather-long-header-name')
  await stage.sendPreflighted(`${app}:8443`, 'DELETE', path)
  await stage.sendPreflighted(app, 'PUT', path)

  for (const width of widths) {
    for (const colorScheme of colorSchemes) {
      t.test(`at ${width} px, ${colorScheme}`, async t => {
        const { page, complaints } = await visit(t, browser, `${stage.adminUrl}/inspect`, {
          width,
          colorScheme,
        })
        await eachView(stage.adminUrl, page, async what => {
          t.strictSame(await findings(page), [], `${what}: nothing serious`)
          t.equal(await page.evaluate(sticksOut), false, `${what}: nothing sticks out`)
        })
        t.strictSame(complaints, [], 'the browser has nothing to complain of')
      })
    }
  }

  t.test('breaks no word and covers none, however wide the window is', async t => {
    const { page } = await visit(t, browser, `${stage.adminUrl}/inspect`, { width: 1440 })
    await eachView(stage.adminUrl, page, async what => {
      for (const width of [320, 360, 412, 561, 768, 999, 1000, 1180, 1440, 1920]) {
        await page.setViewportSize({ width, height: 900 })
        t.strictSame(await page.evaluate(brokenWords), [], `${what} at ${width} px`)
        t.strictSame(await page.evaluate(overlaps), [], `${what} at ${width} px`)
      }
    })
  })

  t.test('shows the first request in the upper half of a telephone', async t => {
    for (const [width, height] of [
      [320, 568],
      [360, 640],
      [390, 844],
    ] as const) {
      const { page } = await visit(t, browser, `${stage.adminUrl}/inspect`, { width })
      await page.setViewportSize({ width, height })
      const box = await page.locator('.row').first().boundingBox()
      t.ok(box && box.y < height / 2, `at ${width} × ${height}: ${box?.y}`)
    }
  })
})

const consoleLine = `Access to fetch at 'http://localhost:5000/things/with-a-rather-long-name' from origin '${app}' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.`

/** Goes through everything there is to see. */
async function eachView(
  adminUrl: string,
  page: Page,
  look: (what: string) => Promise<void>,
): Promise<void> {
  await page.locator('.row').first().waitFor()
  await look('requests')
  for (const row of ['refused', 'hidden', 'allowed']) {
    await page.goto(`${adminUrl}/inspect`)
    await page.reload()
    await page.locator(`.row.${row}`).first().click()
    await page.locator('article.detail').waitFor()
    await look(`a request that is ${row}`)
  }
  await page.getByRole('button', { name: 'Replay…' }).click()
  await page.getByRole('dialog').waitFor()
  await look('the question before a replay')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Keys' }).click()
  await page.getByRole('dialog').waitFor()
  await look('keys')
  await page.goto(`${adminUrl}/inspect#why`)
  await page.reload()
  await page.getByLabel('What the console says').fill(consoleLine)
  await page.getByRole('button', { name: 'Tell me why' }).click()
  await page.getByLabel('Cause').first().waitFor()
  await look('why')
  await page.goto(`${adminUrl}/inspect#what-if`)
  await page.reload()
  await page.getByText('This is the last refused request').waitFor()
  await page.locator('[aria-busy=false] .verdict').waitFor()
  await look('what if')
  await page.goto(`${adminUrl}/inspect#suggest`)
  await page.getByRole('heading', { name: /The policy for/ }).waitFor()
  await look('suggest')
  await page.goto(`${adminUrl}/inspect/playground`)
  await page.getByLabel('This page').waitFor()
  await look('playground')
  await page.goto(`${adminUrl}/inspect/guide`)
  await page.locator('main h2').first().waitFor()
  await look('guide')
  await page.goto(adminUrl)
  await page.locator('table').waitFor()
  await look('index of the admin port')
}

/** Words of which one letter stands on another line than the next. */
const brokenWords = `(() => {
  const broken = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const { index, 0: word } of node.data.matchAll(/[\\p{L}\\p{N}]{2,30}/gu)) {
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      const lines = new Set([...range.getClientRects()].filter(({ width }) => width > 1).map(({ top }) => Math.round(top)))
      if (lines.size > 1) broken.push(word)
    }
  }
  return broken
})()`

/** Parts of a row that lie on each other. */
const overlaps = `(() => {
  const found = []
  for (const row of document.querySelectorAll('.row')) {
    const parts = [...row.children].map(part => [part.className, part.getBoundingClientRect()])
    for (const [at, [name, one]] of parts.entries()) {
      for (const [other, two] of parts.slice(at + 1)) {
        const across = Math.min(one.right, two.right) - Math.max(one.left, two.left)
        const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top)
        if (across > 1 && down > 1) found.push(name + ' and ' + other)
      }
    }
  }
  return found
})()`
