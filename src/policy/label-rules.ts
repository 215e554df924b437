// In-label wildcards, `shop-*.pages.dev`: one free part of the leftmost label, next to a hyphen.

import type { ParsedOrigin } from './origin.js'
import { addPort, fileUnder, matchPort, type OriginMatch, type PortRules } from './port-rules.js'

/**
 * The in-label rules below one parent domain. Each is filed under the fixed text at its star's
 * hyphen, so a label asks once per hyphen, however many rules there are.
 */
interface ParentRules {
  readonly byPrefix: Map<string, Map<string, PortRules>>
  readonly bySuffix: Map<string, Map<string, PortRules>>
  longestPrefix: number
  longestSuffix: number
}

export type LabelRules = Map<string, ParentRules>

export function addLabelRule(
  rules: LabelRules,
  host: { readonly prefix: string; readonly suffix: string; readonly parent: string },
  scheme: string,
  port: number | '*',
  match: OriginMatch,
): void {
  const { prefix, suffix, parent } = host
  const below = fileUnder(rules, parent, newParentRules)
  if (prefix.endsWith('-')) {
    below.longestPrefix = Math.max(below.longestPrefix, prefix.length)
    const bySuffix = fileUnder(below.byPrefix, prefix, newRules)
    addPort(fileUnder(bySuffix, suffix, newPorts), scheme, port, match)
  } else {
    below.longestSuffix = Math.max(below.longestSuffix, suffix.length)
    const byPrefix = fileUnder(below.bySuffix, suffix, newRules)
    addPort(fileUnder(byPrefix, prefix, newPorts), scheme, port, match)
  }
}

export function matchLabel(rules: LabelRules, origin: ParsedOrigin): OriginMatch | undefined {
  const dot = origin.host.indexOf('.')
  if (dot <= 0) return undefined
  const below = rules.get(origin.host.slice(dot + 1))
  if (below === undefined) return undefined
  const label = origin.host.slice(0, dot)
  // The star covers letters, digits and hyphens; no fixed part can hold an underscore either.
  if (label.includes('_')) return undefined
  for (let i = label.indexOf('-'); i !== -1; i = label.indexOf('-', i + 1)) {
    if (i < below.longestPrefix) {
      const suffixes = below.byPrefix.get(label.slice(0, i + 1))
      const found = suffixes && matchRest(suffixes, label, i + 1, label.length, origin)
      if (found !== undefined) return found
    }
    if (label.length - i <= below.longestSuffix) {
      const prefixes = below.bySuffix.get(label.slice(i))
      const found = prefixes && matchRest(prefixes, label, 0, i, origin)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** Whether the free part, `label` from `start` to `end`, leaves at least one byte to the star. */
function matchRest(
  others: ReadonlyMap<string, PortRules>,
  label: string,
  start: number,
  end: number,
  origin: ParsedOrigin,
): OriginMatch | undefined {
  for (const [fixed, ports] of others) {
    if (end - start <= fixed.length) continue
    const isFixed =
      start === 0 ? label.startsWith(fixed) : label.startsWith(fixed, end - fixed.length)
    const found = isFixed ? matchPort(ports, origin) : undefined
    if (found !== undefined) return found
  }
  return undefined
}

function newParentRules(): ParentRules {
  return { byPrefix: new Map(), bySuffix: new Map(), longestPrefix: 0, longestSuffix: 0 }
}

function newRules(): Map<string, PortRules> {
  return new Map()
}

function newPorts(): PortRules {
  return new Map()
}
