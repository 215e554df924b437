import type { SecureContextOptions } from 'node:tls'

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

/** How connections to `https` upstreams are made. */
export interface UpstreamTls extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  /** True switches verification off. */
  readonly insecure: boolean
}

/** Host and port as they stand in a `Host` line (RFC 9110, 7.2): a default port is left out. */
export function authorityOf({ protocol, hostname, port }: UpstreamAddress): string {
  if (protocol === 'unix:') return 'localhost'
  const host = hostname.includes(':') ? `[${hostname}]` : hostname
  return port === (protocol === 'https:' ? 443 : 80) ? host : `${host}:${port}`
}
