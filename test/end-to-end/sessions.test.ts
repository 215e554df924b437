// Sessions of real servers, as a page in a real browser keeps them through the sidecar.

import t, { type Test } from 'tap'
import { fetchIn, launchChromium, openPage, serveBlankPages } from '../support/browser.js'
import { need } from '../support/need.js'
import type { RealPeer } from '../support/real-peers.js'
import {
  startDjango,
  startExpressSessions,
  startJupyter,
  startTomcatSessions,
} from '../support/session-servers.js'
import { startSidecar } from '../support/sidecar-process.js'

const chromium = need('chromium')
const django = need('django')
const jupyter = need('jupyter')
const tomcat = need('tomcat')

t.setTimeout(300_000)

t.test('a page keeps its session', { skip: chromium.skip }, async t => {
  const browser = await launchChromium(chromium.path)
  const pages = await serveBlankPages()
  t.teardown(async () => {
    await browser.close()
    await pages.close()
  })

  /** What a fresh page reads from this server through a sidecar. */
  async function visit(t: Test, peer: RealPeer, base: string, ...flags: readonly string[]) {
    const origin = pages.origin('localhost')
    const upstream = peer.url + base
    const sidecar = await startSidecar({ upstream, flags: ['--allow-origin', origin, ...flags] })
    t.teardown(() => sidecar.stop())
    const opened = await openPage(await browser.newContext(), origin)
    const url = `http://localhost:${sidecar.port}`
    return {
      page: opened.page,
      async read(path: string, form?: Readonly<Record<string, string>>): Promise<string> {
        const answer = await fetchIn(opened, url + path, {
          credentials: 'include',
          ...(form && {
            method: 'POST',
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
            body: new URLSearchParams(form).toString(),
          }),
        })
        return typeof answer === 'string' ? answer : `${answer.status} ${answer.text.trim()}`
      },
    }
  }

  function held(t: Test, started: Promise<RealPeer>): Promise<RealPeer> {
    t.teardown(async () => (await started).close())
    return started
  }

  t.test('with Express, whose cookie is for https only', async t => {
    const peer = await held(t, startExpressSessions())
    const { read } = await visit(t, peer, '', '--cookie-rewrite', 'dev')
    t.equal(await read('/count'), '200 1')
    t.equal(await read('/count'), '200 2')
    t.equal(await read('/away'), '200 3', 'also when it redirects to its own https address')
  })

  t.test('with Tomcat, below a base path', { skip: tomcat.skip }, async t => {
    const peer = await held(t, startTomcatSessions(tomcat.path))
    const { read } = await visit(t, peer, '/app')
    t.equal(await read('/count'), '200 1')
    t.equal(await read('/count'), '200 2')
    const kept = await visit(t, peer, '/app', '--cookie-path', 'keep')
    t.equal(await kept.read('/count'), '200 1')
    t.equal(await kept.read('/count'), '200 1', 'but not with its own Path')
  })

  t.test('with Jupyter, below a base path, where it logs in', { skip: jupyter.skip }, async t => {
    const peer = await held(t, startJupyter(jupyter.path, 'secret-word'))
    const { page, read } = await visit(t, peer, '/app', '--upstream-origin', 'rewrite')
    t.match(await read('/api/contents'), /^403 /)
    await read('/login')
    const [, _xsrf = ''] = /_xsrf=([^;]+)/.exec(await page.evaluate('document.cookie')) ?? []
    t.match(
      await read('/login?next=/app/api', { _xsrf, password: 'secret-word' }),
      /^200 .*version/,
    )
    t.match(await read('/api/contents'), /^200 .*"path"/, 'its own check of origins included')
  })

  t.test('with Django, whose forms need it', { skip: django.skip }, async t => {
    const peer = await held(t, startDjango(django.path))
    const { read } = await visit(t, peer, '', '--upstream-origin', 'rewrite')
    const csrfmiddlewaretoken = (await read('/form')).replace('200 ', '')
    t.equal(await read('/form', { csrfmiddlewaretoken }), '200 saved')
    t.match(await read('/form', { csrfmiddlewaretoken: 'forged' }), /^403 /)
  })
})
