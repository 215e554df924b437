import type { RequestHead } from './request-head.js'
import type { Route } from './route.js'

/** What telling the upstream of its client needs to know of the settings. */
export interface ForwardedRules {
  readonly forwardedHeaders: 'append' | 'set' | 'off'
  /** In development: whatever scheme the client used, so that cookies for https only are set. */
  readonly tellsHttps: boolean
}

/**
 * Adds `X-Forwarded-For`, `-Proto`, `-Host`, `-Port`, `-Prefix` and `Forwarded` (RFC 7239) as this
 * connection and its route show them. What a trusted peer already said is kept and appended to, when
 * that is asked for; anything else is replaced.
 */
export function addForwarded(
  fields: string[],
  head: RequestHead,
  { publicPrefix }: Route,
  { forwardedHeaders, tellsHttps }: ForwardedRules,
): void {
  const before = forwardedHeaders === 'append' && head.isPeerTrusted ? head : undefined
  const scheme = tellsHttps ? 'https' : head.scheme
  const proto = tellsHttps ? scheme : (before?.forwardedProto ?? scheme)
  const host = before?.forwardedHost ?? head.host
  fields.push('X-Forwarded-For', appended(before?.forwardedFor, nodeName(head.peer)))
  fields.push('X-Forwarded-Proto', proto)
  if (host !== undefined) fields.push('X-Forwarded-Host', host)
  fields.push('X-Forwarded-Port', before?.forwardedPort ?? portOf(host, proto))
  const prefix = (before?.forwardedPrefix?.replace(/\/$/u, '') ?? '') + publicPrefix
  if (prefix !== '') fields.push('X-Forwarded-Prefix', prefix)
  fields.push('Forwarded', appended(before?.forwarded, forwardedElement(head, scheme)))
}

function appended(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

/** RFC 7239, 6.2: a peer without an address is unknown. */
function nodeName(peer: string): string {
  return peer === 'unix' ? 'unknown' : peer
}

function forwardedElement({ peer, host }: RequestHead, scheme: string): string {
  const client = peer.includes(':') ? `"[${peer}]"` : nodeName(peer)
  const element = `for=${client};proto=${scheme}`
  if (host === undefined) return element
  return host.includes(':') ? `${element};host="${host}"` : `${element};host=${host}`
}

function portOf(host: string | undefined, proto: string): string {
  if (host !== undefined) {
    const colon = host.lastIndexOf(':')
    if (colon > host.lastIndexOf(']') && colon < host.length - 1) return host.slice(colon + 1)
  }
  return proto === 'https' ? '443' : '80'
}
