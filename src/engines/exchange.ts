// One exchange as the lacks of engines are seen in it.

import type { Decision, PolicyRequest } from '../policy/decision.js'
import type { PolicySet } from '../policy/policy.js'
import { eachField } from '../terms/fields.js'

/** One request, what the policy says of it, and the fields of the upstream's response, flat. */
export interface Exchange {
  /** Whether the upstream gives no answer. */
  readonly upstreamFails: boolean
  readonly policies: PolicySet
  readonly request: PolicyRequest
  readonly decision: Decision
  readonly upstream: readonly string[]
}

export const isGranted = ({ kind, verdict }: Decision): boolean =>
  kind === 'preflight' && verdict === 'allowed'

export const namesIn = (list: string | undefined): readonly string[] =>
  list === undefined ? [] : list.split(',').map(name => name.trim().toLowerCase())

/** Whether a page gets to read the response of the upstream. */
export const isReadable = ({ decision }: Exchange): boolean =>
  decision.kind === 'actual' && decision.action === 'forward' && decision.verdict === 'allowed'

export function hasNames(fields: readonly string[], isMeant: (name: string) => boolean): boolean {
  let found = false
  eachField(fields, name => {
    found ||= isMeant(name.toLowerCase())
  })
  return found
}
