import { useEffect, useState } from 'preact/hooks'
import type { Suggestion as Suggested } from '../../src/observe/suggest.js'
import { SettingsSnippet } from './advice.js'
import { readSuggestion } from './api.js'
import { Scroller } from './parts.js'

/** The smallest policy that fits the traffic seen. */
export function Suggestion() {
  const [answer, setAnswer] = useState<Suggested | Error>()
  const ask = () => void readSuggestion().then(setAnswer, setAnswer)
  useEffect(ask, [])
  return (
    <div class="sheet">
      <h2>The smallest policy that fits</h2>
      <p class="note">
        From the traffic seen since start. Anyone's page can send a request: check that each origin
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

function Answer({ answer }: { answer: Suggested }) {
  const { origins, doubtful, notes, text } = answer
  return (
    <>
      {text ? (
        <section class="fix" aria-label="Suggested policy">
          <h3>
            {origins.length} {origins.length === 1 ? 'origin' : 'origins'}, {answer.exchanges}{' '}
            exchanges
          </h3>
          <SettingsSnippet text={text} what="The policy" />
        </section>
      ) : (
        <p class="empty">
          No page has asked from an origin that could be suggested. Use your app for a while, then
          look again.
        </p>
      )}
      {origins.length > 0 && (
        <section aria-label="What was seen">
          <h3>Seen</h3>
          <Scroller label="Table of origins">
            <table class="wide">
              <thead>
                <tr>
                  <th>Origin</th>
                  <th>Exchanges</th>
                  <th>Methods</th>
                  <th>Headers</th>
                  <th>Cookies</th>
                </tr>
              </thead>
              <tbody>
                {origins.map(seen => (
                  <tr key={seen.origin}>
                    <th scope="row">{seen.origin}</th>
                    <td>{seen.exchanges}</td>
                    <td>{seen.methods.join(', ')}</td>
                    <td>{seen.headers.join(', ') || '–'}</td>
                    <td>{seen.credentials ? 'yes' : 'no'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroller>
        </section>
      )}
      {doubtful.length > 0 && (
        <section class="verdict refused" aria-label="Left out">
          <h3>Left out: look twice</h3>
          <ul>
            {doubtful.map(({ origin, exchanges, doubt }) => (
              <li key={origin}>
                <code>{origin}</code> ({exchanges}): {doubt}
              </li>
            ))}
          </ul>
        </section>
      )}
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map(note => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  )
}
