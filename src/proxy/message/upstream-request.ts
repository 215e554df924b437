import { isName, listsName } from '../../terms/field-names.js'
import { eachField, fieldValue } from '../../terms/fields.js'
import * as kind from './field-kinds.js'
import { addForwarded, type ForwardedRules } from './forwarded-fields.js'
import type { RequestHead } from './request-head.js'
import { type Route, sentHost } from './route.js'

/** What building an upstream request head needs to know of the settings. */
export interface UpstreamRequestRules extends ForwardedRules {
  readonly kindOf: kind.KindOf
  /** Our name in `Via`; undefined adds none. */
  readonly requestVia: string | undefined
  readonly loopMark: string
  readonly requestIdHeader: string
  /** Fields that replace any of the same name; flat, names as configured. */
  readonly setRequestHeaders: readonly string[]
  readonly isSetRequestField: (name: string) => boolean
}

/**
 * The one place where an upstream request head is built, for HTTP requests and upgrades alike:
 * flat name/value pairs. Fields for this hop are taken out first and our own are added last, so
 * that no client can nominate ours away. Framing is written anew from what the parser understood.
 */
export function upstreamRequestHead(
  head: RequestHead,
  route: Route,
  rules: UpstreamRequestRules,
  requestId: string,
  origin: string | null | undefined,
): string[] {
  const fields: string[] = ['Host', sentHost(route, head.host)]
  const nominated = kind.nominatedFields(head.connection)
  copyEndToEnd(fields, head, rules, nominated, origin)
  if (rules.forwardedHeaders === 'off') passForwarded(fields, head, rules)
  else addForwarded(fields, head, route, rules)
  addHop(fields, head, rules)
  if (!rules.isSetRequestField(rules.requestIdHeader)) {
    fields.push(rules.requestIdHeader, requestId)
  }
  for (const part of rules.setRequestHeaders) fields.push(part)
  if (head.isUpgrade) fields.push('Connection', 'Upgrade', 'Upgrade', 'websocket')
  else addFraming(fields, head)
  return fields
}

function copyEndToEnd(
  fields: string[],
  head: RequestHead,
  rules: UpstreamRequestRules,
  nominated: ReadonlySet<string> | undefined,
  origin: string | null | undefined,
): void {
  const { kindOf, isSetRequestField } = rules
  eachField(head.rawHeaders, (name, received) => {
    const which = kindOf(name)
    let value = received
    if (which !== kind.PLAIN) {
      if (which === kind.ORIGIN) {
        if (origin === null) return
        if (origin !== undefined) value = origin
      } else if (which === kind.MAX_FORWARDS) {
        if (head.method === 'OPTIONS') value = oneHopLess(value)
      } else if (which === kind.CLAIM) {
        if (!head.isPeerTrusted) return
      } else if (!passesAsIs(which)) return
    }
    if (nominated !== undefined && which !== kind.ORIGIN && nominated.has(name.toLowerCase())) {
      return
    }
    if (isSetRequestField(name)) return
    fields.push(name, value)
  })
}

function passesAsIs(which: number): boolean {
  return (
    which === kind.AUTHORIZATION ||
    which === kind.REQUEST_METHOD ||
    which === kind.REQUEST_HEADERS ||
    which === kind.REQUEST_PRIVATE_NETWORK ||
    which === kind.SEC_FETCH_SITE
  )
}

/**
 * The hops before us and ourselves. Without a name for it there is no `Via`, by which many servers
 * take a client for one that reads nothing compressed; loops are found by `CDN-Loop` (RFC 8586).
 */
function addHop(
  fields: string[],
  { isHttp10, via, loopMarks }: RequestHead,
  rules: UpstreamRequestRules,
): void {
  const { requestVia, loopMark } = rules
  const hop = requestVia === undefined ? undefined : `${isHttp10 ? '1.0' : '1.1'} ${requestVia}`
  if (hop !== undefined) fields.push('Via', via === undefined ? hop : `${via}, ${hop}`)
  else passUnlessSet(fields, 'Via', via, rules)
  fields.push('CDN-Loop', loopMarks === undefined ? loopMark : `${loopMarks}, ${loopMark}`)
}

/** Off adds nothing; what a trusted peer said still passes, what anyone else claims does not. */
function passForwarded(fields: string[], head: RequestHead, rules: UpstreamRequestRules): void {
  if (!head.isPeerTrusted) return
  const pass = (name: string, value: string | undefined) =>
    passUnlessSet(fields, name, value, rules)
  pass('X-Forwarded-For', head.forwardedFor)
  pass('X-Forwarded-Proto', head.forwardedProto)
  pass('X-Forwarded-Host', head.forwardedHost)
  pass('X-Forwarded-Port', head.forwardedPort)
  pass('X-Forwarded-Prefix', head.forwardedPrefix)
  pass('Forwarded', head.forwarded)
}

function passUnlessSet(
  fields: string[],
  name: string,
  value: string | undefined,
  { isSetRequestField }: UpstreamRequestRules,
): void {
  if (value !== undefined && !isSetRequestField(name)) fields.push(name, value)
}

function addFraming(fields: string[], head: RequestHead): void {
  if (head.transferEncoding !== undefined) {
    addTrailerPromise(fields, head)
    fields.push('Transfer-Encoding', 'chunked')
  } else if (head.contentLength !== undefined) {
    fields.push('Content-Length', head.contentLength)
  } else if (head.method === 'POST' || head.method === 'PUT' || head.method === 'PATCH') {
    fields.push('Content-Length', '0')
  }
  if (kind.hasToken(head.connection, 'te') && acceptsTrailers(head)) {
    fields.push('TE', 'trailers', 'Connection', 'keep-alive, TE')
  } else fields.push('Connection', 'keep-alive')
}

function addTrailerPromise(fields: string[], head: RequestHead): void {
  eachField(head.rawHeaders, (name, value) => {
    if (isName(name, 'trailer')) fields.push(name, value)
  })
}

function acceptsTrailers(head: RequestHead): boolean {
  return listsName(fieldValue(head.rawHeaders, 'te') ?? '', 'trailers')
}

/** RFC 9110, 7.6.2: each hop takes one off; a value that is no number passes as it came. */
function oneHopLess(value: string): string {
  const hops = Number(value)
  return Number.isSafeInteger(hops) && hops > 0 ? String(hops - 1) : value
}
