// From the words of the command line to the questions that are put to servers.
import { resolve } from 'node:path'
import type { ReadText } from '../../config/value-types.js'
import { forbiddenMethods, isForbiddenRequestHeader } from '../../policy/header-names.js'
import { normalMethod } from '../../policy/made-up-request.js'
import { respell } from '../../policy/near-miss.js'
import { parseOrigin } from '../../policy/origin.js'
import { presets } from '../../policy/presets.js'
import { isToken } from '../../terms/token.js'
import { type Invocation, lastValue } from '../command.js'
import { questionsOfHar } from './har.js'
import type { Question } from './question.js'

export interface Asked {
  readonly questions: readonly Question[]
  /** What was given to be sent, and must not be shown. */
  readonly secrets: readonly string[]
  readonly leftOut: readonly string[]
}

const standardUrl = 'http://localhost:8010/'
const standardOrigin = 'https://app.example.com'
/** More would take minutes, and hardly be read. */
const mostQuestions = 100

/** The questions, or the sentence that says what is wrong with the words. */
export function readQuestions(invocation: Invocation, read: ReadText): Asked | string {
  const origins = originsOf(invocation)
  if (typeof origins === 'string') return origins
  const archive = lastValue(invocation, 'from-har')
  const common = archive === undefined ? commonOf(invocation) : undefined
  if (typeof common === 'string') return common
  const asked =
    common === undefined
      ? fromHar(invocation, archive ?? '', origins, read)
      : fromAddresses(invocation, common, origins, read)
  if (typeof asked === 'string') return asked
  const questions = asked.slice(0, mostQuestions)
  const more = asked.length - questions.length
  return {
    questions,
    secrets: secretsOf(questions),
    leftOut: more === 0 ? [] : [`${more} more were left out: the limit is ${mostQuestions}.`],
  }
}

function originsOf(invocation: Invocation): readonly string[] | string {
  const origins = words(invocation.own.get('origin')?.join(',') ?? '')
  for (const origin of origins) {
    if (origin === 'null' || parseOrigin(origin) !== undefined) continue
    const spelled =
      respell(origin) ?? (/^[\w.-]+(:\d+)?$/.test(origin) ? `https://${origin}` : standardOrigin)
    return `--origin: "${origin}" is not an origin as browsers send it. Write it like ${spelled}`
  }
  return origins
}

type Common = Omit<Question, 'url' | 'origin' | 'isOriginGiven'>

function commonOf(invocation: Invocation): Common | string {
  const method = normalMethod(lastValue(invocation, 'method') ?? 'GET')
  if (!isToken(method) || forbiddenMethods.has(method.toUpperCase())) {
    return `--method: "${method}" is not a method that a page can send. Write it like PUT`
  }
  const headers = new Map<string, string | undefined>()
  for (const name of words(invocation.own.get('headers')?.join(',') ?? '')) {
    if (!isToken(name)) return `--headers: "${name}" is not a header name. Write it like x-trace`
    headers.set(name.toLowerCase(), undefined)
  }
  for (const word of words(invocation.own.get('preset')?.join(',') ?? '')) {
    const preset = Object.entries(presets).find(([name]) => name === word)?.[1]
    if (preset === undefined) {
      return `--preset: "${word}" is no preset. Write one of ${Object.keys(presets).join(', ')}`
    }
    for (const name of preset.allowHeaders) headers.set(name.replace('*', 'any'), undefined)
  }
  const cookies = [...(invocation.own.get('cookie') ?? [])]
  for (const line of invocation.own.get('header') ?? []) {
    const [, name = '', value = ''] = /^([^:]+):(.*)$/s.exec(line) ?? []
    const lower = name.trim().toLowerCase()
    // The value is not shown: it may be a secret.
    if (!isToken(lower)) return `--header has no name before a colon. Write it like 'X-Trace: 1'`
    if (!isFieldValue(value)) return `--header ${lower} has a value that no header may hold.`
    if (lower === 'cookie') cookies.push(value.trim())
    else if (isForbiddenRequestHeader(lower)) {
      return lower === 'origin'
        ? '--header: Origin is the page’s. Write --origin https://app.example.com'
        : `--header: no page can set ${lower}, only the browser itself. Leave it out.`
    } else headers.set(lower, value.trim())
  }
  const cookie = cookies.length === 0 ? undefined : cookies.join('; ')
  if (cookie !== undefined && !isFieldValue(cookie))
    return '--cookie has a value that no header may hold.'
  return { method, headers, cookie, body: bodyOf(invocation, headers) }
}

/** A string that a page sends goes out as plain text, unless it says otherwise. */
function bodyOf(
  invocation: Invocation,
  headers: Map<string, string | undefined>,
): string | undefined {
  const body = lastValue(invocation, 'body')
  if (body !== undefined && headers.get('content-type') === undefined) {
    headers.set(
      'content-type',
      headers.has('content-type') ? 'application/json' : 'text/plain;charset=UTF-8',
    )
  }
  return body
}

function fromAddresses(
  invocation: Invocation,
  common: Common,
  origins: readonly string[],
  read: ReadText,
): readonly Question[] | string {
  const addresses = [...invocation.arguments]
  for (const file of invocation.own.get('urls') ?? []) {
    const result = read(resolve(invocation.load.cwd, file))
    if ('failure' in result) return `--urls: "${file}" cannot be read: ${result.failure}`
    addresses.push(...linesOf(result.text))
  }
  if (addresses.length === 0) addresses.push(standardUrl)
  const questions: Question[] = []
  for (const address of addresses) {
    const url = parseUrl(address)
    if (typeof url === 'string') return url
    const isOriginGiven = origins.length > 0
    for (const origin of isOriginGiven ? origins : [standardOrigin]) {
      questions.push({ ...common, url, origin, isOriginGiven })
    }
  }
  return questions
}

function fromHar(
  invocation: Invocation,
  file: string,
  origins: readonly string[],
  read: ReadText,
): readonly Question[] | string {
  for (const flag of ['method', 'headers', 'header', 'cookie', 'body', 'urls']) {
    if (invocation.own.has(flag))
      return `--from-har and --${flag} say the same. Leave one of them out.`
  }
  if (invocation.arguments.length > 0)
    return '--from-har names the addresses itself. Leave them out.'
  const result = read(resolve(invocation.load.cwd, file))
  if ('failure' in result) return `--from-har: "${file}" cannot be read: ${result.failure}`
  const questions = questionsOfHar(result.text, origins)
  return typeof questions === 'string' ? `--from-har: "${file}" ${questions}.` : questions
}

function parseUrl(text: string): URL | string {
  const written = /^[a-z][a-z0-9+.-]*:\/\//iu.test(text)
    ? text
    : `http://${text.replace(/^:(?=\d)/, 'localhost:').replace(/^(?=\d+$)/, 'localhost:')}`
  const url = URL.canParse(written) ? new URL(written) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return `"${text.replace(/\/\/.*@/, '//…@')}" is not an address. Write it like https://api.example.com/things`
  }
  if (url.username !== '' || url.password !== '') {
    return `No page can fetch an address with a user name: write ${url.origin}${url.pathname} and --header 'Authorization: Basic …'`
  }
  url.hash = ''
  return url
}

const isFieldValue = (text: string): boolean => /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text)

function words(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,|]+/u).filter(word => word !== ''))]
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
}

/** Values of headers and cookies, whole and in the parts that a server may answer with. */
function secretsOf(questions: readonly Question[]): readonly string[] {
  const secrets = questions.flatMap(({ headers, cookie, body }) => [
    ...[...headers.values()].flatMap(value =>
      value === undefined ? [] : [value, ...value.split(/\s+/)],
    ),
    ...(cookie === undefined
      ? []
      : cookie.split(';').flatMap(pair => [pair.trim(), pair.slice(pair.indexOf('=') + 1).trim()])),
    ...(body === undefined ? [] : [body]),
  ])
  const isTelling = (secret: string) => secret.length >= 4 && !commonValues.test(secret)
  return [...new Set(secrets.filter(isTelling))].sort((a, b) => b.length - a.length)
}

/** What stands in headers of everybody, and in messages. */
const commonValues =
  /^(?:bearer|basic|digest|token|true|false|null|application\/.*|text\/.*|multipart\/.*|charset=.*|[\d.]{1,5})$/i
