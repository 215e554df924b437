import type { Exchange } from './exchange.js'

export interface RecentExchanges<View> {
  /** Keeps a reference; nothing is copied, masked or sent before somebody looks. */
  record(exchange: Exchange): void
  /** What is kept, oldest first. */
  list(): View[]
  /** The newest exchange with this id; undefined when it is gone. */
  find(id: string): View | undefined
  /** Calls `listener` after each exchange, until the function it returns is called. */
  subscribe(listener: Listener<View>): () => void
}

/** `view` makes what may be shown of the exchange; it is made once, however many ask. */
export type Listener<View> = (exchange: { readonly view: () => View }) => void

/**
 * Remembers the last `limit` exchanges for the inspector. Exchanges hold credentials: nothing
 * leaves here but what `toView` makes of them.
 */
export function createRecentExchanges<View>(
  limit: number,
  toView: (exchange: Exchange) => View,
): RecentExchanges<View> {
  const ring: Exchange[] = []
  const listeners = new Set<Listener<View>>()
  let next = 0

  const oldestFirst = () => [...ring.slice(next), ...ring.slice(0, next)]

  return {
    record(exchange) {
      if (limit > 0) {
        ring[next] = exchange
        next = (next + 1) % limit
      }
      if (listeners.size === 0) return
      let view: View | undefined
      const seen = {
        view: () => {
          view ??= toView(exchange)
          return view
        },
      }
      for (const listener of listeners) listener(seen)
    },
    list: () => oldestFirst().map(toView),
    find(id) {
      const found = oldestFirst().findLast(exchange => exchange.id === id)
      return found && toView(found)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
