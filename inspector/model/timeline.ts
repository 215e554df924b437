import type { ExchangeView } from '../../src/observe/exchange-view.js'

/** One row: an exchange, with the preflight that asked for it where one was seen. */
export interface Entry {
  /** Of `main`. Ids are the clients' and may come twice. */
  readonly key: string
  readonly main: ExchangeView
  /** The preflight of `main`; undefined when there was none or `main` is itself a preflight. */
  readonly preflight: ExchangeView | undefined
}

export interface Timeline {
  /** Newest first. The array is replaced, never changed, when something was added. */
  readonly entries: readonly Entry[]
  add(views: readonly ExchangeView[]): void
  has(key: string): boolean
  clear(): void
}

// A browser sends the actual request as soon as it has the answer to its preflight.
const longestGapMs = 30_000

/** Keeps the newest exchanges, at most `limit`, each preflight paired with its actual request. */
export function createTimeline(limit: number): Timeline {
  let entries: readonly Entry[] = []
  const known = new Set<string>()

  function paired(main: ExchangeView, among: readonly Entry[]): Entry | undefined {
    if (main.decision.kind !== 'actual' || main.decision.origin === undefined) return undefined
    return among.find(({ main: asked }) => isPreflightOf(asked, main))
  }

  function oldestDropped(all: readonly Entry[]): readonly Entry[] {
    let count = 0
    const end = all.findIndex(entry => {
      count += entry.preflight ? 2 : 1
      return count > limit
    })
    if (end < 0) return all
    for (const { main, preflight } of all.slice(end)) {
      known.delete(main.key)
      if (preflight) known.delete(preflight.key)
    }
    return all.slice(0, end)
  }

  return {
    get entries() {
      return entries
    },
    add(views) {
      let next = entries
      // What would be dropped at once is not worth pairing.
      for (const main of views.slice(-limit)) {
        if (known.has(main.key)) continue
        known.add(main.key)
        const preflight = paired(main, next)
        next = [
          { key: main.key, main, preflight: preflight?.main },
          ...(preflight ? next.filter(entry => entry !== preflight) : next),
        ]
      }
      entries = next === entries ? entries : oldestDropped(next)
    },
    has: key => known.has(key),
    clear() {
      entries = []
      known.clear()
    },
  }
}

function isPreflightOf(asked: ExchangeView, main: ExchangeView): boolean {
  const gap = main.startedAt - asked.startedAt
  return (
    asked.decision.kind === 'preflight' &&
    asked.decision.origin === main.decision.origin &&
    asked.target === main.target &&
    gap >= 0 &&
    gap <= longestGapMs &&
    headerOf(asked, 'access-control-request-method') === main.method
  )
}

/** The first value of a request header, by its lower-case name. */
export function headerOf(view: ExchangeView, name: string): string | undefined {
  return view.requestHeaders.find(([line]) => line.toLowerCase() === name)?.[1]
}

/** True when the entry is, or contains, the exchange of that key. */
export function holds({ main, preflight }: Entry, key: string | undefined): boolean {
  return key !== undefined && (main.key === key || preflight?.key === key)
}
