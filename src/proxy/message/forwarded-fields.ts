import type { RequestHead } from './request-head.js'

/** What becomes of `X-Forwarded-*` and `Forwarded`. */
export type ForwardedMode = 'append' | 'set' | 'off'

/**
 * Adds `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `Forwarded` (RFC 7239) as this connection
 * shows them. What a trusted peer already said is kept and appended to, when that is asked for;
 * anything else is replaced.
 */
export function addForwarded(fields: string[], head: RequestHead, mode: 'append' | 'set'): void {
  const before = mode === 'append' && head.isPeerTrusted ? head : undefined
  const { peer, scheme } = head
  const proto = before?.forwardedProto ?? scheme
  const host = before?.forwardedHost ?? head.host
  fields.push('X-Forwarded-For', appended(before?.forwardedFor, nodeName(peer)))
  fields.push('X-Forwarded-Proto', proto)
  if (host !== undefined) fields.push('X-Forwarded-Host', host)
  fields.push('X-Forwarded-Port', before?.forwardedPort ?? portOf(host, proto))
  fields.push('Forwarded', appended(before?.forwarded, forwardedElement(head)))
}

function appended(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

/** RFC 7239, 6.2: a peer without an address is unknown. */
function nodeName(peer: string): string {
  return peer === 'unix' ? 'unknown' : peer
}

function forwardedElement({ peer, scheme, host }: RequestHead): string {
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
