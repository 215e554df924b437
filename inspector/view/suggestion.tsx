import { useEffect, useState } from 'preact/hooks'
import { settingsText } from '../../src/observe/settings-text.js'
import { type OriginSeen, settingsFor } from '../../src/observe/suggested-settings.js'
import type { Now, SuggestionNow } from '../../src/observe/suggestion-now.js'
import { originAdvice } from '../../src/policy/advice.js'
import { policyDiff } from '../model/policy-diff.js'
import { SettingsSnippet } from './advice.js'
import { readSuggestion } from './api.js'
import { Badge, Breakable, Scroller } from './parts.js'

/** The smallest policy that fits the traffic seen, from the origins that are ticked. */
export function Suggestion() {
  const [answer, setAnswer] = useState<SuggestionNow | Error>()
  const ask = () => void readSuggestion().then(setAnswer, setAnswer)
  useEffect(ask, [])
  return (
    <div class="sheet">
      <h2>The smallest policy that fits</h2>
      <p class="note">
        From the traffic seen since start. Anyone’s page can send a request: check that each origin
        is yours before you paste.
      </p>
      <button type="button" onClick={ask}>
        Look again
      </button>
      <div aria-live="polite">
        {answer instanceof Error && <p class="sentence bad">{answer.message}</p>}
        {answer && !(answer instanceof Error) && <Answer answer={answer} />}
      </div>
    </div>
  )
}

interface Line extends OriginSeen {
  readonly now: Now
  readonly doubt?: string
}

function Answer({ answer }: { answer: SuggestionNow }) {
  const { origins, doubtful, notes, running } = answer
  const lines: readonly Line[] = [...origins, ...doubtful]
  // What a person has ticked or unticked; the others are ticked unless doubtful.
  const [turned, setTurned] = useState<ReadonlyMap<string, boolean>>(new Map())
  const isTicked = ({ origin, doubt }: Line) => turned.get(origin) ?? doubt === undefined
  const picked = lines.filter(line => isTicked(line) && canBeListed(line))
  const tick = ({ origin }: Line, next: boolean) => setTurned(new Map(turned).set(origin, next))

  if (lines.length === 0) {
    return (
      <>
        <p class="empty">
          No page has called from another origin yet. Use your app for a while, then look again.
        </p>
        <Notes notes={notes} />
      </>
    )
  }
  return (
    <>
      <section aria-label="Origins seen">
        <h3>Origins seen, in {answer.exchanges} requests</h3>
        <Scroller label="Origins seen">
          <table class="wide">
            <thead>
              <tr>
                <th>Allow</th>
                <th>Origin</th>
                <th>Now</th>
                <th>Requests</th>
                <th>Methods</th>
                <th>Headers</th>
                <th>Cookies</th>
              </tr>
            </thead>
            <tbody>
              {lines.map(line => (
                <SeenRow
                  key={line.origin}
                  line={line}
                  isTicked={picked.includes(line)}
                  tick={next => tick(line, next)}
                />
              ))}
            </tbody>
          </table>
        </Scroller>
      </section>
      {picked.length === 0 ? (
        <p class="empty">Tick an origin that is yours to see the policy for it.</p>
      ) : (
        <Policy picked={picked} running={running} />
      )}
      <Notes notes={notes} />
    </>
  )
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <ul class="notes">
      {notes.map(note => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  )
}

/** The program would take it: no `null`, and nothing that can't be pasted. */
function canBeListed({ origin }: OriginSeen): boolean {
  return originAdvice(origin, true).fix !== undefined
}

function SeenRow({
  line,
  isTicked,
  tick,
}: {
  line: Line
  isTicked: boolean
  tick: (next: boolean) => void
}) {
  const { origin, exchanges, methods, headers, credentials, now, doubt } = line
  return (
    <tr class={doubt === undefined ? undefined : 'doubtful'}>
      <td>
        <input
          type="checkbox"
          aria-label={`Allow ${origin}`}
          checked={isTicked}
          disabled={!canBeListed(line)}
          onChange={event => tick(event.currentTarget.checked)}
        />
      </td>
      <th scope="row">
        <Breakable text={origin} />
        {doubt && <p class="doubt">Look twice: {doubt}</p>}
      </th>
      <td>
        <Badge outcome={now.isAllowed ? 'allowed' : 'refused'} />
        {now.reason && (
          <p class="note">
            <Breakable
              text={
                now.subject && now.subject !== origin ? `${now.reason}: ${now.subject}` : now.reason
              }
            />
          </p>
        )}
      </td>
      <td>{exchanges}</td>
      <td>{methods.join(', ') || '–'}</td>
      <td>{headers.join(', ') || '–'}</td>
      <td>{credentials ? 'yes' : 'no'}</td>
    </tr>
  )
}

function Policy({
  picked,
  running,
}: {
  picked: readonly OriginSeen[]
  running: SuggestionNow['running']
}) {
  const settings = settingsFor(picked)
  const diff = policyDiff(running, settings)
  const isSame = diff.every(({ added, removed }) => added.length + removed.length === 0)
  return (
    <>
      <section class="fix" aria-label="Suggested policy">
        <h3>
          The policy for {picked.length} {picked.length === 1 ? 'origin' : 'origins'}
        </h3>
        <SettingsSnippet text={settingsText({ ...settings })} what="The policy" />
      </section>
      <section aria-label="Difference">
        <h3>
          {isSame ? 'It is the running policy' : 'What it would change in the running policy'}
        </h3>
        <Scroller label="Difference to the running policy">
          <table class="changes">
            <thead class="sr">
              <tr>
                <th>Option</th>
                <th>Values</th>
              </tr>
            </thead>
            <tbody>
              {diff.map(({ option, added, removed, kept }) => (
                <tr key={option}>
                  <th scope="row">{option}</th>
                  <td>
                    <Values mark="+" word="adds" values={added} />
                    <Values mark="−" word="takes away" values={removed} />
                    <Values mark="" word="keeps" values={kept} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      </section>
    </>
  )
}

function Values({ mark, word, values }: { mark: string; word: string; values: readonly string[] }) {
  if (values.length === 0) return null
  return (
    <ul class={`values ${word.replace(' ', '-')}`} aria-label={word}>
      {values.map(value => (
        <li key={value}>
          <span aria-hidden="true">{mark}</span> <Breakable text={value} />
        </li>
      ))}
    </ul>
  )
}
