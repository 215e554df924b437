import type { ExchangeView } from '../../src/observe/exchange-view.js'

export interface Phase {
  readonly name: 'queue' | 'connect' | 'first byte' | 'body'
  readonly ms: number
}

/**
 * Where the time of an exchange went. The upstream's time runs from forwarding, so it contains
 * connecting. A reply of our own has one phase, and so has everything that took no time.
 */
export function phases(view: ExchangeView): readonly Phase[] {
  const { queuedMs, connectMs = 0, upstreamMs, durationMs } = view
  if (upstreamMs === undefined) {
    return seen([
      { name: 'queue', ms: queuedMs },
      { name: 'connect', ms: connectMs },
      { name: 'body', ms: durationMs - queuedMs - connectMs },
    ])
  }
  return seen([
    { name: 'queue', ms: queuedMs },
    { name: 'connect', ms: connectMs },
    { name: 'first byte', ms: upstreamMs - connectMs },
    { name: 'body', ms: durationMs - queuedMs - upstreamMs },
  ])
}

function seen(all: readonly Phase[]): readonly Phase[] {
  return all.filter(({ ms }) => ms > 0)
}
