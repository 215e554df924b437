// Every control of the page of requests, used as a person would, at both widths.
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { exchange } from '../support/raw-client.js'
import { app, chromiumNeed, openBrowser, openStage, visit, widths } from './stage.js'

// A browser on a busy machine takes its time; nothing here waits for any.
t.setTimeout(590_000)

const rows = (page: Page) => page.locator('.row')

/** Waits until the list has as many rows, no more and no fewer. */
async function waitForRows(page: Page, count: number): Promise<void> {
  if (count > 0)
    await rows(page)
      .nth(count - 1)
      .waitFor()
  await rows(page).nth(count).waitFor({ state: 'detached' })
}

/** A filter by its name. */
const choice = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true })

const clipboard = (page: Page): Promise<string> => page.evaluate('navigator.clipboard.readText()')

for (const width of widths) {
  t.test(`the requests at ${width} px`, { skip: chromiumNeed.skip }, async t => {
    const browser = await openBrowser(t)

    const open = async (test: Test) => {
      const stage = await openStage(test)
      const { page } = await visit(test, browser, `${stage.adminUrl}/inspect`, { width })
      await page.getByText('live').waitFor()
      return { stage, page }
    }
    const back = async (page: Page) => {
      if (width === 360) await page.getByRole('button', { name: 'Back to the list' }).click()
    }

    t.test('shows an exchange as it happens, its preflight with it', async t => {
      const { stage, page } = await open(t)
      await stage.sendPreflighted(app, 'PUT', '/things/1')
      // The preflight is shown first, on its own, until the request behind it has ended.
      await rows(page).filter({ hasText: 'after preflight' }).waitFor()
      await waitForRows(page, 1)
      t.match(await rows(page).innerText(), /allowed[\s\S]*PUT[\s\S]*\/things\/1[\s\S]*200/)
      t.match(await rows(page).innerText(), /after preflight 204/)
      await rows(page).click()
      await page.getByRole('button', { name: /1 Preflight/ }).click()
      t.match(
        await page.getByLabel('Details', { exact: true }).innerText(),
        /answered by the sidecar/,
      )
      await page.getByRole('button', { name: /2 Actual request/ }).click()
      t.match(
        await page.getByLabel('Details', { exact: true }).innerText(),
        /forwarded to the upstream/,
      )
    })

    t.test('tells why a request was refused, and what to paste', async t => {
      const { stage, page } = await open(t)
      await stage.send(`${app}:8443`)
      await rows(page).click()
      const verdict = await page.getByLabel('Summary').innerText()
      t.match(verdict, /hidden from the page/)
      t.match(verdict, /origin-not-allowed/)
      t.match(verdict, /The origin https:\/\/app\.example\.com:8443 is not allowed\./)
      t.match(verdict, /Near miss: it differs only in its port/)
      for (const [notation, text] of [
        ['Flag', `--allow-origins='${app},${app}:8443'`],
        ['Variable', `CORS_SIDECAR_ALLOW_ORIGINS=${app},${app}:8443`],
        ['Config', `allowOrigins:\n  - ${app}\n  - ${app}:8443`],
      ] as const) {
        await page.getByRole('tab', { name: notation, exact: true }).click()
        await page.getByRole('button', { name: /^Copy: The fix/ }).click()
        await page.getByText(`Copied The fix as ${notation.toLowerCase()}`).waitFor()
        t.equal(await clipboard(page), text)
      }
    })

    t.test('shows what the sidecar made of the head, and no secret', async t => {
      const { stage, page } = await open(t)
      await stage.send(app)
      await rows(page).click()
      const changed = page.locator('.diff tr.changed', { hasText: /Access-Control-Allow-Origin/i })
      t.match(await changed.innerText(), /\*[\s\S]*https:\/\/app\.example\.com/)
      t.match(await page.locator('.diff').innerText(), /sid=\*\*\*; Path=\//)
      await page.getByRole('tab', { name: 'Request', exact: true }).click()
      t.match(await page.getByLabel('Request headers').innerText(), /cookie\s+sid=\*\*\*/i)
      t.match(await page.getByLabel('Timing').innerText(), /first byte.*ms[\s\S]*total/)
      t.notMatch(await page.content(), 'hunter2')
    })

    t.test('searches, and filters by origin, method, status, verdict and reason', async t => {
      const { stage, page } = await open(t)
      await stage.send(app, 'GET', '/a')
      await stage.send('https://evil.example', 'POST', '/b')
      await stage.sendPreflighted(app, 'PURGE', '/c')
      await waitForRows(page, 3)
      const only = async (path: string) => {
        await waitForRows(page, 1)
        t.match(await rows(page).innerText(), path)
        t.match(await page.getByTestId('count').innerText(), /1 of 3 shown/)
        await page.getByRole('button', { name: 'Show all' }).click()
        await waitForRows(page, 3)
      }
      await page.getByRole('searchbox', { name: 'Search' }).fill('get')
      await only('/a')
      await page.getByRole('searchbox', { name: 'Search' }).fill('method-not-allowed')
      await only('/c')
      const fold = page.getByRole('button', { name: 'Filters' })
      t.equal(await fold.isVisible(), width === 360)
      if (width === 360) await fold.click()
      await choice(page, 'Origin').fill('evil')
      await only('/b')
      await choice(page, 'Method').selectOption('POST')
      await only('/b')
      await choice(page, 'Status').selectOption('4xx')
      await page.getByText('Nothing matches the filters.').waitFor()
      await page.getByRole('button', { name: 'Show all' }).click()
      await waitForRows(page, 3)
      await choice(page, 'Verdict').selectOption('allowed')
      await only('/a')
      await choice(page, 'Verdict').selectOption('hidden')
      await only('/b')
      await choice(page, 'Reason').selectOption('method-not-allowed')
      await only('/c')
      await page.getByRole('searchbox', { name: 'Search' }).fill('nowhere')
      await page.getByText('Nothing matches the filters.').waitFor()
    })

    t.test('pauses, goes on and clears', async t => {
      const { stage, page } = await open(t)
      await stage.send(app, 'GET', '/before')
      await waitForRows(page, 1)
      await page.getByRole('button', { name: 'Pause' }).click()
      await stage.send(app, 'GET', '/while')
      await page.getByRole('button', { name: 'Resume (1 waiting)' }).waitFor()
      t.equal(await rows(page).count(), 1)
      await page.getByRole('button', { name: /Resume/ }).click()
      await waitForRows(page, 2)
      t.match(await page.locator('.totals').innerText(), /Requests\s+2/)
      await page.getByRole('button', { name: 'Clear' }).click()
      await waitForRows(page, 0)
      t.match(await page.locator('.totals').innerText(), /Requests\s+0/)
    })

    t.test('copies an exchange as curl and as fetch', async t => {
      const { stage, page } = await open(t)
      await stage.send(app, 'PUT', '/things/7')
      await rows(page).click()
      await page.getByRole('button', { name: /Copy as curl/ }).click()
      await page.getByText('Copied a curl command').waitFor()
      t.match(await clipboard(page), `curl -i -g --path-as-is -X PUT ${stage.sidecar.url}/things/7`)
      await page.getByRole('button', { name: /Copy as fetch/ }).click()
      await page.getByText('Copied a fetch call').waitFor()
      t.match(await clipboard(page), `await fetch("${stage.sidecar.url}/things/7", {`)
    })

    t.test('exports what is shown as HAR', async t => {
      const { stage, page } = await open(t)
      await stage.sendPreflighted(app, 'PUT', '/things/1')
      await stage.send('https://evil.example', 'GET', '/hidden')
      await waitForRows(page, 2)
      if (width === 360) await page.getByRole('button', { name: 'Filters' }).click()
      await choice(page, 'Verdict').selectOption('allowed')
      await waitForRows(page, 1)
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export HAR' }).click(),
      ])
      t.match(download.suggestedFilename(), /^cors-sidecar-.*\.har$/)
      const { log } = JSON.parse(readFileSync(await download.path(), 'utf8'))
      t.strictSame(
        log.entries.map(({ request }: { request: { method: string } }) => request.method),
        ['OPTIONS', 'PUT'],
      )
    })

    t.test('exports all that has a URL, and says what it left out', async t => {
      const { stage, page } = await open(t)
      await stage.send(app, 'GET', '/things')
      await exchange(
        Number(new URL(stage.sidecar.url).port),
        'GET /odd HTTP/1.1\r\nHost: [\r\n\r\n',
      )
      await waitForRows(page, 2)
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Export HAR' }).click(),
      ])
      await page.getByText('Exported 1 request, left out 1 request whose address').waitFor()
      const { log } = JSON.parse(readFileSync(await download.path(), 'utf8'))
      t.equal(log.entries.length, 1)
      t.match(log.comment, /^Left out/)
    })

    t.test('shows five requests under one id as five rows', async t => {
      const { stage, page } = await open(t)
      for (let n = 0; n < 5; n++) await stage.send(app, 'GET', `/${n}`, { 'x-request-id': 'same' })
      await waitForRows(page, 5)
      await rows(page).filter({ hasText: '/2' }).click()
      t.equal(await page.locator('article.detail h2').innerText(), 'GET /2')
    })

    t.test('opens the newest refusal where there is room, until a person chooses', async t => {
      const { stage, page } = await open(t)
      const opened = page.locator('article.detail h2')
      await stage.send(app, 'GET', '/fine')
      await stage.send('https://evil.example', 'GET', '/first')
      await waitForRows(page, 2)
      if (width === 360) {
        t.equal(await opened.count(), 0, 'a telephone shows the list')
        return
      }
      await opened.filter({ hasText: '/first' }).waitFor()
      await stage.send('https://evil.example', 'GET', '/second')
      await opened.filter({ hasText: '/second' }).waitFor()
      await rows(page).filter({ hasText: '/fine' }).click()
      await stage.send('https://evil.example', 'GET', '/third')
      await waitForRows(page, 4)
      t.equal(await opened.innerText(), 'GET /fine', 'what was chosen stays')
      await page.keyboard.press('Escape')
      await opened.waitFor({ state: 'detached' })
    })

    t.test('says hidden from the page where the API answered', async t => {
      const { stage, page } = await open(t)
      await stage.send('https://evil.example', 'GET', '/session')
      await waitForRows(page, 1)
      t.match(await rows(page).innerText(), /hidden from the page[\s\S]*API said 200/)
      await rows(page).click()
      t.match(await page.getByLabel('Summary').innerText(), /hidden from the page\s*API said 200/)
    })

    t.test('names the header that is missing, and leads to the guide', async t => {
      const { stage, page } = await open(t)
      await stage.sendPreflighted(app, 'PUT', '/things', 'x-trace-id')
      await rows(page).locator('.chip', { hasText: 'header-not-allowed: x-trace-id' }).waitFor()
      await rows(page).click()
      await page.getByRole('link', { name: /Guide: what causes header-not-allowed/ }).click()
      await page.locator('h2:target', { hasText: 'A request header is not allowed' }).waitFor()
      t.match(page.url(), /\/inspect\/guide#a-request-header-is-not-allowed$/)
    })

    t.test('replays a request, and asks before one that may change something', async t => {
      const { stage, page } = await open(t)
      await stage.send(app, 'GET', '/safe')
      await rows(page).click()
      await page.getByRole('button', { name: 'Replay', exact: true }).click()
      await page.getByText('Replayed: 200').waitFor()
      await page.locator('.row').nth(1).waitFor({ state: 'attached' })
      await stage.send(app, 'DELETE', '/things/1')
      await back(page)
      await rows(page).filter({ hasText: 'DELETE' }).click()
      await page.getByRole('button', { name: 'Replay…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
      await page.getByRole('button', { name: 'Replay…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Send DELETE' }).click()
      await page.getByText('Replayed: 200').waitFor()
      const seen = stage.requests().map(({ method, url, headers }) => [method, url, headers.cookie])
      t.strictSame(seen, [
        ['GET', '/safe', 'sid=hunter2'],
        ['GET', '/safe', 'sid=hunter2'],
        ['DELETE', '/things/1', 'sid=hunter2'],
        ['DELETE', '/things/1', 'sid=hunter2'],
      ])
      t.notMatch(await page.content(), 'hunter2')
    })

    t.test('has keys for searching and for the list of keys', async t => {
      const { stage, page } = await open(t)
      await stage.send(app, 'GET', '/1')
      await waitForRows(page, 1)
      await page.keyboard.press('/')
      await page.locator('#search:focus').waitFor()
      await page.keyboard.type('/?')
      t.equal(
        await page.locator('#search').inputValue(),
        '/?',
        'where they are typed they are text',
      )
      await page.locator('#search').fill('')
      await rows(page).focus()
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Keys' }).click()
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    })

    t.test('judges again with the policy that runs now', async t => {
      const { stage, page } = await open(t)
      await stage.send('https://new.example')
      await rows(page).click()
      const judge = page.getByRole('button', { name: /Judge again/ })
      const answer = page.getByLabel('Judge again').getByRole('status')
      await judge.click()
      t.match(await answer.innerText(), /refused\s+As before/)
      await stage.reload({ 'allow-origins': `${app},https://new.example` })
      await judge.click()
      await answer.getByText('This has changed.').waitFor()
      t.match(await answer.innerText(), /allowed/)
    })

    t.test('is worked by keyboard alone', async t => {
      const { stage, page } = await open(t)
      for (const path of ['/1', '/2', '/3']) await stage.send(app, 'GET', path)
      await waitForRows(page, 3)
      const heading = page.locator('article.detail h2')
      await page.getByRole('button', { name: 'Export HAR' }).focus()
      await page.keyboard.press('Tab')
      t.match(await page.locator('.row:focus').innerText(), '/3', 'the newest row is one Tab away')
      await page.keyboard.press('Enter')
      t.equal(await heading.innerText(), 'GET /3')
      if (width === 360) {
        t.ok(await heading.evaluate(element => element.matches(':focus')), 'reading goes on there')
        await page.keyboard.press('Escape')
        await page.locator('.row:focus', { hasText: '/3' }).waitFor()
      } else {
        await page.keyboard.press('ArrowDown')
        t.equal(await heading.innerText(), 'GET /2')
        await page.keyboard.press('End')
        t.equal(await heading.innerText(), 'GET /1')
        await page.keyboard.press('Home')
        t.equal(await heading.innerText(), 'GET /3')
        await page.getByRole('tab', { name: 'Response' }).focus()
        await page.keyboard.press('ArrowRight')
        await page.locator('[role=tab]:focus', { hasText: 'Request' }).waitFor()
        await page.keyboard.press('Escape')
        await page.locator('.row:focus', { hasText: '/3' }).waitFor()
        await page.keyboard.press('Enter')
        t.equal(await heading.innerText(), 'GET /3')
        await page.keyboard.press('Escape')
        await heading.waitFor({ state: 'detached' })
        t.ok(await page.locator('.row:focus', { hasText: '/3' }).isVisible(), 'from the list too')
      }
    })

    t.test('remembers light or dark', async t => {
      const { page } = await open(t)
      const scheme = () => page.evaluate('getComputedStyle(document.documentElement).colorScheme')
      const theme = page.getByRole('button', { name: /Theme/ })
      const is = (name: string) => page.locator(`html[data-theme=${name}]`).waitFor()
      await is('auto')
      t.equal(await scheme(), 'light dark')
      await theme.click()
      await is('light')
      t.equal(await scheme(), 'light')
      await theme.click()
      await is('dark')
      t.equal(await scheme(), 'dark')
      await page.reload()
      await is('dark')
      t.match(await theme.innerText(), /dark/)
      await theme.click()
      await is('auto')
    })

    t.test('says so when the sidecar is gone', async t => {
      const { stage, page } = await open(t)
      await stage.sidecar.close()
      await page.getByText('connection lost').waitFor()
    })

    t.test('leads back from an exchange to its row', async t => {
      const { stage, page } = await open(t)
      await stage.send(app, 'GET', '/1')
      await rows(page).click()
      await page.locator('article.detail').waitFor()
      await back(page)
      if (width === 360) await page.locator('.row:focus', { hasText: '/1' }).waitFor()
    })
  })
}
