// Built once per policy, asked once per request. Look-up cost depends on the origin's length and
// the number of its labels, never on how many entries the list has.

import { addLabelRule, type LabelRules, matchLabel } from './label-rules.js'
import { isLoopback, maxOriginLength, type ParsedOrigin, parseOrigin } from './origin.js'
import type { OriginPattern } from './origin-pattern.js'
import { addPort, fileUnder, matchPort, type OriginMatch, type PortRules } from './port-rules.js'

/** Answers whether an origin is on the allow-list, and by which entry. */
export interface OriginMatcher {
  /** True for the list that is `*` alone. */
  readonly any: boolean
  /** The entries it was compiled from. For near misses and warnings; matching does not read it. */
  readonly entries: readonly OriginEntry[]
  /** The entry that allows this serialised origin, or undefined. Never throws, whatever the bytes. */
  match(origin: string): OriginMatch | undefined
}

/** One entry of the allow-list: as the person wrote it, and what it covers. */
export interface OriginEntry {
  readonly text: string
  readonly pattern: OriginPattern
}

/** Compiles an allow-list. An empty one matches nothing. */
export function compileOrigins(entries: readonly OriginEntry[]): OriginMatcher {
  const any = entries.find(entry => entry.pattern.kind === 'any')
  if (any !== undefined) {
    const match: OriginMatch = { reason: 'any-origin', entry: any.text }
    return { any: true, entries, match: () => match }
  }
  const exact = new Map<string, OriginMatch>()
  for (const { text, pattern } of entries) {
    const origin = exactOrigin(pattern)
    if (origin !== undefined && !exact.has(origin)) {
      exact.set(origin, { reason: 'origin-exact', entry: text })
    }
  }
  const matchParsed = compileWildcards(entries)
  const regexes = compileRegexes(entries)
  return {
    any: false,
    entries,
    match(origin) {
      if (origin.length > maxOriginLength) return undefined
      const found = exact.get(origin)
      if (found !== undefined || (matchParsed === undefined && regexes === undefined)) return found
      const parsed = parseOrigin(origin)
      if (parsed === undefined) return undefined
      return matchParsed?.(parsed) ?? regexes?.(origin)
    },
  }
}

/** The one origin that an entry stands for, or undefined when it covers several. */
export function exactOrigin(pattern: OriginPattern): string | undefined {
  if (pattern.kind === 'null') return 'null'
  if (pattern.kind !== 'host' || pattern.port === '*') return undefined
  if (pattern.host.kind !== 'exact') return undefined
  return `${pattern.scheme}://${pattern.host.host}${pattern.port === 0 ? '' : `:${pattern.port}`}`
}

type ParsedMatch = (origin: ParsedOrigin) => OriginMatch | undefined

function compileWildcards(entries: readonly OriginEntry[]): ParsedMatch | undefined {
  const anyPort = new Map<string, PortRules>()
  const below = new Map<string, PortRules>()
  const labels: LabelRules = new Map()
  const anyHost: PortRules = new Map()
  let deepestBase = 0
  let loopback: OriginMatch | undefined
  let isEmpty = true
  for (const { text, pattern } of entries) {
    if (pattern.kind === 'loopback') {
      loopback ??= { reason: 'origin-loopback', entry: text }
      isEmpty = false
    }
    if (pattern.kind !== 'host' || exactOrigin(pattern) !== undefined) continue
    isEmpty = false
    const { host, scheme, port } = pattern
    const wildcard: OriginMatch = { reason: 'origin-wildcard', entry: text }
    if (host.kind === 'exact') {
      addPort(fileUnder(anyPort, host.host, newPorts), scheme, port, wildcard)
    } else if (host.kind === 'below') {
      deepestBase = Math.max(deepestBase, countLabels(host.base))
      addPort(fileUnder(below, host.base, newPorts), scheme, port, wildcard)
    } else if (host.kind === 'any') {
      // "Any https origin" means any port too, unless the entry names one.
      addPort(anyHost, scheme, port === 0 ? '*' : port, wildcard)
    } else {
      addLabelRule(labels, host, scheme, port, { reason: 'origin-pattern', entry: text })
    }
  }
  if (isEmpty) return undefined
  return origin => {
    const isName = origin.hostKind === 'name'
    return (
      matchPort(anyPort.get(origin.host), origin) ??
      (isName && below.size > 0 ? matchBelow(below, deepestBase, origin) : undefined) ??
      (isName && labels.size > 0 ? matchLabel(labels, origin) : undefined) ??
      (isLoopback(origin) ? loopback : undefined) ??
      (origin.hostKind === 'opaque' ? undefined : matchPort(anyHost, origin))
    )
  }
}

/** Walks the labels from the right, as deep as the deepest configured base and no further. */
function matchBelow(
  below: ReadonlyMap<string, PortRules>,
  deepestBase: number,
  origin: ParsedOrigin,
): OriginMatch | undefined {
  const host = origin.host
  let dot = host.length
  for (let depth = 1; depth <= deepestBase; depth++) {
    dot = host.lastIndexOf('.', dot - 1)
    if (dot <= 0) return undefined
    const found = matchPort(below.get(host.slice(dot + 1)), origin)
    if (found !== undefined) return found
  }
  return undefined
}

/** Attackers choose the keys, so the memory of recent answers is small and forgets the least used. */
function compileRegexes(
  entries: readonly OriginEntry[],
): ((origin: string) => OriginMatch | undefined) | undefined {
  const regexes: { readonly full: RegExp; readonly match: OriginMatch }[] = []
  for (const { text, pattern } of entries) {
    if (pattern.kind !== 'regex') continue
    const full = fullMatch(pattern.source)
    regexes.push({ full, match: { reason: 'origin-regex', entry: text } })
  }
  if (regexes.length === 0) return undefined
  const recent = new Map<string, OriginMatch | undefined>()
  return origin => {
    const isKnown = recent.has(origin)
    const match = isKnown
      ? recent.get(origin)
      : regexes.find(({ full }) => full.test(origin))?.match
    if (isKnown) recent.delete(origin)
    else if (recent.size >= maxRecent) recent.delete(recent.keys().next().value ?? '')
    recent.set(origin, match)
    return match
  }
}

/** The expression as it is used: always against the whole origin. Throws where it is no expression. */
export function fullMatch(source: string): RegExp {
  // Alone first: `a)|(b` is an error, and inside our group it would escape from it.
  const alone = new RegExp(source)
  return new RegExp(`^(?:${alone.source})$`)
}

function newPorts(): PortRules {
  return new Map()
}

function countLabels(host: string): number {
  let labels = 1
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) labels++
  return labels
}

const maxRecent = 256
