import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { shellWord } from '../../src/terms/paste.js'
import { printableOutput } from '../../src/terms/printable.js'
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
  if (/^https?:\/\//i.test(view.target)) return view.target
  const scheme = sidecarUrl?.startsWith('https:') ? 'https' : 'http'
  const base = `${scheme}://${headerOf(view, 'host') ?? 'localhost'}`
  return view.target.startsWith('/') ? base + view.target : `${base}/`
}

export interface CurlCommand {
  readonly text: string
  /** What is not in it, because no quoting is read alike by all shells. */
  readonly leftOut: readonly string[]
}

/** A curl command that repeats the exchange. Secrets stay masked and the body was never kept. */
export function asCurl(view: ExchangeView, sidecarUrl?: string): CurlCommand {
  // Brackets and dot segments go out as they came, not as curl would read them.
  const words = ['curl -i -g --path-as-is']
  const leftOut: string[] = []
  const add = (what: string, option: string, value: string) => {
    const word = shellWord(value)
    if (word === undefined) leftOut.push(what)
    else words.push(`${option}${word}`)
  }
  if (view.method !== 'GET') add('its method', '-X ', view.method)
  add('its address', '', asciiAddress(addressOf(view, sidecarUrl)))
  for (const [name, value] of view.requestHeaders) {
    if (!ownLines.has(name.toLowerCase())) {
      add(name, '-H ', value === '' ? `${name};` : `${name}: ${value}`)
    }
  }
  if (!bodyless.has(view.method)) words.push(`--data-binary ''`)
  return { text: words.join(' '), leftOut }
}

/** What a shell or a terminal would stumble over, percent-encoded: to a server it is the same. */
function asciiAddress(address: string): string {
  return address.replace(/[^!-&(-~]/g, character => {
    const code = character.charCodeAt(0)
    return code < 0x100 ? `%${code.toString(16).toUpperCase().padStart(2, '0')}` : character
  })
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
  const spelt = (value: unknown) => printableOutput(JSON.stringify(value, null, 2), false)
  return `await fetch(${spelt(addressOf(view, sidecarUrl))}, ${spelt(options)})`
}
