/**
 * Reads a request target (RFC 9112, 3.2). The bytes of an origin-form target are kept exactly:
 * no decoding, no merging of slashes, no resolving of dots. Which upstream is asked, the routes say.
 */

/** The longest target that is accepted, in bytes; a longer one is 414. */
export const MAX_TARGET_LENGTH = 8192

/** The origin-form of a target (or `*`), or undefined when it is none that we serve. */
export function readTarget(
  url: string,
  method: string,
  host: string | undefined,
): string | undefined {
  const first = url.charCodeAt(0)
  if (first === 0x2f) return isClean(url) ? url : undefined
  if (url === '*') return method === 'OPTIONS' ? url : undefined
  return readAbsoluteForm(url, method, host)
}

/** Absolute form is accepted only for the host that the `Host` line names: we are no open proxy. */
function readAbsoluteForm(url: string, method: string, host: string | undefined) {
  const scheme = url.slice(0, 8).toLowerCase()
  const start = scheme.startsWith('http://') ? 7 : scheme === 'https://' ? 8 : 0
  if (start === 0 || host === undefined) return undefined
  let end = start
  while (end < url.length) {
    const code = url.charCodeAt(end)
    if (code === 0x2f || code === 0x3f || code === 0x23) break
    end++
  }
  if (url.slice(start, end).toLowerCase() !== host.toLowerCase()) return undefined
  const rest = url.slice(end)
  if (rest === '') return method === 'OPTIONS' ? '*' : '/'
  const target = rest.charCodeAt(0) === 0x2f ? rest : `/${rest}`
  return isClean(target) ? target : undefined
}

/**
 * No fragment, no space, no control byte: nothing that another parser could cut in two. No byte
 * above 0x7f either: HTTP/1.1 has none there, and HTTP/2 must not bring it any (RFC 9113, 8.3.1).
 */
function isClean(target: string): boolean {
  for (let at = 0; at < target.length; at++) {
    const code = target.charCodeAt(at)
    if (code <= 0x20 || code > 0x7e || code === 0x23) return false
  }
  return true
}

/** Whether a `Host` value is a host with an optional port (RFC 9110, 7.2), and nothing else. */
export function isValidHost(host: string): boolean {
  let end = host.length
  if (end === 0 || end > 261) return false
  if (host.charCodeAt(0) === 0x5b) {
    const close = host.indexOf(']')
    if (close < 3) return false
    for (let at = 1; at < close; at++) {
      if (!isHexColonOrDot(host.charCodeAt(at))) return false
    }
    return close + 1 === end || isPort(host, close + 1)
  }
  const colon = host.indexOf(':')
  if (colon === 0) return false
  if (colon > 0) {
    if (!isPort(host, colon)) return false
    end = colon
  }
  for (let at = 0; at < end; at++) {
    if (!isHostByte(host.charCodeAt(at))) return false
  }
  return true
}

function isHostByte(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2e ||
    code === 0x2d ||
    code === 0x5f
  )
}

function isHexColonOrDot(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x3a) ||
    (code >= 0x61 && code <= 0x66) ||
    (code >= 0x41 && code <= 0x46) ||
    code === 0x2e
  )
}

/** `:` and 1 to 65535; a bare `:` is allowed by RFC 3986 and means the default port. */
function isPort(host: string, colon: number): boolean {
  if (host.charCodeAt(colon) !== 0x3a) return false
  if (host.length - colon > 6) return false
  let port = 0
  for (let at = colon + 1; at < host.length; at++) {
    const digit = host.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
  }
  return port <= 65535
}
