import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { isIP } from 'node:net'
import { isLoopbackName, loopbackAddresses } from '../../terms/loopback.js'

/** The shape that `net.connect` and `tls.connect` take as `lookup`. */
export type Lookup = (
  hostname: string,
  options: LookupOptions,
  callback: (
    error: NodeJS.ErrnoException | null,
    address: string | LookupAddress[],
    family?: number,
  ) => void,
) => void

/** Resolves a name to all its addresses. */
export type ResolveAll = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** How long an answer is used, in milliseconds: a changed address is followed well within 30 s. */
const FRESH_MS = 10_000

interface Entry {
  addresses: LookupAddress[] | undefined
  resolvedAt: number
  waiting: ((error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void)[]
}

/**
 * A look-up with one question under way per name and a short memory, so that a slow resolver costs
 * one thread of the pool and holds up nobody who already has an address. Failures are not kept.
 */
export function cachedLookup(resolveAll: ResolveAll = systemResolveAll): Lookup {
  const entries = new Map<string, Entry>()

  return (hostname, options, callback) => {
    const family = isIP(hostname)
    if (family !== 0) {
      answer([{ address: hostname, family }], options, callback)
      return
    }
    // RFC 6761, 6.3: these names mean this machine, in both families, whatever a resolver says.
    if (isLoopbackName(hostname)) {
      answer(loopbackAddresses, options, callback)
      return
    }
    let entry = entries.get(hostname)
    if (entry === undefined) {
      entry = { addresses: undefined, resolvedAt: 0, waiting: [] }
      entries.set(hostname, entry)
    }
    if (entry.addresses !== undefined && performance.now() - entry.resolvedAt < FRESH_MS) {
      const known = entry.addresses
      process.nextTick(() => answer(known, options, callback))
      return
    }
    entry.waiting.push((error, addresses) => {
      if (error !== null) callback(error, [])
      else answer(addresses, options, callback)
    })
    if (entry.waiting.length === 1) ask(hostname, entry)
  }

  function ask(hostname: string, entry: Entry): void {
    resolveAll(hostname, (error, addresses) => {
      entry.addresses = error === null && addresses.length > 0 ? addresses : undefined
      entry.resolvedAt = performance.now()
      for (const tell of entry.waiting.splice(0)) tell(error, addresses)
    })
  }
}

const systemResolveAll: ResolveAll = (hostname, callback) => {
  systemLookup(hostname, { all: true, verbatim: true }, callback)
}

function answer(
  addresses: LookupAddress[],
  options: LookupOptions,
  callback: Parameters<Lookup>[2],
): void {
  const wanted = options.family === 4 || options.family === 6 ? options.family : 0
  const fitting = wanted === 0 ? addresses : addresses.filter(a => a.family === wanted)
  const first = fitting[0]
  if (first === undefined) {
    callback(Object.assign(new Error('no address of that family'), { code: 'ENOTFOUND' }), [])
  } else if (options.all === true) callback(null, fitting)
  else callback(null, first.address, first.family)
}
