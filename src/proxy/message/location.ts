import { publicPath } from './public-path.js'
import type { Route } from './route.js'

/**
 * Brings a redirect to the upstream's own base back to the address that the client used: else the
 * browser would leave the proxy and come back with `Origin: null`. Any other host, and a relative
 * reference, stays as it is, byte for byte.
 */
export function publicLocation(
  location: string,
  route: Route,
  sentHost: string,
  publicBase: string,
): string {
  const start = schemeEnd(location)
  if (start === 0) return publicReference(location, route)
  const end = authorityEnd(location, start)
  const authority = withoutDefaultPort(location.slice(start, end).toLowerCase(), start)
  const rest = location.slice(end)
  const path = rest === '' || rest.charCodeAt(0) === 0x2f ? rest : `/${rest}`
  if (authority === route.authority.toLowerCase() || authority === sentHost.toLowerCase()) {
    const onProxy = publicPath(path, route)
    return onProxy === undefined ? location : publicBase + onProxy
  }
  // An upstream that was told of https, or that wants nothing else, redirects to where nobody listens.
  const isSecure = start === 'https://'.length
  return isSecure && publicBase.toLowerCase() === `http://${authority}`
    ? publicBase + path
    : location
}

/** Only a route that changes paths has anything to undo in a path-absolute reference. */
function publicReference(location: string, route: Route): string {
  const isPathAbsolute = location.charCodeAt(0) === 0x2f && location.charCodeAt(1) !== 0x2f
  if (!isPathAbsolute) return location
  return publicPath(location, route) ?? location
}

/** Index behind `http://` or `https://`, or 0 for a reference without a scheme of ours. */
function schemeEnd(location: string): number {
  const head = location.slice(0, 8).toLowerCase()
  return head.startsWith('http://') ? 7 : head === 'https://' ? 8 : 0
}

function authorityEnd(location: string, start: number): number {
  for (let at = start; at < location.length; at++) {
    const code = location.charCodeAt(at)
    if (code === 0x2f || code === 0x3f || code === 0x23 || code === 0x5c) return at
  }
  return location.length
}

function withoutDefaultPort(authority: string, schemeLength: number): string {
  const suffix = schemeLength === 7 ? ':80' : ':443'
  return authority.endsWith(suffix) ? authority.slice(0, -suffix.length) : authority
}
