import { useEffect, useState } from 'preact/hooks'
import type { Explanation } from '../../src/observe/explanation.js'
import type { Step } from '../../src/policy/prediction.js'
import { asQuestion, type Question } from '../model/as-question.js'
import { isRefusal } from '../model/outcome.js'
import type { Entry } from '../model/timeline.js'
import { Fix, GuideLink, NearMissLine } from './advice.js'
import { readExplanation } from './api.js'
import { live } from './live.js'
import { Badge, Breakable, Snippet } from './parts.js'
import { useStore } from './store.js'

const example: Question = {
  origin: 'https://app.example.com',
  method: 'GET',
  headers: '',
  path: '/',
  isUpgrade: false,
}

const typingMs = 150

/** A made-up request, judged by the running policy as it is typed. It begins as the last refusal. */
export function WhatIf() {
  const { entries } = useStore(live)
  const [typed, setTyped] = useState<Question>()
  const question = typed ?? lastRefusal(entries) ?? example
  const { answer, isStale } = useJudged(question)
  const set = (part: Partial<Question>) => setTyped({ ...question, ...part })
  const field = (name: 'origin' | 'method' | 'path' | 'headers', label: string, hint: string) => (
    <label class={name === 'method' ? 'short' : 'grow'}>
      <span>{label}</span>
      <input
        type="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={hint}
        value={question[name]}
        onInput={event => set({ [name]: event.currentTarget.value })}
      />
    </label>
  )
  return (
    <div class="sheet">
      <h2>What if a page sent this?</h2>
      <p class="note">
        Judged by the running policy as you type. Nothing is sent to the upstream.
        {typed === undefined && question !== example && ' This is the last refused request.'}
      </p>
      <form
        class="filters"
        onSubmit={event => event.preventDefault()}
        aria-label="A made-up request"
      >
        {field('origin', 'Origin', 'https://app.example.com')}
        {field('method', 'Method', 'GET')}
        {field('path', 'Path', '/')}
        {field('headers', 'Request headers', 'content-type, authorization')}
        <label class="tick">
          <input
            type="checkbox"
            checked={question.isUpgrade}
            onChange={event => set({ isUpgrade: event.currentTarget.checked })}
          />
          <span>WebSocket</span>
        </label>
      </form>
      <div aria-live="polite" aria-busy={isStale}>
        {answer instanceof Error && <p class="sentence bad">{answer.message}</p>}
        {answer && !(answer instanceof Error) && <Answer answer={answer} />}
      </div>
    </div>
  )
}

function lastRefusal(entries: readonly Entry[]): Question | undefined {
  const refused = entries.find(({ main }) => isRefusal(main))
  return refused && asQuestion(refused.main)
}

interface Judged {
  readonly answer: Explanation | Error | undefined
  /** True while the answer is to an older question. */
  readonly isStale: boolean
}

/** The verdict on what was typed last, a moment after; of two answers the one to the newer question. */
function useJudged(question: Question): Judged {
  const [judged, setJudged] = useState<{ asked: string; answer: Explanation | Error }>()
  const asked = JSON.stringify(question)
  useEffect(() => {
    let isCurrent = true
    const settle = (answer: Explanation | Error) => isCurrent && setJudged({ asked, answer })
    const timer = setTimeout(() => void readExplanation(question).then(settle, settle), typingMs)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [asked])
  return { answer: judged?.answer, isStale: judged?.asked !== asked }
}

function Answer({ answer }: { answer: Explanation }) {
  const { decision, steps, preflight, response, browser } = answer
  return (
    <>
      <section class={`verdict ${decision.verdict}`} aria-label="Summary">
        <p>
          <Badge outcome={decision.verdict} /> <code class="reason">{decision.reason}</code>
          {decision.rule && (
            <>
              {' '}
              by <code>{decision.rule}</code>
            </>
          )}
        </p>
        <p class="sentence">
          <Breakable text={decision.sentence} />
        </p>
        {decision.nearMiss && <NearMissLine miss={decision.nearMiss} />}
        <p class="note">{browser}</p>
        <GuideLink reason={decision.reason} />
      </section>
      <Steps steps={steps} />
      {decision.instead && <p class="near-miss">{decision.instead}</p>}
      {decision.fix && <Fix fix={decision.fix} policyPath={decision.policyPath} />}
      {preflight && (
        <section aria-label="Preflight response">
          <h3>Its preflight would get {preflight.status}</h3>
          <Snippet text={headText(preflight.headers)} what="Headers of the preflight response" />
        </section>
      )}
      <section aria-label="Response headers">
        <h3>The response would carry</h3>
        <Snippet text={headText(response.headers)} what="CORS headers of the response" />
      </section>
    </>
  )
}

const marks: Record<Step['outcome'], string> = { passed: '✓', refused: '✕', skipped: '·' }

function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <section aria-label="Steps">
      <h3>Step by step</h3>
      <ol class="steps">
        {steps.map(({ name, outcome, detail }) => (
          <li key={name} class={outcome}>
            <span aria-hidden="true">{marks[outcome]}</span>
            <b>{name}</b>
            <span>
              <span class="sr">{outcome}:</span> <Breakable text={detail} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

function headText(lines: Explanation['response']['headers']): string {
  return lines.map(([name, value]) => `${name}: ${value}`).join('\n') || 'no CORS headers'
}
