// "Copy as cURL" (bash and cmd) and "Copy as fetch" (browser and Node), as the request that they would send.

import type { Asked } from './asked.js'

export interface Copied {
  readonly asked: readonly Asked[]
  /** What is left of the text. */
  readonly rest: string
}

/** Takes the commands out of a text. */
export function readCopied(text: string): Copied {
  const asked: Asked[] = []
  const keep = (found: Asked | undefined, whole: string) => {
    if (found === undefined) return whole
    asked.push(found)
    return '\n'
  }
  const rest = text
    .replace(curlCommand, whole => keep(askedByCurl(whole), whole))
    .replace(fetchCall, whole => keep(askedByFetch(whole), whole))
  return { asked, rest }
}

/** Up to the end of its last line: a backslash or a caret goes on to the next, and so does an open quote. */
const curlCommand =
  /(?<=^|[\n;&|$>] ?)curl(?:\.exe)?[ \t]+(?:\$'(?:[^'\\]|\\[\s\S])*'|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\^"[\s\S]*?(?<!\\)\^"|[\\^]\r?\n|[^\n])+/g
const fetchCall = /\bfetch\(\s*(["'`])https?:[\s\S]{0,100000}?(?:\n?\}\s*\)|\1\s*\))[^\n]*/g

function askedByCurl(command: string): Asked | undefined {
  const words = /\^["\r\n]/.test(command) ? cmdWords(command) : shellWords(command)
  const headers: [string, string][] = []
  let url: string | undefined
  let method: string | undefined
  let sends = false
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? ''
    const [, short, glued] = /^-([HXbudFAe])(.+)$/s.exec(word) ?? []
    const option = short === undefined ? word : `-${short}`
    const value = () => glued ?? words[++at] ?? ''
    if (['-H', '--header'].includes(option)) {
      const [, name = '', text = ''] = /^([^:;]+)[:;]\s*(.*)$/s.exec(value()) ?? []
      headers.push([name, text])
    } else if (['-X', '--request'].includes(option)) method = value()
    else if (['-b', '--cookie'].includes(option)) headers.push(['cookie', value()])
    else if (['-u', '--user'].includes(option)) headers.push(['authorization', value()])
    else if (['-A', '--user-agent', '-e', '--referer'].includes(option)) {
      headers.push([
        option.includes('e') && !option.includes('user') ? 'referer' : 'user-agent',
        value(),
      ])
    } else if (/^(?:-d|-F|--data(?:-\w+)?|--json|--form)$/.test(option)) {
      sends = true
      value()
    } else if (option === '--url') url = value()
    else if (/^-I$|^--head$/.test(option)) method ??= 'HEAD'
    else if (/^(?:-o|--output|-m|--max-time|--connect-timeout|--resolve|-x|--proxy)$/.test(option))
      value()
    else if (!option.startsWith('-')) url ??= option
  }
  return requestOf(url, method ?? (sends ? 'POST' : 'GET'), headers, {})
}

function askedByFetch(call: string): Asked | undefined {
  const url = /fetch\(\s*(["'`])(.*?)\1/s.exec(call)?.[2]
  const field = (name: string) =>
    new RegExp(`["']?\\b${name}["']?\\s*:\\s*["']([^"']*)["']`).exec(call)?.[1]
  const block = /["']?\bheaders["']?\s*:\s*\{([^}]*)\}/.exec(call)?.[1] ?? ''
  const headers = [
    ...block.matchAll(/["']?([\w-]+)["']?\s*:\s*(["'`])((?:\\.|(?!\2)[\s\S])*)\2/g),
  ].map(([, name = '', , value = '']): [string, string] => [name, value])
  const referrer = field('referrer')
  if (referrer !== undefined) headers.push(['referer', referrer])
  return requestOf(url, field('method') ?? 'GET', headers, {
    mode: field('mode'),
    credentials: field('credentials'),
  })
}

function requestOf(
  address: string | undefined,
  method: string,
  lines: readonly (readonly [string, string])[],
  {
    mode,
    credentials,
  }: { readonly mode?: string | undefined; readonly credentials?: string | undefined },
): Asked | undefined {
  const written =
    address !== undefined && /^[\w.-]+(?::\d+)?(?:\/|$)/.test(address)
      ? `http://${address}`
      : address
  if (written === undefined || !URL.canParse(written)) return undefined
  const headers = new Map(lines.map(([name, value]) => [name.trim().toLowerCase(), value]))
  const referer = headers.get('referer') ?? ''
  return {
    url: new URL(written).href,
    origin: headers.get('origin') ?? (URL.canParse(referer) ? new URL(referer).origin : undefined),
    method,
    headers,
    credentials: credentials === 'include' || headers.has('cookie'),
    mode: mode ?? headers.get('sec-fetch-mode'),
  }
}

/** As a Unix shell cuts a command. */
function shellWords(command: string): string[] {
  const words: string[] = []
  const pieces =
    /\\\r?\n|\s+|\$'((?:[^'\\]|\\.)*)'|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\$]+|\$)/g
  let word: string | undefined
  for (const [whole, ansi, single, double, escaped, bare] of command.matchAll(pieces)) {
    const text =
      ansi?.replace(/\\(u[0-9a-f]{4}|x[0-9a-f]{2}|.)/gi, unescaped) ??
      single ??
      double?.replace(/\\(["\\$`])/g, '$1') ??
      escaped ??
      bare
    if (text !== undefined && !/^\\\r?\n/.test(whole)) word = (word ?? '') + text
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  return word === undefined ? words : [...words, word]
}

function unescaped(_: string, code: string): string {
  if (/^[ux]./i.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
  return { n: '\n', r: '\r', t: '\t' }[code] ?? code
}

/** As cmd cuts it: a caret takes the meaning off what follows. */
function cmdWords(command: string): string[] {
  const plain = command.replace(/\^\r?\n/g, ' ').replace(/\^([\s\S])/g, '$1')
  return [...plain.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted?.replace(/\\(["\\])/g, '$1') ?? bare ?? '',
  )
}
