import type { Question } from '../policy/made-up-request.js'
import type { PolicySet, PolicySettings } from '../policy/policy.js'
import { predict, type Step } from '../policy/prediction.js'
import { fieldPairs } from '../terms/fields.js'
import { type DecisionView, decisionView, type HeaderLine } from './exchange-view.js'

export type { Question } from '../policy/made-up-request.js'

/** What would become of a made-up request. JSON-safe. */
export interface Explanation {
  readonly question: Required<Question>
  /** What stands: the preflight's refusal, else the decision on the actual request. */
  readonly decision: DecisionView
  readonly steps: readonly Step[]
  /** Undefined where a browser would not ask first. Status and head where the sidecar answers. */
  readonly preflight:
    | { readonly status: number; readonly headers: readonly HeaderLine[] }
    | undefined
  readonly response: { readonly headers: readonly HeaderLine[] }
  /** What the browser would then do, in a sentence or two. */
  readonly browser: string
}

/** The explanation of a made-up request, with the change that would allow it ready to paste. */
export function explain(
  policies: PolicySet,
  asked: Question,
  settings?: PolicySettings,
): Explanation {
  const { question, decision, steps, askedBy, preflight, responseHeaders, browser } = predict(
    policies,
    asked,
  )
  return {
    question,
    decision: decisionView(decision, askedBy, settings),
    steps,
    preflight: preflight && { status: preflight.status, headers: fieldPairs(preflight.headers) },
    response: { headers: fieldPairs(responseHeaders) },
    browser,
  }
}
