// A real browser: its verdict on CORS is the one that counts.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

export async function launchChromium(
  executablePath: string,
  more: readonly string[] = [],
): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...more,
    ],
  })
}

export interface BlankPages {
  readonly port: number
  /** The origin that serves pages under this loopback name. */
  origin(host: string): string
  close(): Promise<void>
}

/** Serves an empty page under every name: `http://app.shop.localhost:PORT` and the like. */
export async function serveBlankPages(): Promise<BlankPages> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end('<!doctype html><title>page</title><link rel="icon" href="data:,">')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: host => `http://${host}:${port}`,
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

export interface OpenedPage {
  readonly page: Page
  /** What the browser itself wrote to the console. */
  readonly console: readonly string[]
  /** Resolves once a line of the console, past or to come, matches. */
  said(pattern: RegExp): Promise<void>
}

export async function openPage(
  browser: Browser | BrowserContext,
  url: string,
): Promise<OpenedPage> {
  const page = await browser.newPage()
  const lines: string[] = []
  page.on('console', message => lines.push(message.text()))
  await page.goto(url)
  return {
    page,
    console: lines,
    async said(pattern) {
      const matches = () => lines.some(line => pattern.test(line))
      if (!matches()) await page.waitForEvent('console', { predicate: matches })
    },
  }
}

export interface PageAnswer {
  readonly status: number
  readonly text: string
  /** The headers that the browser lets the page read. */
  readonly headers: Readonly<Record<string, string>>
}

export interface PageRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly credentials?: 'include' | 'omit' | 'same-origin'
}

/** `fetch`, called by the page; the error's message when the browser refuses. */
export function fetchIn(
  { page }: OpenedPage,
  url: string,
  request: PageRequest = {},
): Promise<PageAnswer | string> {
  return page.evaluate(
    async ([address, init]) => {
      try {
        const response = await fetch(address, init)
        const headers = Object.fromEntries(response.headers)
        return { status: response.status, text: await response.text(), headers }
      } catch (error) {
        return String(error)
      }
    },
    [url, request] as const,
  )
}
