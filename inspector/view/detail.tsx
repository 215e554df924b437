import { useEffect, useRef, useState } from 'preact/hooks'
import type { DecisionView, ExchangeView } from '../../src/observe/exchange-view.js'
import { asCurl, asFetch } from '../model/as-request.js'
import { verdictOf } from '../model/filters.js'
import type { Entry } from '../model/timeline.js'
import { Fix, NearMissLine } from './advice.js'
import { Heads } from './heads.js'
import { JudgeAgain } from './judge-again.js'
import { about } from './live.js'
import { Badge, CopyButton, clock, milliseconds } from './parts.js'
import { useStore } from './store.js'
import { TimingBar } from './timing-bar.js'

interface DetailProps {
  readonly entry: Entry
  readonly selected: string
  readonly select: (id: string) => void
  readonly close: () => void
}

/** Everything known of one exchange, and of the preflight that asked for it. */
export function Detail({ entry, selected, select, close }: DetailProps) {
  const { main, preflight } = entry
  const view = preflight?.id === selected ? preflight : main
  const title = useRef<HTMLHeadingElement>(null)
  const [opened] = useState(main.id)
  const { url } = useStore(about)

  // Where the list makes room for the detail, the reader's place is here now.
  useEffect(() => {
    if (matchMedia('(max-width: 999px)').matches) title.current?.focus()
  }, [opened])

  return (
    <article class="detail" aria-label="Exchange">
      <header>
        <button type="button" class="close" onClick={close}>
          <span aria-hidden="true">←</span> Back to the list
        </button>
        <h2 tabIndex={-1} ref={title}>
          <b class="method">{view.method}</b> <span class="path">{view.target}</span>
        </h2>
        {preflight && (
          <fieldset class="pair">
            <legend class="sr">Preflight and actual request</legend>
            {[preflight, main].map(part => (
              <button
                type="button"
                key={part.id}
                aria-pressed={part === view}
                onClick={() => select(part.id)}
              >
                {part === preflight ? '1 Preflight' : '2 Actual request'} · {part.status}
              </button>
            ))}
          </fieldset>
        )}
      </header>
      <Verdict view={view} />
      {view.decision?.instead && <p class="near-miss">{view.decision.instead}</p>}
      {view.decision?.fix && <Fix fix={view.decision.fix} policyPath={view.decision.policyPath} />}
      {view.decision && <JudgeAgain key={view.id} view={view} decision={view.decision} />}
      <section aria-label="Timing">
        <h3>Timing</h3>
        <TimingBar view={view} />
      </section>
      <Heads view={view} />
      <section aria-label="Repeat">
        <h3>Repeat it</h3>
        <div class="actions">
          <CopyCurl view={view} url={url} />
          <CopyButton text={asFetch(view, url)} label="Copy as fetch" what="a fetch call" />
        </div>
        <p class="note">Secrets are masked and bodies are never kept: fill them in.</p>
      </section>
      <Facts view={view} />
    </article>
  )
}

function CopyCurl({ view, url }: { view: ExchangeView; url: string | undefined }) {
  const { text, leftOut } = asCurl(view, url)
  const without = leftOut.length === 0 ? '' : ` without ${leftOut.join(', ')}`
  return <CopyButton text={text} label="Copy as curl" what={`a curl command${without}`} />
}

function Verdict({ view }: { view: ExchangeView }) {
  const { decision } = view
  return (
    <section class={`verdict ${verdictOf(view)}`} aria-label="Verdict">
      <p>
        <Badge tone={verdictOf(view)}>{verdictOf(view)}</Badge>{' '}
        {decision && <code class="reason">{decision.reason}</code>}
        {decision?.reportOnly && <span class="chip">report only: nothing was changed</span>}
      </p>
      <p class="sentence">{decision?.sentence ?? unjudged(view)}</p>
      {decision?.nearMiss && <NearMissLine miss={decision.nearMiss} />}
      {view.failure && (
        <p class="sentence bad">
          The upstream gave no usable answer: <code>{view.failure}</code> {view.failureDetail}
        </p>
      )}
    </section>
  )
}

function unjudged(view: ExchangeView): string {
  return `The request was answered with ${view.status} before it could be judged.`
}

function Facts({ view }: { view: ExchangeView }) {
  const { decision } = view
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Kind', kindOf(decision)],
    ['Origin', decision?.origin],
    ['Matched entry', decision?.rule],
    ['Policy', decision && (decision.policyPath === '' ? 'global' : `path ${decision.policyPath}`)],
    ['Done', decision && done[decision.action]],
    ['Status', statusText(view)],
    ['Bytes', `${view.bytesIn} in, ${view.bytesOut} out`],
    ['Duration', milliseconds(view.durationMs)],
    ['Client', view.clientLeft ? `${view.client}, left early` : view.client],
    ['Started', `${new Date(view.startedAt).toLocaleDateString()} ${clock(view.startedAt)}`],
    ['Id', view.id],
  ]
  return (
    <section aria-label="Facts">
      <h3>Facts</h3>
      <dl class="facts">
        {facts.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
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

function kindOf(decision: DecisionView | undefined): string | undefined {
  return decision?.kind === 'upgrade' ? 'WebSocket upgrade' : decision?.kind
}

function statusText({ status, upstreamStatus }: ExchangeView): string {
  if (upstreamStatus === undefined) return `${status}, from the sidecar`
  return upstreamStatus === status ? `${status}` : `${status}; the upstream said ${upstreamStatus}`
}
