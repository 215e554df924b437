// Which response headers a page may read. A library cannot know the names beforehand; a proxy sees
// them, so `*` works with credentials too, by naming what is really there.

import { isToken } from '../terms/token.js'
import { hopByHopHeaders, safelistedResponseHeaders, unexposableHeaders } from './header-names.js'

/** The names that the response carries and a page may read: sorted, lower case. */
export function expandExpose(upstream: readonly string[]): string {
  const names = new Set<string>()
  for (let i = 0; i < upstream.length; i += 2) {
    const name = (upstream[i] ?? '').toLowerCase()
    if (isWorthExposing(name)) names.add(name)
  }
  return join(names)
}

/** Our list and the upstream's own, as one sorted lower-case list. */
export function mergeExpose(
  ours: readonly string[] | '*',
  credentials: boolean,
  upstream: readonly string[],
): string {
  const names = new Set(ours === '*' ? [] : ours)
  let exposesAll = ours === '*'
  for (let i = 0; i < upstream.length; i += 2) {
    if (upstream[i]?.toLowerCase() !== 'access-control-expose-headers') continue
    for (const item of (upstream[i + 1] ?? '').split(',')) {
      const name = item.trim().toLowerCase()
      if (name === '*') exposesAll = true
      else if (isToken(name) && isWorthExposing(name)) names.add(name)
    }
  }
  if (!exposesAll) return join(names)
  return credentials ? expandExpose(upstream) : '*'
}

/** Pages see safelisted headers anyway, and must not be offered what describes one connection. */
export function isWorthExposing(name: string): boolean {
  return (
    name !== '' &&
    !safelistedResponseHeaders.has(name) &&
    !unexposableHeaders.has(name) &&
    !hopByHopHeaders.has(name) &&
    !name.startsWith('access-control-')
  )
}

function join(names: ReadonlySet<string>): string {
  return [...names].sort().join(', ')
}
