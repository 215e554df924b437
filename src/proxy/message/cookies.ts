import { keepsPaths, publicCookiePath } from './public-path.js'
import type { Route } from './route.js'

/** What relaying a cookie needs to know of the settings. */
export interface CookieRules {
  readonly cookieRewrite: 'off' | 'dev'
  readonly cookiePath: 'map' | 'keep'
}

/**
 * A `Set-Cookie` line of the upstream as it is of use to a client of ours (RFC 6265, 4.1): its `Path`
 * as the client knows it. In development the `Domain` goes, so that the cookie belongs to the proxy's
 * own host; over plain HTTP `Secure` goes too, and what asks for it (`SameSite=None`, `Partitioned`),
 * since browsers drop such cookies there.
 */
export function relayedCookie(
  line: string,
  route: Route,
  { cookieRewrite, cookiePath }: CookieRules,
  isPlainHttp: boolean,
): string {
  if (cookieRewrite === 'off' && (cookiePath === 'keep' || keepsPaths(route))) return line
  const [pair = '', ...attributes] = line.split(';')
  const prefix = /^\s*__(?:host|secure|http)-/iu.exec(pair)?.[0].trim().toLowerCase()
  const losesDomain = cookieRewrite === 'dev'
  // A browser takes a name with a prefix only with `Secure`, and on localhost over HTTP as well.
  const losesSecure = losesDomain && isPlainHttp && prefix === undefined
  // `__Host-` promises that the cookie is for every path.
  const mapsPath = cookiePath === 'map' && !prefix?.startsWith('__host-')
  const kept = attributes.flatMap(attribute => {
    const [name = '', value] = attribute.split('=', 2).map(part => part.trim().toLowerCase())
    if (losesDomain && name === 'domain') return []
    if (losesSecure && needsHttps(name, value)) return []
    return mapsPath && name === 'path' ? withPublicPath(attribute, route) : attribute
  })
  return [pair, ...kept].join(';')
}

function needsHttps(name: string, value: string | undefined): boolean {
  return name === 'secure' || name === 'partitioned' || (name === 'samesite' && value === 'none')
}

/** A path that does not begin with a slash means the folder of the request, which needs no mapping. */
function withPublicPath(attribute: string, route: Route): string {
  return attribute.replace(/(?<==\s*)\/.*?(?=\s*$)/su, path => publicCookiePath(path, route))
}
