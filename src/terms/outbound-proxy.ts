// An HTTP proxy on the way to the upstream: which one an upstream is reached through, if any.
import { BlockList, isIP } from 'node:net'
import { isLoopbackHost } from './loopback.js'

/** A proxy that listens for HTTP. */
export interface OutboundProxy {
  /** Name or address, IPv6 without brackets. */
  readonly hostname: string
  readonly port: number
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined
  /** Its URL as it was written. */
  readonly href: string
}

/** Hosts that are reached directly: one name and all below it, or the addresses of a network. */
export interface ProxyException {
  readonly host: string
  /** Of an address, how many of its bits count. */
  readonly prefix: number | undefined
  /** Undefined for every port. */
  readonly port: number | undefined
}

/** What the settings say of proxies, and, where they say `env`, what the environment does. */
export interface OutboundProxies {
  readonly from: 'off' | 'env' | 'url'
  readonly http: OutboundProxy | undefined
  readonly https: OutboundProxy | undefined
  /** `*` alone stands for every host. */
  readonly except: readonly ProxyException[] | '*'
}

/** Every upstream is reached directly. */
export const noProxies: OutboundProxies = {
  from: 'off',
  http: undefined,
  https: undefined,
  except: [],
}

interface Upstream {
  readonly protocol: 'http:' | 'https:' | 'unix:'
  readonly hostname: string
  readonly port: number
}

/**
 * The proxy on the way to an upstream. None leads to a unix socket, nor from another machine to this
 * one's loopback: that machine would look at its own.
 */
export function proxyTo(
  { protocol, hostname, port }: Upstream,
  { http, https, except }: OutboundProxies,
): OutboundProxy | undefined {
  const proxy = protocol === 'https:' ? https : protocol === 'http:' ? http : undefined
  if (proxy === undefined || except === '*') return undefined
  if (isLoopbackHost(hostname) && !isLoopbackHost(proxy.hostname)) return undefined
  return except.some(one => excepts(one, hostname, port)) ? undefined : proxy
}

function excepts({ host, prefix, port }: ProxyException, hostname: string, to: number): boolean {
  if (port !== undefined && port !== to) return false
  const family = isIP(hostname)
  if (prefix === undefined) {
    const name = hostname.replace(/\.$/u, '')
    return family === 0 && (name === host || name.endsWith(`.${host}`))
  }
  if (family === 0 || family !== isIP(host)) return false
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  const network = new BlockList()
  network.addSubnet(host, prefix, kind)
  return network.check(hostname, kind)
}
