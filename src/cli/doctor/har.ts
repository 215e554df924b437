// Requests of pages out of a HAR that a browser exported.
import { isForbiddenRequestHeader } from '../../policy/header-names.js'
import { isToken } from '../../terms/token.js'
import type { Question } from './question.js'

/** The requests of one page to other origins, each kind once; text that says what is wrong otherwise. */
export function questionsOfHar(
  text: string,
  origins: readonly string[],
): readonly Question[] | string {
  let archive: unknown
  try {
    archive = JSON.parse(text)
  } catch {
    return 'is not a HAR, because it is not JSON'
  }
  const entries = listAt(groupAt(archive, 'log'), 'entries')
  if (entries === undefined) return 'is not a HAR: it has no log.entries'
  const questions = new Map<string, Question>()
  for (const entry of entries) {
    for (const question of questionsOf(groupAt(entry, 'request'), origins)) {
      const { url, origin, method, headers } = question
      const key = JSON.stringify([origin, method, url.origin + url.pathname, [...headers.keys()]])
      if (!questions.has(key)) questions.set(key, question)
    }
  }
  return questions.size === 0
    ? 'holds no request to an origin other than the page’s'
    : [...questions.values()]
}

function questionsOf(request: unknown, origins: readonly string[]): Question[] {
  const address = textAt(request, 'url') ?? ''
  const url = URL.canParse(address) ? new URL(address) : undefined
  const method = textAt(request, 'method') ?? ''
  const lines = (listAt(request, 'headers') ?? []).flatMap(line => {
    const name = textAt(line, 'name')?.toLowerCase()
    const value = textAt(line, 'value')
    return name !== undefined && value !== undefined && isToken(name)
      ? [[name, value] as const]
      : []
  })
  const all = new Map(lines)
  if (url === undefined || !/^https?:$/.test(url.protocol) || !isToken(method)) return []
  if (method === 'OPTIONS' && all.has('access-control-request-method')) return []
  url.hash = ''
  const given = origins.length > 0 ? origins : originsOf(all)
  return given
    .filter(origin => origin !== url.origin)
    .map(origin => ({
      url,
      origin,
      isOriginGiven: true,
      method,
      headers: new Map(lines.filter(([name]) => isSetByPage(name, all))),
      cookie: all.get('cookie'),
      body: undefined,
    }))
}

function originsOf(headers: ReadonlyMap<string, string>): readonly string[] {
  const origin = headers.get('origin')
  const referer = headers.get('referer') ?? ''
  if (origin !== undefined) return [origin]
  return URL.canParse(referer) ? [new URL(referer).origin] : []
}

/** What a script sets; the rest is the browser's own, or its cache's. */
function isSetByPage(name: string, all: ReadonlyMap<string, string>): boolean {
  if (isForbiddenRequestHeader(name) || byBrowser.has(name)) return false
  return name !== 'content-type' || all.has('content-type')
}

const byBrowser: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'cache-control',
  'pragma',
  'priority',
  'user-agent',
  'upgrade-insecure-requests',
  'if-none-match',
  'if-modified-since',
])

const groupAt = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined

function listAt(value: unknown, key: string): readonly unknown[] | undefined {
  const list = groupAt(value, key)
  return Array.isArray(list) ? list : undefined
}

function textAt(value: unknown, key: string): string | undefined {
  const text = groupAt(value, key)
  return typeof text === 'string' ? text : undefined
}
