import type { RequestHead } from './request-head.js'

/** What becomes of `X-Forwarded-*` and `Forwarded`. */
export type ForwardedMode = 'append' | 'set' | 'off'

/**
 * Adds `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `Forwarded` (RFC 7239) as this connection
 * shows them. What a trusted peer already said is kept and appended to; anyone else's is replaced.
 */
export function appendedForwarded(fields: string[], head: RequestHead): void {
  const before = head.isPeerTrusted ? head : undefined
  const { peer, scheme } = head
  const proto = before?.forwardedProto ?? scheme
  const host = before?.forwardedHost ?? head.host
  fields.push('X-Forwarded-For', appended(before?.forwardedFor, peer))
  fields.push('X-Forwarded-Proto', proto)
  if (host !== undefined) fields.push('X-Forwarded-Host', host)
  fields.push('X-Forwarded-Port', before?.forwardedPort ?? portOf(host, proto))
  fields.push('Forwarded', appended(before?.forwarded, forwardedElement(head)))
}

function appended(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

function forwardedElement({ peer, scheme, host }: RequestHead): string {
  const client = peer === 'unix' ? 'unknown' : peer.includes(':') ? `"[${peer}]"` : peer
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
