// `paths[].match`: a literal prefix, compared with the decoded and resolved request path.

import type { PathPolicySettings } from '../policy/policy.js'
import { error } from '../terms/finding.js'
import { normalisePath, pathReadings } from '../terms/path-readings.js'
import type { ItemFinding } from './option-finding.js'

/** The problem of one prefix, if it could never match or would not mean what it says. */
export function checkPathMatch(
  match: string,
  others: readonly PathPolicySettings[],
): ItemFinding | undefined {
  if (!match.startsWith('/')) {
    return invalid('is not a path prefix: it must begin with a slash', `/${match}`)
  }
  const cut = match.search(/[?#*]/u)
  if (cut !== -1) {
    return invalid(
      match[cut] === '*'
        ? 'is a literal prefix: a * in it would be taken as that very character'
        : 'has a query or fragment, and policies are chosen by the path alone',
      match.slice(0, cut),
    )
  }
  const normal = normaliseMatch(match)
  const isBroken = /%(?![0-9A-F]{2})/u.test(normal)
  if (isBroken || pathReadings(normal)?.length !== 1) {
    return invalid('has a character that servers read in different ways, so it is never matched')
  }
  if (others.some(other => normaliseMatch(other.match) === normal)) {
    return error('conflict', 'is the prefix of two path policies')
  }
  if (normal === match) return undefined
  return invalid('is not how the path looks once it is decoded and its dots are resolved', normal)
}

/** The prefix in the spelling that request paths are compared in. */
export function normaliseMatch(match: string): string {
  return normalisePath(match.replace(/[^\x21-\x7e]+/gu, encodeURIComponent))
}

function invalid(reason: string, correction?: string): ItemFinding {
  return error('value-invalid', reason, { correction })
}
