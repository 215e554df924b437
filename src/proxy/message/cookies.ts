/**
 * Makes a `Set-Cookie` line usable in local development: the `Domain` attribute goes, so that the
 * cookie belongs to the proxy's own host; on a plain-HTTP listener `Secure` goes too, and what asks
 * for it (`SameSite=None`, `Partitioned`), since browsers drop such cookies there.
 */
export function devCookie(line: string, isPlainHttp: boolean): string {
  return line
    .split(';')
    .filter((part, index) => index === 0 || !isDropped(part.trim().toLowerCase(), isPlainHttp))
    .join(';')
}

function isDropped(attribute: string, isPlainHttp: boolean): boolean {
  if (/^domain\s*(?:=|$)/.test(attribute)) return true
  return isPlainHttp && /^(?:secure|partitioned|samesite\s*=\s*none)$/.test(attribute)
}
