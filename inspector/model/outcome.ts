import type { ExchangeView } from '../../src/observe/exchange-view.js'

/**
 * What came of a request for its page. `hidden`: the API answered and the page may not look. `reported`: it would have
 * been refused, had the policy not only been reporting.
 */
export type Outcome = 'allowed' | 'hidden' | 'refused' | 'reported' | 'neutral'

export function outcomeOf({ decision, upstreamStatus }: ExchangeView): Outcome {
  if (decision.verdict !== 'refused') return decision.verdict
  if (decision.reportOnly) return 'reported'
  return decision.kind === 'actual' && upstreamStatus !== undefined ? 'hidden' : 'refused'
}

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  allowed: 'allowed',
  hidden: 'hidden from the page',
  refused: 'refused',
  reported: 'would be refused',
  neutral: 'no CORS',
}

/** The status as a person reads it: what is hidden was said to nobody but us. */
export function statusWords(view: ExchangeView): string {
  return outcomeOf(view) === 'hidden' ? `API said ${view.upstreamStatus}` : `${view.status}`
}

/** What went wrong, and what exactly: `header-not-allowed: x-trace-id`. */
export function troubleOf(view: ExchangeView): string | undefined {
  const { failure, decision, clientLeft } = view
  if (failure !== undefined) return failure
  if (isTurnedAway(view)) return 'rejected by the sidecar'
  if (decision.verdict !== 'refused') return clientLeft ? 'client left' : undefined
  const { reason, subject, origin } = decision
  return subject === undefined || subject === origin ? reason : `${reason}: ${subject}`
}

/** The policy had nothing against it, and yet it never got to the upstream, as with a body that is too large. */
export function isTurnedAway(view: ExchangeView): boolean {
  const { decision, status, upstreamStatus, failure, clientLeft } = view
  const isOurs = upstreamStatus === undefined && failure === undefined && !clientLeft
  return isOurs && decision.action === 'forward' && status >= 400
}

export function isRefusal(view: ExchangeView): boolean {
  return view.decision.verdict === 'refused'
}
