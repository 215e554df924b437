/** Counts wrong tokens by address, so that nobody can guess for long. */
export interface Tries {
  /** True when this address has used up its tries for now. */
  areSpent(peer: string | undefined): boolean
  /** Counts a wrong token. */
  failed(peer: string | undefined): void
}

const triesAMinute = 10
const minuteMs = 60_000
/** Addresses that are remembered; the one that began first makes room. */
const addressLimit = 1024

export function createTries(now: () => number): Tries {
  const failures = new Map<string, { readonly since: number; count: number }>()

  const current = (network: string) => {
    const known = failures.get(network)
    return known !== undefined && now() - known.since < minuteMs ? known : undefined
  }

  return {
    areSpent: peer => (current(networkOf(peer))?.count ?? 0) >= triesAMinute,
    failed(peer) {
      const network = networkOf(peer)
      const known = current(network)
      if (known !== undefined) {
        known.count++
        return
      }
      failures.delete(network)
      const [first] = failures.keys()
      if (first !== undefined && failures.size >= addressLimit) failures.delete(first)
      failures.set(network, { since: now(), count: 1 })
    },
  }
}

/** One IPv6 client has a whole /64 to ask from. */
function networkOf(peer: string | undefined): string {
  if (peer === undefined || !peer.includes(':') || peer.includes('.')) return peer ?? ''
  const [head = '', tail] = peer.split('::')
  const start = head.split(':')
  const end = tail === undefined ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - start.length - end.length)).fill('0')
  return [...start, ...zeros, ...end].slice(0, 4).join(':')
}
