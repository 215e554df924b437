// Which response headers a page may read. A library cannot know the names beforehand; a proxy sees
// them, so `*` works with credentials too, by naming what is really there.

import { eachField, fieldValue } from '../terms/fields.js'
import { hopByHopNames } from '../terms/hop-by-hop.js'
import { isToken } from '../terms/token.js'
import { safelistedResponseHeaders, unexposableHeaders } from './header-names.js'

/**
 * The names that the response carries and a page may read: sorted, lower case.
 * https://fetch.spec.whatwg.org/#http-access-control-expose-headers
 */
export function expandExpose(upstream: readonly string[]): string {
  const names = new Set<string>()
  eachField(upstream, spelled => {
    const name = spelled.toLowerCase()
    if (isWorthExposing(name)) names.add(name)
  })
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
  for (const item of (fieldValue(upstream, 'access-control-expose-headers') ?? '').split(',')) {
    const name = item.trim().toLowerCase()
    if (name === '*') exposesAll = true
    else if (isToken(name) && isWorthExposing(name)) names.add(name)
  }
  if (!exposesAll) return join(names)
  return credentials ? expandExpose(upstream) : '*'
}

/**
 * Pages see safelisted headers anyway, and must not be offered what describes one connection.
 * https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
 */
export function isWorthExposing(name: string): boolean {
  return (
    name !== '' &&
    !safelistedResponseHeaders.has(name) &&
    !unexposableHeaders.has(name) &&
    !hopByHop.has(name) &&
    !name.startsWith('access-control-')
  )
}

const hopByHop: ReadonlySet<string> = new Set(hopByHopNames)

function join(names: ReadonlySet<string>): string {
  return [...names].sort().join(', ')
}
