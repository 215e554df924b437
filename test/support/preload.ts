/** Flags for Node that run this code before the program: the fault that a test injects. */
export function preload(code: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
}

/**
 * Code for {@link preload} that puts `lookup(hostname, callback)`, given as source text, in the place
 * of the system's resolver, for all but addresses. Its callback takes an error or null, and a list of
 * IPv4 addresses.
 */
export function resolverCode(lookup: string): string {
  return `
    import dns from 'node:dns'
    import { syncBuiltinESMExports } from 'node:module'
    import { isIP } from 'node:net'
    const lookup = ${lookup}
    const system = dns.lookup
    dns.lookup = (hostname, options, callback) => {
      if (isIP(hostname)) system(hostname, options, callback)
      else lookup(hostname, (error, addresses = []) =>
        callback(error, addresses.map(address => ({ address, family: 4 }))))
    }
    syncBuiltinESMExports()`
}
