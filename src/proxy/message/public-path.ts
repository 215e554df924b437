import type { Route } from './route.js'

/** Whether clients and the upstream know every path by the same name. */
export function keepsPaths({ upstream, publicPrefix }: Route): boolean {
  return upstream.basePath === '' && publicPrefix === ''
}

/**
 * The path by which clients know a path of the upstream: the base path taken off, the prefix that was
 * stripped put on again. Undefined for one outside the base path. An upstream that puts the prefix on
 * itself, as `X-Forwarded-Prefix` tells it to, has said the public path already.
 */
export function publicPath(path: string, { upstream, publicPrefix }: Route): string | undefined {
  const { basePath } = upstream
  if (basePath === '') {
    return publicPrefix === '' || isBelow(path, publicPrefix) ? path : publicPrefix + path
  }
  if (!isBelow(path, basePath)) return undefined
  const rest = path.slice(basePath.length)
  return publicPrefix + (rest.charCodeAt(0) === SLASH ? rest : `/${rest}`)
}

/**
 * The `Path` by which clients get a cookie of the upstream back (RFC 6265, 5.1.4). One for more than
 * the base path is one for all that clients see of it.
 */
export function publicCookiePath(path: string, route: Route): string {
  const { upstream, publicPrefix } = route
  if (isBelow(upstream.basePath, path.replace(/\/$/u, ''))) return publicPrefix || '/'
  return publicPath(path, route) ?? path
}

/** Whether a path is the folder or below it; the folder has no slash at its end. */
function isBelow(path: string, folder: string): boolean {
  if (!path.startsWith(folder)) return false
  const next = path.charCodeAt(folder.length)
  return path.length === folder.length || next === SLASH || next === QUESTION || next === HASH
}

const HASH = 0x23
const SLASH = 0x2f
const QUESTION = 0x3f
