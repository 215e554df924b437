import { useState } from 'preact/hooks'
import type { DecisionView, ExchangeView } from '../../src/observe/exchange-view.js'
import { headerOf } from '../model/timeline.js'
import { readExplanation } from './api.js'
import { Badge } from './parts.js'

/** Asks the policy that runs now about an exchange of the past, without sending anything. */
export function JudgeAgain({ view, decision }: { view: ExchangeView; decision: DecisionView }) {
  const [answer, setAnswer] = useState<DecisionView | Error>()
  const judge = () =>
    readExplanation({
      origin: decision.origin ?? '',
      method: headerOf(view, 'access-control-request-method') ?? view.method,
      headers: headerOf(view, 'access-control-request-headers') ?? '',
      path: view.target,
    }).then(explanation => setAnswer(explanation.decision), setAnswer)
  return (
    <section aria-label="Judge again">
      <button type="button" disabled={decision.origin === undefined} onClick={judge}>
        Judge again with the running policy
      </button>
      {answer instanceof Error && <p class="sentence bad">{answer.message}</p>}
      {answer && !(answer instanceof Error) && (
        <p class="sentence" role="status">
          <Badge tone={answer.verdict}>{answer.verdict}</Badge>{' '}
          {answer.verdict === decision.verdict ? 'As before. ' : 'This has changed. '}
          {answer.sentence}
        </p>
      )}
    </section>
  )
}
