import { eachField } from '../../terms/fields.js'

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
