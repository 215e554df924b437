import type { OutboundProxy } from '../../terms/outbound-proxy.js'

/** Where the API is: one destination from the configuration. */
export interface UpstreamAddress {
  readonly protocol: 'http:' | 'https:' | 'unix:'
  /** Host name or address, IPv6 without brackets; empty for a unix socket. */
  readonly hostname: string
  readonly port: number
  readonly socketPath: string | undefined
  /** Path that every request target is appended to, without a trailing slash; may be empty. */
  readonly basePath: string
}

/** How connections to `https` upstreams are made; PEM texts. */
export interface UpstreamTls {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** True switches verification off. */
  readonly insecure: boolean
}

/** The proxy on the way, and whether it is asked for a tunnel (CONNECT) or for each resource. */
export interface Detour {
  readonly proxy: OutboundProxy
  readonly isTunnel: boolean
}

/** Where connections lead, and by what proof: those of one key can stand in for each other. */
export interface Destination {
  readonly key: string
  readonly address: UpstreamAddress
  readonly tls: UpstreamTls
  readonly detour: Detour | undefined
}

/** The base path is no part of it: that is for each request to say. */
export function destinationOf(
  address: UpstreamAddress,
  tls: UpstreamTls,
  detour?: Detour,
): Destination {
  const { protocol, hostname, port, socketPath } = address
  const proof = protocol === 'https:' ? [tls.ca, tls.cert, tls.key, tls.insecure] : []
  const key = JSON.stringify([protocol, hostname, port, socketPath, detour, ...proof])
  return { key, address, tls, detour }
}

/** Host and port as they stand in a `Host` line (RFC 9110, 7.2): a default port is left out. */
export function authorityOf({ protocol, hostname, port }: UpstreamAddress): string {
  if (protocol === 'unix:') return 'localhost'
  const host = hostname.includes(':') ? `[${hostname}]` : hostname
  return port === (protocol === 'https:' ? 443 : 80) ? host : `${host}:${port}`
}

/** The same with the port in any case, as CONNECT asks for it. */
export function fullAuthorityOf({ hostname, port }: UpstreamAddress): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}

/**
 * What stands for a client where clients share a limit: its address, or the /64 of IPv6, for that is
 * what one customer is given, to take addresses from at will (RFC 6177).
 */
export function shareOf(address: string): string {
  if (!address.includes(':')) return address
  const [before = '', after] = address.split('::')
  const groups = before.split(':')
  if (after !== undefined) {
    const behind = after === '' ? 0 : after.split(':').length
    for (let at = groups.length + behind; at < 8; at++) groups.push('0')
    groups.push(...after.split(':'))
  }
  return groups.slice(0, 4).join(':')
}
