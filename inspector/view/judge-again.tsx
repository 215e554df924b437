import { useState } from 'preact/hooks'
import type { DecisionView, ExchangeView } from '../../src/observe/exchange-view.js'
import { asQuestion } from '../model/as-question.js'
import { readExplanation } from './api.js'
import { Badge } from './parts.js'

/** Asks the policy that runs now about a request of the past, without sending anything. */
export function JudgeAgain({ view, decision }: { view: ExchangeView; decision: DecisionView }) {
  const [answer, setAnswer] = useState<DecisionView | Error>()
  const judge = () =>
    readExplanation(asQuestion(view)).then(({ decision }) => setAnswer(decision), setAnswer)
  return (
    <section aria-label="Judge again">
      <button type="button" disabled={decision.origin === undefined} onClick={judge}>
        Judge again with the running policy
      </button>
      {answer instanceof Error && <p class="sentence bad">{answer.message}</p>}
      {answer && !(answer instanceof Error) && (
        <p class="sentence" role="status">
          <Badge outcome={answer.verdict} />{' '}
          {answer.verdict === decision.verdict ? 'As before. ' : 'This has changed. '}
          {answer.sentence}
        </p>
      )}
    </section>
  )
}
