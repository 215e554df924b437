// The other pages: what if, suggest and the playground.
import type { Page } from 'playwright-core'
import t from 'tap'
import { app, chromiumNeed, openBrowser, openStage, visit, widths } from './stage.js'

// A browser on a busy machine takes its time; nothing here waits for any.
t.setTimeout(300_000)

for (const width of widths) {
  t.test(`at ${width} px`, { skip: chromiumNeed.skip }, async t => {
    const browser = await openBrowser(t)

    t.test('the what-if form judges a made-up request, step by step', async t => {
      const stage = await openStage(t)
      const { page } = await visit(t, browser, `${stage.adminUrl}/inspect`, { width })
      await page.getByRole('link', { name: 'What if' }).click()
      await page.getByLabel('Origin').fill(app)
      await page.getByLabel('Method').fill('PUT')
      await page.getByLabel('Path').fill('/things')
      await page.getByLabel('Request headers').fill('x-unheard-of')
      await page.getByLabel('Summary').filter({ hasText: 'header-not-allowed' }).waitFor()
      t.match(await page.getByLabel('Steps').innerText(), /✓\s+origin[\s\S]*✕\s+headers/)
      await page.getByLabel('Request headers').fill('content-type')
      await page.getByLabel('Summary').filter({ hasText: 'origin-exact' }).waitFor()
      await page.getByText('Its preflight would get 204').waitFor()
      t.match(
        await page.getByLabel('CORS headers of the response').first().innerText(),
        `Access-Control-Allow-Origin: ${app}`,
      )
    })

    t.test('a line of the console goes in, the cause and the cure come out', async t => {
      const stage = await openStage(t)
      const { page } = await visit(t, browser, `${stage.adminUrl}/inspect`, { width })
      await page.getByRole('link', { name: 'Why', exact: true }).click()
      await page
        .getByLabel('What the console says')
        .fill(
          "Access to fetch at 'http://localhost:5000/things' from origin 'http://localhost:3000' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.\n\nHTTP/1.1 200 OK\nServer: nginx/1.27",
        )
      await page.getByRole('button', { name: 'Tell me why' }).click()
      const cause = page.getByLabel('Cause').first()
      await cause.filter({ hasText: 'allow-origin-missing' }).waitFor()
      t.match(
        await cause.getByLabel('The cure with the sidecar').first().innerText(),
        'cors-sidecar http://localhost:5000 --allow-origins=http://localhost:3000',
      )
      t.match(await cause.getByLabel('The cure in nginx').first().innerText(), /add_header/)
      await page.getByLabel('What the console says').fill('nothing of the kind')
      await page.getByRole('button', { name: 'Tell me why' }).click()
      await page.getByText('Nothing here is recognised').waitFor()
    })

    t.test('the suggestion covers what was seen, and leaves out what to look at twice', async t => {
      const stage = await openStage(t)
      const { page } = await visit(t, browser, `${stage.adminUrl}/inspect#suggest`, { width })
      await page.getByText('No page has called').waitFor()
      await stage.sendPreflighted(app, 'PUT', '/things')
      await stage.send(`${app}.evil.net`)
      await page.getByRole('button', { name: 'Look again' }).click()
      await page.getByText('Origins seen, in 3 requests').waitFor()
      const seen = (origin: string) =>
        page
          .getByLabel('Origins seen')
          .getByRole('row')
          .filter({ has: page.getByLabel(`Allow ${origin}`, { exact: true }) })
      t.match(await seen(app).innerText(), /allowed/)
      t.match(
        await seen(`${app}.evil.net`).innerText(),
        /Look twice[\s\S]*refused[\s\S]*origin-not-allowed/,
      )
      const policy = page.getByLabel('The policy as flag').first()
      t.match(
        await policy.innerText(),
        `--allow-origins=${app}\n--allow-methods=PUT\n`,
        'one flag a line',
      )
      await page.getByRole('button', { name: 'Copy: The policy as flag' }).click()
      t.match(
        await page.evaluate('navigator.clipboard.readText()'),
        `--allow-origins=${app} --allow-methods=PUT `,
        'which is pasted as one command',
      )
      const changes = page.getByLabel('Difference to the running policy')
      t.match(await changes.innerText(), /allowMethods[\s\S]*− GET[\s\S]*PUT/)

      await page.getByLabel(`Allow ${app}.evil.net`).check()
      await policy.getByText(`${app}.evil.net`).waitFor()
      t.match(await changes.innerText(), `+ ${app}.evil.net`)
      await page.getByLabel(`Allow ${app}`, { exact: true }).uncheck()
      await page.getByLabel(`Allow ${app}.evil.net`).uncheck()
      await page.getByText('Tick an origin that is yours').waitFor()
    })

    t.test('the what-if form begins as the last refusal', async t => {
      const stage = await openStage(t)
      await stage.send(app)
      await stage.sendPreflighted(app, 'PUT', '/things', 'content-type,x-trace-id')
      const { page } = await visit(t, browser, `${stage.adminUrl}/inspect#what-if`, { width })
      await page.getByText('This is the last refused request.').waitFor()
      const field = (name: string) => page.getByLabel(name, { exact: true }).inputValue()
      t.strictSame(
        [
          await field('Origin'),
          await field('Method'),
          await field('Path'),
          await field('Request headers'),
        ],
        [app, 'PUT', '/things', 'content-type, x-trace-id'],
      )
      await page.getByLabel('Summary').filter({ hasText: 'header-not-allowed' }).waitFor()
    })

    t.test('in the playground prediction and browser agree', async t => {
      for (const [when, allowOrigins, expected] of [
        ['when its origin is allowed', 'loopback', allowed],
        ['when it is not', app, refused],
        ['when every origin is allowed, without cookies', '*', withoutCookies],
      ] as const) {
        t.test(when, async t => {
          const stage = await openStage(t, { 'allow-origins': allowOrigins })
          const url = `${stage.adminUrl}/inspect/playground`
          const { page } = await visit(t, browser, url, { width })
          const results: Record<string, string> = {}
          for (const [name, path] of experiments) {
            results[name] = await outcome(page, name, path)
          }
          t.strictSame(results, expected)
        })
      }
    })

    t.test('the playground says first what its own page may expect', async t => {
      for (const [allowOrigins, words] of [
        [app, 'The origin of this page is not listed'],
        ['loopback', 'The origin of this page is allowed'],
      ] as const) {
        const stage = await openStage(t, { 'allow-origins': allowOrigins })
        const url = `${stage.adminUrl}/inspect/playground`
        const { page } = await visit(t, browser, url, { width })
        await page.getByLabel('This page').filter({ hasText: words }).waitFor()
        await page.getByLabel('Path').fill('/things')
        await page.getByRole('button', { name: 'Copy: The console snippet' }).click()
        t.match(
          await page.evaluate('navigator.clipboard.readText()'),
          `await fetch("${stage.sidecar.url.replace('127.0.0.1', 'localhost')}/things", init)`,
        )
      }
    })

    t.test('the playground tells a socket the upstream lacks from one refused', async t => {
      const stage = await openStage(t, { 'allow-origins': 'loopback' })
      const url = `${stage.adminUrl}/inspect/playground`
      const { page } = await visit(t, browser, url, { width })
      t.equal(await outcome(page, 'WebSocket', '/nowhere'), 'opened, seen no socket')
    })
  })
}

const experiments = [
  ['Simple', '/things'],
  ['Preflighted', '/things'],
  ['Own header', '/things'],
  ['Credentialed', '/things'],
  ['EventSource', '/events'],
  ['WebSocket', '/socket'],
] as const

const agreed = (verdict: string) => `${verdict}, seen ${verdict}`

const allowed = {
  Simple: agreed('readable'),
  Preflighted: agreed('readable'),
  'Own header': agreed('blocked'),
  Credentialed: agreed('readable'),
  EventSource: agreed('readable'),
  WebSocket: agreed('opened'),
}

const refused = Object.fromEntries(experiments.map(([name]) => [name, agreed('blocked')]))

const withoutCookies = { ...allowed, Credentialed: agreed('blocked') }

async function outcome(page: Page, name: string, path: string): Promise<string> {
  await page.getByLabel('Path').fill(path)
  const experiment = page.locator(`[data-name="${name}"]`)
  await experiment.getByRole('button').click()
  const predicted = await experiment.getByTestId('predicted').innerText()
  return `${predicted}, seen ${await experiment.getByTestId('seen').innerText()}`
}
