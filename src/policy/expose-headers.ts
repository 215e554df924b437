// Which response headers a page may read. A library cannot know the names beforehand; a proxy sees
// them, so `*` works with credentials too, by naming what is really there.

import { sameName } from '../terms/field-names.js'
import { eachField, fieldValue } from '../terms/fields.js'
import { hopByHopNames } from '../terms/hop-by-hop.js'
import { isToken } from '../terms/token.js'
import { safelistedResponseHeaders, unexposableHeaders } from './header-names.js'
import { beginsAsListed, compileNames, type NameList } from './name-list.js'
import { holdsName, tableOf } from './name-table.js'

/**
 * The listed names, and of those that the response carries what a star or a prefix covers: sorted,
 * lower case.
 * https://fetch.spec.whatwg.org/#http-access-control-expose-headers
 */
export function expandExpose(list: NameList, upstream: readonly string[]): string {
  return written(exposed(list, upstream))
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
  return written([...exposed(ours, upstream), ...named])
}

const anyName = compileNames(['*'])

/**
 * Pages see safelisted headers anyway, and must not be offered what describes one connection.
 * https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name
 */
export function isWorthExposing(name: string): boolean {
  return (
    name !== '' &&
    !holdsName(seenOrHidden, name, 0, name.length) &&
    !sameName(name, 0, 'access-control-')
  )
}

const seenOrHidden = tableOf([
  ...safelistedResponseHeaders,
  ...unexposableHeaders,
  ...hopByHopNames,
])

function exposed(list: NameList, upstream: readonly string[]): string[] {
  const names = list.isAny ? [] : [...list.names]
  eachField(upstream, name => {
    const isListed = list.isAny || beginsAsListed(list, name, 0, name.length)
    if (isListed && isWorthExposing(name)) names.push(name.toLowerCase())
  })
  return names
}

/** Sorted first, so that repeats stand together: a set for each response would cost more. */
function written(names: string[]): string {
  let text = ''
  let last = ''
  for (const name of names.sort()) {
    if (name !== last) text += last === '' ? name : `, ${name}`
    last = name
  }
  return text
}
