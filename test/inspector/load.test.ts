// Much traffic: the page stays quick and does not grow.
import type { CDPSession } from 'playwright-core'
import t, { type Test } from 'tap'
import { app, chromiumNeed, openBrowser, openStage, visit } from './stage.js'

// A browser on a busy machine takes its time; nothing here waits for any.
t.setTimeout(300_000)

// 10,000 exchanges a minute are 167 a second; a burst of them comes faster still.
const burst = 1500
const inspectLimit = 200

async function size(session: CDPSession): Promise<{ heap: number; nodes: number }> {
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? 0
  return { heap: metric('JSHeapUsedSize'), nodes: metric('Nodes') }
}

/** A wide page that follows a stage of its own. */
async function open(test: Test, flags: Record<string, string> = {}) {
  const stage = await openStage(test, flags)
  const browser = await openBrowser(test)
  const visited = await visit(test, browser, `${stage.adminUrl}/inspect`, { width: 1440 })
  await visited.page.getByText('live').waitFor()
  return { stage, ...visited }
}

t.test('thousands of exchanges', { skip: chromiumNeed.skip }, async t => {
  const { stage, page, context } = await open(t, { 'inspect-limit': `${inspectLimit}` })
  const session = await context.newCDPSession(page)
  await session.send('Performance.enable')
  let sent = 0
  const flood = async (count: number) => {
    for (let at = 0; at < count; at++) {
      sent += 1
      await stage.send(at % 5 === 0 ? `${app}:8443` : app, 'GET', `/things/${sent}`)
    }
    await page.locator('.row').getByText(`/things/${sent}`, { exact: true }).waitFor()
  }

  await flood(burst)
  t.ok((await page.locator('.row').count()) <= inspectLimit, 'the list is capped')
  const first = await size(session)

  const more = flood(burst)
  // Read in the page: how long it takes from a press to the drawn detail, with traffic running.
  const row = page.locator('.row.hidden').nth(5)
  await row.click()
  const pressed = performance.now()
  await page.locator('article.detail').waitFor()
  t.ok(performance.now() - pressed < 1000, 'a press is answered within a second')
  await page.keyboard.press('Escape')
  await more

  const second = await size(session)
  t.ok(second.heap < first.heap * 1.5, `the heap is flat: ${first.heap} → ${second.heap}`)
  t.ok(second.nodes < first.nodes * 1.5, `so is the page: ${first.nodes} → ${second.nodes} nodes`)
  // A page that falls behind is told how many it was spared.
  await page.waitForFunction(`(() => {
    const text = document.body.innerText
    const read = pattern => Number((pattern.exec(text)?.[1] ?? '0').replaceAll(',', ''))
    return read(/Requests\\s+([\\d,]+)\\s[\\d,]+ in a minute/) + read(/([\\d,]+) left out/) === 3000
  })()`)
  t.pass('all were counted')
})

t.test(
  'what is open stays open when it has left the list',
  { skip: chromiumNeed.skip },
  async t => {
    const { stage, page } = await open(t, { 'inspect-limit': '20' })
    await stage.send(app, 'GET', '/opened')
    const opened = page.locator('.row').filter({ hasText: '/opened' })
    await opened.click()
    const detail = page.locator('article.detail').filter({ hasText: '/opened' })
    await detail.waitFor()
    for (let n = 1; n <= 30; n++) await stage.send(app, 'GET', `/later/${n}`)
    await page.locator('.row').getByText('/later/30', { exact: true }).waitFor()
    t.equal(await opened.count(), 0)
    t.ok(await detail.isVisible())
    await detail.getByRole('heading', { level: 2 }).press('Escape')
    await detail.waitFor({ state: 'detached' })
    await page.locator('.row:focus').waitFor()
    t.pass('the focus is in the list again')
  },
)

t.test('a press ends on the row that it began on', { skip: chromiumNeed.skip }, async t => {
  const { stage, page } = await open(t)
  await stage.send(app, 'GET', '/pressed')
  const row = page.locator('.row').filter({ hasText: '/pressed' })
  await row.hover()
  await page.mouse.down()
  for (let n = 1; n <= 5; n++) await stage.send(app, 'GET', `/later/${n}`)
  await page
    .locator('.overview')
    .filter({ hasText: /Requests\s*6/ })
    .waitFor()
  t.equal(await page.locator('.row').count(), 1, 'the list stands still')
  await page.mouse.up()
  await page.locator('article.detail').filter({ hasText: '/pressed' }).waitFor()
  await page.locator('.row').getByText('/later/5', { exact: true }).waitFor()
  t.equal(await page.locator('.row').count(), 6, 'and goes on')
})
