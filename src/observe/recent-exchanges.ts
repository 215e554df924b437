import type { Exchange } from './exchange.js'

export interface RecentExchanges<View> {
  /** Keeps a reference; nothing is copied, masked or sent before somebody looks. */
  record(exchange: Exchange): void
  /** What is kept, oldest first. */
  list(): View[]
  /** The newest exchange with this id; undefined when it is gone. */
  find(id: string): View | undefined
  /** The exchange itself, secrets included, by the key that its view was made with. */
  original(key: string): Exchange | undefined
  /** Calls `listener` after each exchange, until the function it returns is called. */
  subscribe(listener: Listener<View>): () => void
}

/** `view` makes what may be shown of the exchange; it is made once, however many ask. */
export type Listener<View> = (exchange: { readonly view: () => View }) => void

interface Kept {
  readonly exchange: Exchange
  readonly key: string
}

/**
 * Remembers the last `limit` exchanges for the inspector. Exchanges hold credentials: nothing is shown
 * but what `toView` makes of them. An id is the client's choice and may come twice; a key is ours.
 */
export function createRecentExchanges<View>(
  limit: number,
  toView: (exchange: Exchange, key: string) => View,
): RecentExchanges<View> {
  const ring: Kept[] = []
  const listeners = new Set<Listener<View>>()
  // A page outlives a restart, and must not take new exchanges for those of the last run.
  const run = Date.now().toString(36)
  let count = 0
  let next = 0

  const oldestFirst = () => [...ring.slice(next), ...ring.slice(0, next)]

  return {
    record(exchange) {
      const key = `${run}-${count++}`
      if (limit > 0) {
        ring[next] = { exchange, key }
        next = (next + 1) % limit
      }
      if (listeners.size === 0) return
      let view: View | undefined
      const seen = {
        view: () => {
          view ??= toView(exchange, key)
          return view
        },
      }
      for (const listener of listeners) listener(seen)
    },
    list: () => oldestFirst().map(({ exchange, key }) => toView(exchange, key)),
    find(id) {
      const found = oldestFirst().findLast(({ exchange }) => exchange.id === id)
      return found && toView(found.exchange, found.key)
    },
    original: wanted => ring.find(({ key }) => key === wanted)?.exchange,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
