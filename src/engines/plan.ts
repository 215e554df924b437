// The policies as a renderer needs them: what no engine can say is taken out already.

import { authorization } from '../policy/name-list.js'
import type { Policy, PolicySet } from '../policy/policy.js'
import type { HeaderLists } from '../policy/policy-rules.js'
import { type SaidOrigins, sayOrigins } from './origin-expressions.js'

export interface PlannedPolicy {
  /** The path prefix that it holds for; empty for all other paths. */
  readonly match: string
  readonly origins: SaidOrigins
  readonly credentials: boolean
  readonly methods: readonly string[]
  /** Lower-case names. */
  readonly headers: readonly string[] | '*'
  /** Whether a star must be joined by this name, which it does not cover. */
  readonly namesAuthorization: boolean
  readonly expose: readonly string[] | '*'
  /** Whether all names are to be listed, since with credentials a browser takes the star for one. */
  readonly listsExposed: boolean
  readonly maxAge: number | undefined
  readonly blocks: boolean
  readonly preflight: Policy['preflight']
  readonly preflightStatus: number
  /** Where the origin of a request without one comes from: a field, or one fixed origin. */
  readonly originFallback: Policy['originFallback']
  readonly allowPrivateNetwork: boolean
  readonly timingAllowOrigin: boolean
  readonly mergesExpose: boolean
}

/** The policy for all other paths, and those for paths, the longest prefix first. */
export interface Plan {
  readonly rest: PlannedPolicy
  readonly paths: readonly PlannedPolicy[]
}

export function planOf({ global, paths }: PolicySet): Plan {
  return { rest: planned(global), paths: paths.map(planned) }
}

/** All policies of a plan, as they are tried. */
export const policiesOf = ({ rest, paths }: Plan): readonly PlannedPolicy[] => [...paths, rest]

/** The lists for the pages that are let in: all of them, or those that are named. */
export const listsOf = ({ origins, named, everybody }: Policy): HeaderLists =>
  origins.any ? everybody : named

/** The methods with those that need no permission, for libraries that ask for permission all the same. */
export const methodsOf = ({ methods }: PlannedPolicy): readonly string[] => [
  ...new Set(['GET', 'HEAD', 'POST', ...methods]),
]

/** The header names as a list; a star in it covers all names but authorization. */
export function listedHeaders({ headers, namesAuthorization }: PlannedPolicy): readonly string[] {
  if (headers !== '*') return headers
  return namesAuthorization ? ['*', authorization] : ['*']
}

function planned(policy: Policy): PlannedPolicy {
  const { headers, exposeHeaders } = listsOf(policy)
  const listsExposed = exposeHeaders.isAny && policy.credentials
  return {
    match: policy.match,
    origins: sayOrigins(policy.origins.entries),
    credentials: policy.credentials,
    methods: [...policy.methods.names],
    headers: headers.isAny ? '*' : headers.names,
    namesAuthorization: headers.names.includes(authorization),
    expose: exposeHeaders.isAny ? (listsExposed ? [] : '*') : exposeHeaders.names,
    listsExposed,
    maxAge: policy.maxAge,
    blocks: policy.onDisallowed === 'block',
    preflight: policy.preflight,
    preflightStatus: policy.preflightStatus,
    originFallback: policy.originFallback,
    allowPrivateNetwork: policy.allowPrivateNetwork,
    timingAllowOrigin: policy.timingAllowOrigin,
    mergesExpose: policy.upstreamCors === 'merge-expose',
  }
}
