/**
 * Makes a `Set-Cookie` line usable in local development: the `Domain` attribute goes, so that the
 * cookie belongs to the proxy's own host; on a plain-HTTP listener `Secure` and `SameSite=None` go
 * too, since browsers drop such cookies there.
 */
export function devCookie(line: string, isPlainHttp: boolean): string {
  return line
    .split(';')
    .filter((part, index) => index === 0 || !isDropped(part.trim().toLowerCase(), isPlainHttp))
    .join(';')
}

function isDropped(attribute: string, isPlainHttp: boolean): boolean {
  if (attribute === 'domain' || attribute.startsWith('domain=')) return true
  return isPlainHttp && (attribute === 'secure' || /^samesite\s*=\s*none$/.test(attribute))
}
