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
  if (start === 0) return publicPath(location, route)
  const end = authorityEnd(location, start)
  const authority = withoutDefaultPort(location.slice(start, end).toLowerCase(), start)
  if (authority !== route.authority.toLowerCase() && authority !== sentHost.toLowerCase()) {
    return location
  }
  const rest = location.slice(end)
  const path = rest === '' || rest.charCodeAt(0) === 0x2f ? rest : `/${rest}`
  const onProxy = withPublicPrefix(path, route)
  return onProxy === undefined ? location : publicBase + onProxy
}

/** Only a route that changes paths has anything to undo in a path-absolute reference. */
function publicPath(location: string, route: Route): string {
  const isPathAbsolute = location.charCodeAt(0) === 0x2f && location.charCodeAt(1) !== 0x2f
  if (!isPathAbsolute) return location
  return withPublicPrefix(location, route) ?? location
}

/** The path as the proxy's clients know it, or undefined when it is outside the base path. */
function withPublicPrefix(path: string, route: Route): string | undefined {
  const { basePath } = route.upstream
  let rest = path
  if (basePath !== '') {
    const next = path.charCodeAt(basePath.length)
    const inside =
      path.startsWith(basePath) &&
      (path.length === basePath.length || next === 0x2f || next === 0x3f || next === 0x23)
    if (!inside) return undefined
    rest = path.slice(basePath.length)
    if (rest.charCodeAt(0) !== 0x2f) rest = `/${rest}`
  }
  if (!route.stripPrefix || route.prefix === '/') return rest
  return (route.prefix.endsWith('/') ? route.prefix.slice(0, -1) : route.prefix) + rest
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
