// Tells a page that was served through the sidecar itself from a foreign one.

import type { PolicyRequest } from './decision.js'
import { defaultPort, parseOrigin } from './origin.js'

/**
 * Whether the request comes from a page of the very host it was sent to, or from no page at all.
 * `Sec-Fetch-Site` cannot be set by a script and survives rewritten hosts, so where it is present
 * it decides; only older clients are judged by comparing `Origin` with `Host`.
 * https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header
 */
export function isSameOrigin(request: PolicyRequest, origin: string): boolean {
  const site = request.secFetchSite
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (request.host === undefined) return false
  const parsed = parseOrigin(origin)
  if (parsed === undefined || parsed.scheme !== request.scheme) return false
  const port = parsed.port === 0 ? defaultPort(parsed.scheme) : parsed.port
  const host = request.host.toLowerCase()
  if (host === `${parsed.host}:${port}`) return true
  return port === defaultPort(parsed.scheme) && host === parsed.host
}
