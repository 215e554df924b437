import { isName } from '../../terms/field-names.js'
import { eachField } from '../../terms/fields.js'
import { type CookieRules, relayedCookie } from './cookies.js'
import * as kind from './field-kinds.js'
import { publicLocation } from './location.js'
import type { RequestHead } from './request-head.js'
import type { ResponseHead } from './response-head.js'
import type { Route } from './route.js'

/** What relaying an upstream response head needs to know of the settings. */
export interface ResponseRules extends CookieRules {
  readonly via: string | undefined
  readonly rewriteLocation: boolean
  /** Fields that replace any of the same name; flat, names as configured. */
  readonly setResponseHeaders: readonly string[]
  /** Whether a field is set by us, or taken out of every response. */
  readonly dropsResponseField: (name: string) => boolean
}

/** Whether this status and method have no body whatever the header says (RFC 9112, 6.3). */
export function isBodiless(status: number, method: string): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

/**
 * The end-to-end fields of an upstream response, flat, with case, order and repeats kept: fields
 * for one hop taken out, redirects and cookies brought back to the proxy where wished, configured
 * ones set. CORS fields are still the upstream's; the policy replaces them afterwards.
 */
export function endToEndFields(
  { status, fields: raw, connection, isChunked }: ResponseHead,
  head: RequestHead,
  route: Route,
  sentHost: string,
  rules: ResponseRules,
): string[] {
  const fields: string[] = []
  let via: string | undefined
  const nominated = kind.nominatedFields(connection)
  const keepsTrailer = isChunked && !head.isHttp10 && !isBodiless(status, head.method)
  eachField(raw, (name, received) => {
    let value = received
    const which = kind.responseKind(name)
    if (which !== kind.PLAIN) {
      if (which === kind.VIA) {
        via = append(via, value)
        return
      }
      if (which === kind.CONTENT_LENGTH) {
        if (status === 204 || isChunked) return
        // Some readers take leading zeros for another base.
        if (value.charCodeAt(0) === 0x30) value = String(Number(value))
      } else if (which === kind.LOCATION) {
        if (rules.rewriteLocation && isRedirect(status)) {
          value = publicLocation(value, route, sentHost, publicBase(head, route))
        }
      } else if (which === kind.SET_COOKIE) {
        value = relayedCookie(value, route, rules, head.scheme === 'http')
      } else if (which === kind.TRAILER) {
        if (!keepsTrailer) return
      } else return
    }
    if (nominated?.has(name.toLowerCase()) || rules.dropsResponseField(name)) return
    fields.push(name, value)
  })
  if (via !== undefined) fields.push('Via', via)
  for (const part of rules.setResponseHeaders) fields.push(part)
  return fields
}

/** What says how the body of our own response is to be read. */
const isContentField = kind.compileResponseNames(['content-type', 'content-length'])

/** The fields of our own response with what the settings put on every one, and take out of it. */
export function withSetFields(
  own: readonly string[],
  { setResponseHeaders, dropsResponseField }: ResponseRules,
): string[] {
  const fields: string[] = []
  eachField(own, (name, value) => {
    if (isContentField(name) || !dropsResponseField(name)) fields.push(name, value)
  })
  eachField(setResponseHeaders, (name, value) => {
    if (!isContentField(name)) fields.push(name, value)
  })
  return fields
}

/** Adds this hop to `Via` (RFC 9110, 7.6.3), behind the hops before it. */
export function addVia(fields: string[], httpVersion: string, name: string): void {
  const hop = `${httpVersion} ${name}`
  let at = 0
  while (at < fields.length && !isName(fields[at] ?? '', 'via')) at += 2
  if (at >= fields.length) fields.push('Via', hop)
  else fields[at + 1] = `${fields[at + 1]}, ${hop}`
}

function append(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

function isRedirect(status: number): boolean {
  return status === 201 || (status >= 300 && status < 400)
}

/** The base that the client knows us by, as far as the connection or a trusted hop can tell. */
function publicBase(head: RequestHead, route: Route): string {
  const host = (head.isPeerTrusted ? head.forwardedHost : undefined) ?? head.host
  return `${head.scheme}://${host ?? route.authority}`
}
