import type { OutgoingHttpHeaders } from 'node:http2'
import { eachField, type Fields } from '../../terms/fields.js'

/** RFC 9113, 8.2.2: these belong to a connection of HTTP/1. */
const connectionFields = new Set(['connection', 'transfer-encoding', 'keep-alive', 'upgrade'])
/** Node sends these once only; as one line they mean the same (RFC 9110, 5.3). */
const singleLines = new Set(
  'access-control-allow-credentials access-control-max-age access-control-request-method age authorization content-encoding content-language content-length content-location content-md5 content-range content-type date dnt etag expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards proxy-authorization range referer retry-after tk upgrade-insecure-requests user-agent x-content-type-options'.split(
    ' ',
  ),
)

/**
 * The fields of an HTTP/2 request as HTTP/1.1 writes them (RFC 9113, 8.3.1 and 8.2.3): the
 * authority as `Host`, pseudo-fields left out, cookie crumbs put together again.
 */
export function http1Fields(raw: readonly string[]): string[] {
  const fields: string[] = []
  const crumbs: string[] = []
  let authority: string | undefined
  eachField(raw, (name, value) => {
    if (name === ':authority') authority = value
    else if (name === 'cookie') crumbs.push(value)
    // Said twice alike it is one; said differently, two Host lines, which are refused.
    else if (!name.startsWith(':') && (name !== 'host' || value !== authority)) {
      fields.push(name, value)
    }
  })
  if (authority !== undefined) fields.push('host', authority)
  if (crumbs.length > 0) fields.push('cookie', crumbs.join('; '))
  return fields
}

/** The fields of a response by name, as Node takes them for HTTP/2; those that it forbids are left out. */
export function http2Fields(fields: Fields): OutgoingHttpHeaders {
  const found: Record<string, string | string[]> = Object.create(null)
  eachField(fields, (spelling, value) => {
    const name = spelling.toLowerCase()
    if (connectionFields.has(name)) return
    const before = found[name]
    if (before === undefined) found[name] = value
    else if (Array.isArray(before)) before.push(value)
    else found[name] = singleLines.has(name) ? `${before}, ${value}` : [before, value]
  })
  return found
}
