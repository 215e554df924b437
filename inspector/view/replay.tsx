import { useState } from 'preact/hooks'
import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { asCurl, asFetch } from '../model/as-request.js'
import { announce } from './announce.js'
import { replay } from './api.js'
import { about } from './live.js'
import { CopyButton, Dialog } from './parts.js'
import { useStore } from './store.js'

// https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1, and QUERY.
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY', 'TRACE'])

/** Sends a request once more, or copies it; the sidecar still has the secrets, and never the body. */
export function Replay({ view, replayed }: { view: ExchangeView; replayed: (id: string) => void }) {
  const [asks, setAsks] = useState(false)
  const [problem, setProblem] = useState('')
  const { url } = useStore(about)
  const isSafe = safe.has(view.method)
  const isUpgrade = view.decision.kind === 'upgrade'
  const send = () => {
    setProblem('')
    void replay(view.key).then(
      ({ id, status }) => {
        announce(`Replayed: ${status}`)
        replayed(id)
      },
      (error: Error) => setProblem(error.message),
    )
  }
  return (
    <section aria-label="Replay">
      <h3>Replay</h3>
      <div class="actions">
        {!isUpgrade && (
          <button type="button" onClick={isSafe ? send : () => setAsks(true)}>
            Replay{isSafe ? '' : '…'}
          </button>
        )}
        <CopyCurl view={view} url={url} />
        <CopyButton text={asFetch(view, url)} label="Copy as fetch" what="a fetch call" />
      </div>
      {problem !== '' && (
        <p class="sentence bad" role="alert">
          {problem}
        </p>
      )}
      <p class="note">
        {isUpgrade
          ? 'Secrets in a copy are masked: fill them in.'
          : 'Replay sends the same request with its cookies and tokens, but without a body, because bodies are never kept. Secrets in a copy are masked.'}
      </p>
      {asks && (
        <Dialog title={`Send ${view.method} once more?`} close={() => setAsks(false)}>
          <p>
            {view.method} may change something, and is sent with the cookies and tokens it came
            with. The body was not kept, so it is sent without one.
          </p>
          <form method="dialog" class="actions">
            <button type="submit" class="primary" onClick={send}>
              Send {view.method}
            </button>
            <button type="submit">Cancel</button>
          </form>
        </Dialog>
      )}
    </section>
  )
}

function CopyCurl({ view, url }: { view: ExchangeView; url: string }) {
  const { text, leftOut } = asCurl(view, url)
  const without = leftOut.length === 0 ? '' : ` without ${leftOut.join(', ')}`
  return <CopyButton text={text} label="Copy as curl" what={`a curl command${without}`} />
}
