import type { Destination } from '../message/address.js'
import { cachedLookup } from './lookup.js'
import { UpstreamAgent } from './pool.js'

/**
 * One pool for each destination, whichever routes lead there and however often the settings were read
 * anew. One that nobody asks any more drops its last connection by itself, and is nothing then.
 */
export class UpstreamPools {
  private readonly lookup = cachedLookup()
  private readonly byKey = new Map<string, UpstreamAgent>()

  at(destination: Destination): UpstreamAgent {
    const { key } = destination
    const known = this.byKey.get(key)
    if (known !== undefined) return known
    const pool = new UpstreamAgent(destination, this.lookup)
    this.byKey.set(key, pool)
    return pool
  }

  /** Open connections, busy and idle; upgraded ones are counted no more. */
  get size(): number {
    let size = 0
    for (const pool of this.byKey.values()) size += pool.size
    return size
  }

  close(): void {
    for (const pool of this.byKey.values()) pool.close()
  }
}
