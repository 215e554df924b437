// Chooses the policy by path. The sidecar and the upstream may not read a strange path alike
// (`/public%2f..%2fadmin`), so where readings differ, every policy that could be meant is returned.

import { pathReadings, readsOneWay } from '../terms/path-readings.js'
import type { Policy, PolicySet } from './policy.js'

/** One policy for a plain path; for another each that some reading of it selects. */
export type PolicyChoice = readonly [Policy, ...Policy[]]

/** The policies that a request target could mean, that of the path as it came first. */
export function policiesForTarget(policies: PolicySet, target: string): PolicyChoice {
  if (target.charCodeAt(0) !== SLASH) return [policies.global]
  if (readsOneWay(target)) return [policyForPath(policies, target)]
  const readings = pathReadings(target)
  if (readings === undefined) return [policies.global, ...policies.paths]
  const chosen = new Set(readings.map(reading => policyForPath(policies, reading)))
  const [first = policies.global, ...others] = chosen
  return [first, ...others]
}

function policyForPath(policies: PolicySet, path: string): Policy {
  for (const policy of policies.paths) {
    if (covers(policy.match, path)) return policy
  }
  return policies.global
}

/** A folder is covered with what is in it: most servers answer `/admin` by the handler of `/admin/`. */
function covers(match: string, path: string): boolean {
  if (path.startsWith(match)) return true
  const end = match.length - 1
  return (
    match.charCodeAt(end) === SLASH && endsAt(path, end) && match.startsWith(path.slice(0, end))
  )
}

function endsAt(path: string, at: number): boolean {
  if (path.length === at) return true
  const code = path.charCodeAt(at)
  return code === QUESTION || code === HASH
}

const HASH = 0x23
const SLASH = 0x2f
const QUESTION = 0x3f
