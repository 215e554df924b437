import { writtenNames } from '../policy/name-list.js'
import type { PolicySet, PolicySettings } from '../policy/policy.js'
import { predict } from '../policy/prediction.js'
import type { Reason } from '../policy/reasons.js'
import type { Suggestion } from './suggest.js'
import type { OriginSeen, SuggestedSettings } from './suggested-settings.js'

/** What the running policy says to everything that an origin was seen to send. */
export interface Now {
  readonly isAllowed: boolean
  /** Of the first thing that is refused. */
  readonly reason: Reason | undefined
  readonly subject: string | undefined
}

/** A suggestion, and what it would change. */
export interface SuggestionNow extends Suggestion {
  readonly origins: readonly (OriginSeen & { readonly now: Now })[]
  readonly doubtful: readonly (OriginSeen & { readonly doubt: string; readonly now: Now })[]
  /** The running values of the options that it sets. */
  readonly running: SuggestedSettings
}

/** Holds a suggestion against the policy that runs. */
export function suggestionNow(
  suggestion: Suggestion,
  policies: PolicySet,
  settings: PolicySettings,
): SuggestionNow {
  const judged = <Seen extends OriginSeen>(seen: Seen) => ({ ...seen, now: judge(policies, seen) })
  const { allowOrigins, allowMethods } = settings
  const { origins, named, everybody, credentials } = policies.global
  return {
    ...suggestion,
    origins: suggestion.origins.map(judged),
    doubtful: suggestion.doubtful.map(judged),
    running: {
      allowOrigins,
      allowMethods,
      allowHeaders: writtenNames((origins.any ? everybody : named).headers),
      allowCredentials: credentials,
    },
  }
}

function judge(policies: PolicySet, { origin, methods, headers }: OriginSeen): Now {
  const asked = methods.length === 0 ? ['GET'] : methods
  for (const method of asked) {
    const { decision } = predict(policies, { origin, method, headers: headers.join(',') })
    if (decision.verdict === 'refused') {
      return { isAllowed: false, reason: decision.reason, subject: decision.subject }
    }
  }
  return { isAllowed: true, reason: undefined, subject: undefined }
}
