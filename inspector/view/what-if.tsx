import { useState } from 'preact/hooks'
import type { Explanation } from '../../src/observe/explanation.js'
import type { Step } from '../../src/policy/prediction.js'
import { Fix, NearMissLine } from './advice.js'
import { type QuestionFields, readExplanation } from './api.js'
import { Badge, Snippet } from './parts.js'

const start: QuestionFields = {
  origin: 'https://app.example.com',
  method: 'GET',
  headers: '',
  path: '/',
}

/** A made-up request, judged by the running policy. */
export function WhatIf() {
  const [question, setQuestion] = useState(start)
  const [answer, setAnswer] = useState<Explanation | Error>()
  const field = (name: keyof QuestionFields, label: string, hint: string) => (
    <label class={name === 'method' ? 'short' : 'grow'}>
      <span>{label}</span>
      <input
        type="text"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        required={name === 'origin'}
        placeholder={hint}
        value={question[name]}
        onInput={event => setQuestion({ ...question, [name]: event.currentTarget.value })}
      />
    </label>
  )
  const ask = (event: Event) => {
    event.preventDefault()
    void readExplanation(question).then(setAnswer, setAnswer)
  }
  return (
    <div class="sheet">
      <h2>What if a page asked?</h2>
      <p class="note">Judged by the running policy; nothing is sent to the upstream.</p>
      <form class="filters" onSubmit={ask} aria-label="A made-up request">
        {field('origin', 'Origin', 'https://app.example.com')}
        {field('method', 'Method', 'GET')}
        {field('path', 'Path', '/')}
        {field('headers', 'Request headers', 'content-type, authorization')}
        <button type="submit" class="primary">
          Judge
        </button>
      </form>
      <div aria-live="polite">
        {answer instanceof Error && <p class="sentence bad">{answer.message}</p>}
        {answer && !(answer instanceof Error) && <Answer answer={answer} />}
      </div>
    </div>
  )
}

function Answer({ answer }: { answer: Explanation }) {
  const { decision, steps, preflight, response, browser } = answer
  return (
    <>
      <section class={`verdict ${decision.verdict}`} aria-label="Verdict">
        <p>
          <Badge tone={decision.verdict}>{decision.verdict}</Badge>{' '}
          <code class="reason">{decision.reason}</code>
          {decision.rule && (
            <>
              {' '}
              by <code>{decision.rule}</code>
            </>
          )}
        </p>
        <p class="sentence">{decision.sentence}</p>
        {decision.nearMiss && <NearMissLine miss={decision.nearMiss} />}
        <p class="note">{browser}</p>
      </section>
      <Steps steps={steps} />
      {decision.instead && <p class="near-miss">{decision.instead}</p>}
      {decision.fix && <Fix fix={decision.fix} policyPath={decision.policyPath} />}
      {preflight && (
        <section aria-label="Preflight answer">
          <h3>Its preflight would get {preflight.status}</h3>
          <Snippet text={headText(preflight.headers)} what="Head of the preflight answer" />
        </section>
      )}
      <section aria-label="Response headers">
        <h3>The response would carry</h3>
        <Snippet text={headText(response.headers)} what="CORS lines of the response" />
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
              <span class="sr">{outcome}:</span> {detail}
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
