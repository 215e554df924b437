// One request of a page, as it is put to a server.
import { isForbiddenRequestHeader, isSafelistedMethod } from '../../policy/header-names.js'

export interface Question {
  readonly url: URL
  readonly origin: string
  /** Whether the person named the origin, or it stands for any page. */
  readonly isOriginGiven: boolean
  readonly method: string
  /** What the page sets, by lower-case name; undefined where only the name is known. */
  readonly headers: ReadonlyMap<string, string | undefined>
  /** The `Cookie` of the session; with one, requests with cookies are what is judged. */
  readonly cookie: string | undefined
  /** Undefined for none. Without one a method that may change something is not sent. */
  readonly body: string | undefined
}

/** Names that need permission, sorted as a browser sends them. */
export function unsafeNames(headers: Question['headers']): readonly string[] {
  return [...headers]
    .filter(([name, value]) => !isForbiddenRequestHeader(name) && !isSafelisted(name, value))
    .map(([name]) => name)
    .sort()
}

/** https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
function isSafelisted(name: string, value: string | undefined): boolean {
  const text = value ?? ''
  if (text.length > 128) return false
  switch (name) {
    case 'accept':
      return !unsafeByte.test(text)
    case 'accept-language':
    case 'content-language':
      return /^[\w *,\-.;=]*$/.test(text)
    case 'content-type': {
      // A name alone means what most pages send with it.
      const type = (text.split(';', 1)[0] ?? '').trim().toLowerCase()
      return !unsafeByte.test(text) && formTypes.has(type)
    }
    case 'range':
      return /^bytes=\d+-\d*$/.test(text)
    default:
      return false
  }
}

const unsafeByte = /[^\t -!#-'*+,\-./0-9;=A-Z^-z|~\u0080-\u00ff]/
const formTypes = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
])

/** Whether a browser asks before it sends. */
export function needsPreflight(method: string, headers: Question['headers']): boolean {
  return !isSafelistedMethod(method) || unsafeNames(headers).length > 0
}

/** Whether sending it changes nothing: RFC 9110, 9.2.1, and RFC 10008 for QUERY. */
export function changesNothing(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS', 'QUERY'].includes(method)
}
