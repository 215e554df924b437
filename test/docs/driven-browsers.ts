// Chromium and Firefox on a page: what its script gets, and what the browser writes about it.
import puppeteer from 'puppeteer-core'
import type { Test } from 'tap'
import { launchChromium } from '../support/browser.js'
import { need } from '../support/need.js'

/** Of the page, which Node's types don't know; as far as it is used here. */
declare class XMLHttpRequest {
  withCredentials: boolean
  onload: () => void
  onerror: () => void
  open(method: string, url: string): void
  send(): void
  getResponseHeader(name: string): string | null
}

/** One request of a page. */
export interface Sent {
  readonly url: string
  readonly by: 'fetch' | 'XMLHttpRequest' | 'WebSocket'
  readonly init: {
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly credentials?: 'include'
    readonly targetAddressSpace?: 'local'
  }
  /** A response header that the script reads. */
  readonly reads?: string
}

/** Runs in the page: sends the request and says what the script gets of it. */
async function send({ url, by, init, reads }: Sent): Promise<string> {
  if (by === 'WebSocket') {
    const socket = new WebSocket(url.replace('http', 'ws'))
    return new Promise(resolve => {
      socket.onopen = () => resolve('opened')
      socket.onclose = () => resolve('refused')
    })
  }
  if (by === 'fetch') {
    return fetch(url, init).then(
      response => (reads === undefined ? 'read' : `read ${response.headers.get(reads)}`),
      () => 'refused',
    )
  }
  const asking = new XMLHttpRequest()
  asking.open(init.method ?? 'GET', url)
  asking.withCredentials = init.credentials === 'include'
  return new Promise(resolve => {
    asking.onload = () =>
      resolve(reads === undefined ? 'read' : `read ${asking.getResponseHeader(reads)}`)
    asking.onerror = () => resolve('refused')
    asking.send()
  })
}

/** A real browser on the page, as far as this is driven. */
export interface Driven {
  send(sent: Sent): Promise<string>
  /** What an expression comes to in the page; a promise is waited for. */
  run(expression: string): Promise<unknown>
  /** The first line that the browser wrote about this request. */
  line(about: string): Promise<string>
}

function lineReader() {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  return {
    add(line: string) {
      lines.push(line)
      for (const look of [...waiting]) look()
    },
    line(about: string): Promise<string> {
      return new Promise(resolve => {
        const look = () => {
          const found = lines.find(line => line.includes(about))
          if (found === undefined) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      })
    },
  }
}

export async function openChromium(
  test: Test,
  page: string,
  args: readonly string[] = [],
  permissions: readonly string[] = [],
): Promise<Driven> {
  const browser = await launchChromium(need('chromium').path, args)
  test.teardown(() => browser.close())
  const context = await browser.newContext({ permissions: [...permissions] })
  const tab = await context.newPage()
  const { add, line } = lineReader()
  tab.on('console', message => {
    // Said of every failure; the line with the reason is another.
    if (!message.text().startsWith('Failed to load resource')) add(message.text())
  })
  await tab.goto(page)
  return {
    send: sent => tab.evaluate(send, sent),
    run: expression => tab.evaluate(expression),
    line,
  }
}

export async function openFirefox(
  test: Test,
  page: string,
  preferences: Readonly<Record<string, unknown>> = {},
): Promise<Driven> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: need('firefox').path,
    headless: true,
    extraPrefsFirefox: { ...preferences },
  })
  test.teardown(() => browser.close())
  const tab = await browser.newPage()
  const { add, line } = lineReader()
  tab.on('pageerror', error => add(error instanceof Error ? error.message : String(error)))
  await tab.goto(page)
  return {
    send: sent => tab.evaluate(send, sent),
    run: expression => tab.evaluate(expression),
    line,
  }
}
