// Which requests a browser asks permission for. https://fetch.spec.whatwg.org/#cors-safelisted-request-header
import { isForbiddenRequestHeader, isSafelistedMethod } from '../policy/header-names.js'

/** What a page sets, by lower-case name; undefined where only the name is known. */
type Headers = ReadonlyMap<string, string | undefined>

/** Names that need permission, sorted as a browser sends them. */
export function unsafeNames(headers: Headers): readonly string[] {
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
export function needsPreflight(method: string, headers: Headers): boolean {
  return !isSafelistedMethod(method) || unsafeNames(headers).length > 0
}
