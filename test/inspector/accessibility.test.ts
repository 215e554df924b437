// Every page, at a telephone's and a desk's width, light and dark: axe-core finds nothing serious,
// nothing sticks out, and the browser has nothing to complain of, the content policy included.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import t from 'tap'
import { app, chromiumNeed, colorSchemes, openBrowser, openStage, visit, widths } from './stage.js'

// A browser on a busy machine takes its time; nothing here waits for any.
t.setTimeout(300_000)

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
  await stage.sendPreflighted(app, 'PUT', '/things/with-a-rather-long-name?and=a&query=as&long=it')
  await stage.send(`${app}:8443`)

  for (const width of widths) {
    for (const colorScheme of colorSchemes) {
      t.test(`at ${width} px, ${colorScheme}`, async t => {
        const { page, complaints } = await visit(t, browser, `${stage.adminUrl}/inspect`, {
          width,
          colorScheme,
        })
        const check = async (what: string) => {
          t.strictSame(await findings(page), [], `${what}: nothing serious`)
          t.equal(await page.evaluate(sticksOut), false, `${what}: nothing sticks out`)
        }
        await page.locator('.row').first().waitFor()
        await check('timeline')
        await page.locator('.row.refused').click()
        await page.locator('article.detail').waitFor()
        await check('a refused exchange')
        await page.goto(`${stage.adminUrl}/inspect#what-if`)
        await page.getByRole('button', { name: 'Judge' }).click()
        await page.locator('.verdict').waitFor()
        await check('what if')
        await page.goto(`${stage.adminUrl}/inspect#suggest`)
        await page.getByRole('heading', { name: /origins?, \d+ exchanges/ }).waitFor()
        await check('suggest')
        await page.goto(`${stage.adminUrl}/inspect/playground`)
        await page.locator('.experiment').first().waitFor()
        await check('playground')
        t.strictSame(complaints, [], 'the browser has nothing to complain of')
      })
    }
  }
})
