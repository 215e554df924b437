import { wholeExpression } from './origin-expressions.js'
import { pathExpression, strangePath } from './paths.js'
import { type Plan, type PlannedPolicy, policiesOf } from './plan.js'

/** A policy with the condition under which it holds, which is none for the only one. */
interface Placed {
  readonly policy: PlannedPolicy
  readonly here: string
  readonly listed: string
}

export function placed(plan: Plan): readonly Placed[] {
  const policies = policiesOf(plan)
  return policies.map((policy, at) => ({
    policy,
    here: policies.length === 1 ? '' : `cors_${at}`,
    listed: policies.length === 1 ? 'cors_listed' : `cors_${at} cors_listed_${at}`,
  }))
}

/** Finds the policy of a request and whether its origin is listed. */
export function origins(plan: Plan): string[] {
  const last = policiesOf(plan).length - 1
  const lines = ['http-request set-var(txn.cors_origin) req.fhdr(origin)']
  if (plan.paths.length > 0) {
    lines.push(
      `http-request set-var(txn.cors_policy) int(${last})`,
      ...plan.paths
        .map(
          ({ match }, at) => `http-request set-var(txn.cors_policy) int(${at}) if ${path(match)}`,
        )
        .reverse(),
      '# A path that servers read in different ways falls under no policy.',
      `http-request set-var(txn.cors_policy) int(-1) if { path -m reg ${quoted(strangePath(plan.paths.map(({ match }) => match)))} }`,
      ...policiesOf(plan).map((_, at) => `acl cors_${at} var(txn.cors_policy) -m int ${at}`),
    )
  }
  for (const { policy, here } of placed(plan)) {
    const { originFallback } = policy
    if (originFallback === undefined) continue
    const other =
      'origin' in originFallback
        ? `str(${quoted(originFallback.origin)})`
        : `req.fhdr(${quoted(originFallback.header)})`
    lines.push(
      `http-request set-var(txn.cors_origin) ${other} if ${here} !{ req.fhdr(origin) -m found }`,
    )
  }
  for (const { policy, listed } of placed(plan)) {
    const acl = `acl ${listed.split(' ').at(-1)} var(txn.cors_origin) -m`
    lines.push(
      ...policy.origins.exact.map(origin => `${acl} str ${quoted(origin)}`),
      ...policy.origins.expressions.map(one => `${acl} reg ${quoted(wholeExpression(one))}`),
    )
    if (policy.origins.any) lines.push(`acl ${listed.split(' ').at(-1)} always_true`)
    else if (policy.origins.exact.length + policy.origins.expressions.length === 0) {
      lines.push(`acl ${listed.split(' ').at(-1)} always_false`)
    }
  }
  return lines
}

const path = (match: string): string => `{ path -m reg ${quoted(`^${pathExpression(match)}`)} }`

/** Nothing is special in single quotes but their end. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
