import { useState } from 'preact/hooks'
import type { Explained, Report } from '../../src/why/report.js'
import { readReport } from './api.js'
import { Breakable, Snippet } from './parts.js'

const example =
  "Access to fetch at 'http://localhost:5000/things' from origin 'http://localhost:3000' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."

/** A box for what a console says: the cause comes out, and the cure. */
export function Why() {
  const [text, setText] = useState('')
  const [answer, setAnswer] = useState<Report | Error>()
  const ask = (event: Event) => {
    event.preventDefault()
    void readReport(text).then(setAnswer, setAnswer)
  }
  return (
    <div class="sheet">
      <h2>Why did it fail?</h2>
      <p class="note">
        Paste red lines of the console, “Copy as cURL” or “Copy as fetch” of a request, or a
        response head. It is read here; nothing is sent to anybody.
      </p>
      <form class="copied" onSubmit={ask} aria-label="What was copied">
        <textarea
          aria-label="What the console says"
          rows={6}
          autocomplete="off"
          spellcheck={false}
          placeholder={example}
          value={text}
          onInput={event => setText(event.currentTarget.value)}
        />
        <button type="submit" disabled={text.trim() === ''}>
          Tell me why
        </button>
      </form>
      <div aria-live="polite">
        {answer instanceof Error && <p class="sentence bad">{answer.message}</p>}
        {answer && !(answer instanceof Error) && <Answer report={answer} />}
      </div>
    </div>
  )
}

function Answer({ report: { causes, unrecognised } }: { report: Report }) {
  return (
    <>
      {causes.map((cause, at) => (
        <CauseOf key={at} cause={cause} />
      ))}
      {causes.length === 0 && (
        <p class="empty">
          Nothing here is recognised. Whole lines of Chromium, Firefox or Safari about CORS,
          connections, certificates or cookies are, also when they are cut off.
        </p>
      )}
      {causes.length > 0 && unrecognised.length > 0 && (
        <p class="note">Not recognised: {unrecognised.join(' · ')}</p>
      )}
    </>
  )
}

function CauseOf({ cause }: { cause: Explained }) {
  const { certainty, code, message, method, url, origin, evidence, cure, guide } = cause
  const asked = [method, url, origin && `from ${origin}`].filter(Boolean).join(' ')
  return (
    <section class="verdict" aria-label="Cause">
      <p>
        <b>{certainty}</b> <code class="reason">{code}</code>
      </p>
      <p class="sentence">
        <Breakable text={message} />
      </p>
      {asked !== '' && (
        <p class="note">
          <Breakable text={asked} />
        </p>
      )}
      {evidence.map(seen => (
        <p class="note" key={seen}>
          Seen: <Breakable text={seen} />
        </p>
      ))}
      {cure.server && (
        <>
          <h3>In {cure.server.name}</h3>
          <Snippet text={cure.server.text} what={`The cure in ${cure.server.name}`} />
        </>
      )}
      <h3>With the sidecar in front</h3>
      <Snippet text={cure.sidecar} what="The cure with the sidecar" />
      <p>
        <a href={`/inspect/guide#${guide.split('#')[1] ?? ''}`}>Guide: more on this cause</a>
      </p>
    </section>
  )
}
