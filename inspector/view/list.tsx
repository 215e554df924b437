import { memo } from 'preact/compat'
import { useRef, useState } from 'preact/hooks'
import { outcomeOf, statusWords, troubleOf } from '../model/outcome.js'
import { type Entry, holds } from '../model/timeline.js'
import { hold } from './live.js'
import { Badge, Breakable, clock, milliseconds } from './parts.js'

// A browser draws this many at once without effort; older ones are a button away.
const pageSize = 150

interface ListProps {
  readonly entries: readonly Entry[]
  readonly selected: string | undefined
  readonly select: (key: string) => void
  readonly empty: string
}

/** The requests, newest first. One tab stop; arrow keys, Home and End move inside. */
export function List({ entries, selected, select, empty }: ListProps) {
  const [pages, setPages] = useState(1)
  const list = useRef<HTMLOListElement>(null)
  const shown = entries.slice(0, pages * pageSize)
  const reachable = (shown.find(entry => holds(entry, selected)) ?? shown[0])?.key

  const move = (event: KeyboardEvent) => {
    const rows = [...(list.current?.querySelectorAll<HTMLButtonElement>('button.row') ?? [])]
    const at = rows.findIndex(row => row.matches(':focus'))
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key]
    const row = next === undefined ? undefined : rows[next]
    if (!row) return
    event.preventDefault()
    row.focus()
    const { key } = row.dataset
    if (key) select(key)
  }

  if (entries.length === 0) return <p class="empty">{empty}</p>
  return (
    <>
      <ol
        class="list"
        ref={list}
        onKeyDown={move}
        onPointerDown={press}
        aria-label="Requests, newest first"
      >
        {shown.map(entry => (
          <Row
            key={entry.key}
            entry={entry}
            selected={holds(entry, selected)}
            reachable={entry.key === reachable}
            select={select}
          />
        ))}
      </ol>
      {shown.length < entries.length && (
        <button type="button" class="more" onClick={() => setPages(pages + 1)}>
          Show {Math.min(pageSize, entries.length - shown.length)} older
        </button>
      )}
    </>
  )
}

/** A press ends on the row that it began on: new rows come when it is over. */
function press(): void {
  hold(true)
  const over = () => {
    removeEventListener('pointerup', over)
    removeEventListener('pointercancel', over)
    hold(false)
  }
  addEventListener('pointerup', over)
  addEventListener('pointercancel', over)
}

interface RowProps {
  readonly entry: Entry
  readonly selected: boolean
  readonly reachable: boolean
  readonly select: (key: string) => void
}

// Drawn once: an entry never changes, and while traffic runs most rows stay as they are.
const Row = memo(function Row({ entry, selected, reachable, select }: RowProps) {
  const { main, preflight } = entry
  const { decision } = main
  const outcome = outcomeOf(main)
  const trouble = troubleOf(main)
  return (
    <li>
      <button
        type="button"
        class={`row ${outcome}`}
        data-key={entry.key}
        aria-current={selected}
        tabIndex={reachable ? 0 : -1}
        onClick={() => select(entry.key)}
      >
        <Badge outcome={outcome} />
        <span class="line" title={main.target}>
          <b class="method">{main.method}</b> <span class="path">{main.target}</span>
        </span>
        <span class="status" data-class={Math.floor(main.status / 100)}>
          {statusWords(main)}
        </span>
        <span class="took">{milliseconds(main.durationMs)}</span>
        <span class="who">
          <span class="origin">
            {decision.origin === undefined ? (
              <i>no origin</i>
            ) : (
              <Breakable text={decision.origin} />
            )}
          </span>
          {preflight && <span class="chip">after preflight {preflight.status}</span>}
          {decision.kind === 'preflight' && <span class="chip">preflight</span>}
          {decision.kind === 'upgrade' && <span class="chip">WebSocket</span>}
          {trouble && (
            <span class={`chip ${main.failure || outcome !== 'allowed' ? 'bad' : ''}`}>
              <Breakable text={trouble} />
            </span>
          )}
        </span>
        <time class="when" dateTime={new Date(main.startedAt).toISOString()}>
          {clock(main.startedAt)}
        </time>
      </button>
    </li>
  )
})
