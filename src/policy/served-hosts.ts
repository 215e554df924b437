// Which names this server answers to. A page of a foreign name that leads here (DNS rebinding) is of
// the same origin as what it asks for, so nothing else in the browser keeps it from reading the answer.

import { isCanonicalIpv4, isIpv6 } from './ip-address.js'
import { parseOrigin } from './origin.js'

/** Whether a `Host` value, port included or not, is one that is served. */
export type ServesHost = (host: string) => boolean

/** Most requests name the same host as the one before. */
function rememberingLast(serves: ServesHost): ServesHost {
  let last: string | undefined
  let isServed = false
  return host => {
    if (host !== last) {
      isServed = serves(host)
      last = host
    }
    return isServed
  }
}

/** Entries: a name, `*.name` for one or more labels before it, or `*`; ports never count. */
export function compileHosts(entries: readonly string[]): ServesHost {
  if (entries.includes('*')) return () => true
  const names = new Set(entries.map(plainHost))
  const suffixes = [...names].filter(name => name.startsWith('*.')).map(name => name.slice(1))
  return rememberingLast(host => {
    const name = plainHost(host)
    return (
      names.has(name) ||
      suffixes.some(suffix => name.length > suffix.length && name.endsWith(suffix))
    )
  })
}

/**
 * What a listener on this machine alone answers to: its own names and addresses, which no foreign
 * name server can give away, and the hosts of the origins that are listed one by one.
 */
export function compileLocalHosts(allowOrigins: readonly string[]): ServesHost {
  const named = compileHosts(localHosts(allowOrigins))
  return rememberingLast(host => named(host) || isAddress(plainHost(host)))
}

/** The same as entries, as far as entries can say it: of the addresses those of loopback. */
export function localHosts(allowOrigins: readonly string[]): readonly string[] {
  const origins = allowOrigins.flatMap(entry => {
    const host = parseOrigin(entry)?.host
    return host === undefined || host.includes('*') ? [] : [host]
  })
  return [...new Set(['localhost', '*.localhost', '127.0.0.1', '[::1]', ...origins])]
}

/** Lower case, without its port and the dot that may end a name. */
function plainHost(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  const name = (end > 0 ? host.slice(0, end) : host).toLowerCase()
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** Of IPv4 only as browsers write it: any other form is a name to somebody. */
function isAddress(host: string): boolean {
  const inside = /^\[(.*)\]$/.exec(host)?.[1]
  return inside === undefined ? isCanonicalIpv4(host) : isIpv6(inside)
}
