import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { headerOf } from './timeline.js'

// What curl and fetch write themselves; repeating them would send them twice or wrongly.
const ownLines = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'keep-alive',
  'upgrade',
])

// What a page may not set: the browser decides them.
const browserLines =
  /^(?:sec-|proxy-|access-control-request-|(?:origin|referer|cookie|user-agent|te|date|via|expect|dnt)$)/u

const bodyless = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The address a client would use to repeat the exchange. */
export function addressOf(view: ExchangeView, sidecarUrl: string | undefined): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(view.target)) return view.target
  const scheme = sidecarUrl?.startsWith('https:') ? 'https' : 'http'
  const base = `${scheme}://${headerOf(view, 'host') ?? 'localhost'}`
  return view.target.startsWith('/') ? base + view.target : `${base}/`
}

/** A curl command that repeats the exchange. Secrets stay masked and the body was never kept. */
export function asCurl(view: ExchangeView, sidecarUrl?: string): string {
  const parts = [`curl -i${view.method === 'GET' ? '' : ` -X ${view.method}`}`]
  parts.push(quoted(addressOf(view, sidecarUrl)))
  for (const [name, value] of view.requestHeaders) {
    if (!ownLines.has(name.toLowerCase())) parts.push(`-H ${quoted(`${name}: ${value}`)}`)
  }
  if (!bodyless.has(view.method)) parts.push(`--data-binary ''`)
  return parts.join(' \\\n  ')
}

/** A fetch call for the console of a page on the same origin. */
export function asFetch(view: ExchangeView, sidecarUrl?: string): string {
  const settable = view.requestHeaders.filter(([line]) => {
    const name = line.toLowerCase()
    return !ownLines.has(name) && !browserLines.test(name)
  })
  const options = {
    method: view.method,
    headers: Object.fromEntries(settable),
    credentials: headerOf(view, 'cookie') === undefined ? 'same-origin' : 'include',
  }
  return `await fetch(${JSON.stringify(addressOf(view, sidecarUrl))}, ${JSON.stringify(options, null, 2)})`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
