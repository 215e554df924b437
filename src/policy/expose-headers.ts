// Which response headers a page may read. A library cannot know the names beforehand; a proxy sees
// them, so `*` works with credentials too, by naming what is really there.

import { eachField, fieldValue } from '../terms/fields.js'
import { hopByHopNames } from '../terms/hop-by-hop.js'
import { isToken } from '../terms/token.js'
import { safelistedResponseHeaders, unexposableHeaders } from './header-names.js'
import { beginsAsListed, compileNames, type NameList } from './name-list.js'

/**
 * The listed names, and of those that the response carries what a star or a prefix covers: sorted,
 * lower case.
 * https://fetch.spec.whatwg.org/#http-access-control-expose-headers
 */
export function expandExpose(list: NameList, upstream: readonly string[]): string {
  const names = new Set(list.isAny ? [] : list.names)
  eachField(upstream, spelled => {
    const name = spelled.toLowerCase()
    const isListed = list.isAny || beginsAsListed(list, name, 0, name.length)
    if (isListed && isWorthExposing(name)) names.add(name)
  })
  return join(names)
}

/** Our list and the upstream's own, as one sorted lower-case list. */
export function mergeExpose(
  ours: NameList,
  credentials: boolean,
  upstream: readonly string[],
): string {
  const theirs = (fieldValue(upstream, 'access-control-expose-headers') ?? '')
    .split(',')
    .map(item => item.trim().toLowerCase())
  if (ours.isAny || theirs.includes('*')) return credentials ? expandExpose(anyName, upstream) : '*'
  const named = theirs.filter(name => isToken(name) && isWorthExposing(name))
  const listed = expandExpose(ours, upstream)
  return join(new Set([...(listed === '' ? [] : listed.split(', ')), ...named]))
}

const anyName = compileNames(['*'])

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
