import type { ExchangeView } from '../../src/observe/exchange-view.js'

/**
 * What came of a request for its page. `hidden`: the API answered and the page may not look. `reported`: it would have
 * been refused, had the policy not only been reporting.
 */
export type Outcome = 'allowed' | 'hidden' | 'refused' | 'reported' | 'neutral'

export function outcomeOf({ decision, upstreamStatus }: ExchangeView): Outcome {
  if (decision === undefined) return 'refused'
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
export function troubleOf({ failure, decision, clientLeft }: ExchangeView): string | undefined {
  if (failure !== undefined) return failure
  if (decision?.verdict !== 'refused') return clientLeft ? 'client left' : undefined
  const { reason, subject, origin } = decision
  return subject === undefined || subject === origin ? reason : `${reason}: ${subject}`
}

export function isRefusal(view: ExchangeView): boolean {
  return view.decision?.verdict === 'refused'
}
