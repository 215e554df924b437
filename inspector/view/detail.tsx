import { useEffect, useRef, useState } from 'preact/hooks'
import type { DecisionView, ExchangeView } from '../../src/observe/exchange-view.js'
import { isTurnedAway, outcomeOf, statusWords } from '../model/outcome.js'
import type { Entry } from '../model/timeline.js'
import { Fix, GuideLink, NearMissLine } from './advice.js'
import { Headers } from './headers.js'
import { JudgeAgain } from './judge-again.js'
import { Badge, Breakable, clock, milliseconds } from './parts.js'
import { Replay } from './replay.js'
import { TimingBar } from './timing-bar.js'

interface DetailProps {
  readonly entry: Entry
  readonly selected: string
  readonly select: (key: string) => void
  /** Told the id of a request that was replayed. */
  readonly replayed: (id: string) => void
  readonly close: () => void
}

/** Everything known of one request, and of the preflight that asked for it. */
export function Detail({ entry, selected, select, replayed, close }: DetailProps) {
  const { main, preflight } = entry
  const view = preflight?.key === selected ? preflight : main
  const title = useRef<HTMLHeadingElement>(null)
  const [opened] = useState(main.key)

  // Where the list makes room for the detail, the reader's place is here now.
  useEffect(() => {
    if (matchMedia('(max-width: 999px)').matches) title.current?.focus()
  }, [opened])

  return (
    <article class="detail" aria-label="Request">
      <header>
        <button type="button" class="close" onClick={close}>
          <span aria-hidden="true">←</span> Back to the list
        </button>
        <h2 tabIndex={-1} ref={title}>
          <b class="method">{view.method}</b>{' '}
          <span class="path">
            <Breakable text={view.target} />
          </span>
        </h2>
        {preflight && (
          <fieldset class="pair">
            <legend class="sr">Preflight and actual request</legend>
            {[preflight, main].map(part => (
              <button
                type="button"
                key={part.key}
                aria-pressed={part === view}
                onClick={() => select(part.key)}
              >
                {part === preflight ? '1 Preflight' : '2 Actual request'} · {part.status}
              </button>
            ))}
          </fieldset>
        )}
      </header>
      <Summary view={view} />
      {view.decision.instead && <p class="near-miss">{view.decision.instead}</p>}
      {view.decision.fix && <Fix fix={view.decision.fix} policyPath={view.decision.policyPath} />}
      <JudgeAgain key={view.key} view={view} decision={view.decision} />
      <section aria-label="Timing">
        <h3>Timing</h3>
        <TimingBar view={view} />
      </section>
      <Headers view={view} />
      <Replay key={`replay ${view.key}`} view={view} replayed={replayed} />
      <Details view={view} />
    </article>
  )
}

function Summary({ view }: { view: ExchangeView }) {
  const { decision, failure, failureDetail, trouble } = view
  const outcome = outcomeOf(view)
  return (
    <section class={`verdict ${outcome}`} aria-label="Summary">
      <p>
        <Badge outcome={outcome} />
        {outcome === 'hidden' && <span class="said">{statusWords(view)}</span>}{' '}
        <code class="reason">{decision.reason}</code>
      </p>
      <p class="sentence">{decision.sentence}</p>
      {isTurnedAway(view) && (
        <p class="sentence bad">The sidecar turned it away itself, with {view.status}.</p>
      )}
      {decision.nearMiss && <NearMissLine miss={decision.nearMiss} />}
      {failure && (
        <p class="sentence bad">
          {trouble?.happened} <code>{failure}</code>{' '}
          {failureDetail && <Breakable text={failureDetail} />}
        </p>
      )}
      {trouble && <p class="near-miss">{trouble.cure}</p>}
      <GuideLink reason={failure ?? decision.reason} />
    </section>
  )
}

function Details({ view }: { view: ExchangeView }) {
  const { decision } = view
  const details: readonly (readonly [string, string | undefined])[] = [
    ['Kind', kindOf(decision)],
    ['Origin', decision.origin],
    ['Matched entry', decision.rule],
    ['Policy', decision.policyPath === '' ? 'global' : `path ${decision.policyPath}`],
    ['Done', isTurnedAway(view) ? done.block : done[decision.action]],
    ['Status', statusText(view)],
    ['Bytes', `${view.bytesIn} in, ${view.bytesOut} out`],
    ['Duration', milliseconds(view.durationMs)],
    ['Client', view.clientLeft ? `${view.client}, left early` : view.client],
    ['Started', `${new Date(view.startedAt).toLocaleDateString()} ${clock(view.startedAt)}`],
    ['Id', view.id],
  ]
  return (
    <section aria-label="Details">
      <h3>Details</h3>
      <dl class="details">
        {details.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  <Breakable text={value} />
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  )
}

const done: Record<DecisionView['action'], string> = {
  forward: 'forwarded to the upstream',
  answer: 'answered by the sidecar',
  block: 'stopped before the upstream',
}

function kindOf(decision: DecisionView): string {
  return decision.kind === 'upgrade' ? 'WebSocket upgrade' : decision.kind
}

function statusText({ status, upstreamStatus }: ExchangeView): string {
  if (upstreamStatus === undefined) return `${status}, from the sidecar`
  return upstreamStatus === status ? `${status}` : `${status}; the upstream said ${upstreamStatus}`
}
