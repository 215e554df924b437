import { isAccessControl } from '../../policy/header-names.js'
import { fieldPairs } from '../../terms/fields.js'
import { hopByHopNames } from '../../terms/hop-by-hop.js'
import { compileRequestNames, type KindOf, PLAIN } from './field-kinds.js'

/** Name and value. */
export type Trailer = [string, string]

/**
 * Fields that a trailer section may not carry: framing, routing, judging (RFC 9110, 6.5.1). Some
 * servers add trailers to the header, where they would pass for what was checked there.
 */
const isNeverTrailer = compileRequestNames([
  ...hopByHopNames,
  'content-length',
  'host',
  'expect',
  'max-forwards',
  'range',
  'authorization',
  'www-authenticate',
  'cookie',
  'set-cookie',
  'origin',
  'vary',
  'cache-control',
  'content-type',
  'content-encoding',
  'content-range',
  'location',
  'age',
  'date',
  'expires',
])

/** The trailer fields of a request that may be relayed; undefined when there are none. */
export function requestTrailers(
  raw: readonly string[],
  rules: {
    readonly kindOf: KindOf
    readonly isSetRequestField: (name: string) => boolean
  },
): Trailer[] | undefined {
  return relayed(raw, name => rules.kindOf(name) !== PLAIN || rules.isSetRequestField(name))
}

/** The trailer fields of a response that may be relayed; undefined when there are none. */
export function responseTrailers(
  raw: readonly string[],
  rules: { readonly dropsResponseField: (name: string) => boolean },
): Trailer[] | undefined {
  return relayed(raw, rules.dropsResponseField)
}

function relayed(raw: readonly string[], isOurs: (name: string) => boolean): Trailer[] | undefined {
  const pairs = fieldPairs(raw).filter(
    ([name]) => !isNeverTrailer(name) && !isAccessControl(name) && !isOurs(name),
  )
  return pairs.length === 0 ? undefined : pairs
}
