import { useEffect, useMemo, useState } from 'preact/hooks'
import { asHar } from '../model/as-har.js'
import { everything, shows } from '../model/filters.js'
import type { Entry } from '../model/timeline.js'
import { announce } from './announce.js'
import { Charts } from './charts.js'
import { Detail } from './detail.js'
import { List } from './list.js'
import { about, live } from './live.js'
import { useSelection } from './selection.js'
import { useStore } from './store.js'
import { Toolbar } from './toolbar.js'
import { Totals } from './totals.js'

/** The page of requests: numbers above, the list, and what is open beside it. */
export function Requests() {
  const state = useStore(live)
  const [filter, setFilter] = useState(everything)
  const shown = useMemo(
    () => state.entries.filter(entry => shows(filter, entry)),
    [state.entries, filter],
  )
  const selection = useSelection(state.entries)
  const { key, entry } = selection
  useSearchKey()

  const close = () => {
    selection.close()
    const row =
      document.querySelector<HTMLElement>(`[data-key="${entry?.key}"]`) ??
      document.querySelector<HTMLElement>('button.row')
    requestAnimationFrame(() => row?.focus())
  }

  return (
    <div class="requests" data-open={entry !== undefined}>
      <div class="overview">
        <Totals totals={state.totals} />
        <Charts slices={state.slices} />
      </div>
      <Toolbar
        state={state}
        shown={shown}
        filter={filter}
        setFilter={setFilter}
        exportHar={() => exportHar(shown)}
      />
      <section
        class="panes"
        aria-label="Requests"
        onKeyDown={event => event.key === 'Escape' && entry && close()}
      >
        <div class="pane-list">
          <List
            entries={shown}
            selected={key}
            select={selection.select}
            empty={
              state.entries.length === 0
                ? 'No requests yet. Send one through the sidecar and it appears here.'
                : 'Nothing matches the filters.'
            }
          />
        </div>
        <div class="pane-detail">
          {entry && key ? (
            <Detail
              key={entry.key}
              entry={entry}
              selected={key}
              select={selection.select}
              replayed={selection.await}
              close={close}
            />
          ) : (
            <p class="empty">Choose a request to see why it was allowed or refused.</p>
          )}
        </div>
      </section>
    </div>
  )
}

/** `/` goes to the search, but where a `/` is typed. */
function useSearchKey(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== '/' || isTyping(event)) return
      event.preventDefault()
      document.querySelector<HTMLInputElement>('#search')?.focus()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}

/** True where a key is a letter of a text, or belongs to the browser. */
export function isTyping({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  const isField = target instanceof HTMLElement && target.matches('input, select, textarea')
  return isField || ctrlKey || metaKey || altKey
}

function exportHar(shown: readonly Entry[]): void {
  const views = shown.flatMap(({ main, preflight }) => (preflight ? [preflight, main] : [main]))
  try {
    const { har, leftOut } = asHar(views, about.get().version, about.get().url)
    save(har)
    const exported = `Exported ${count(views.length - leftOut.length)}`
    const rest = `left out ${count(leftOut.length)} whose address is not a URL`
    announce(leftOut.length === 0 ? exported : `${exported}, ${rest}`)
  } catch (error) {
    announce(`The export failed: ${error instanceof Error ? error.message : error}`)
  }
}

function count(requests: number): string {
  return requests === 1 ? '1 request' : `${requests} requests`
}

function save(har: object): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(
    new Blob([JSON.stringify(har, null, 2)], { type: 'application/json' }),
  )
  link.download = `cors-sidecar-${new Date().toISOString().replaceAll(/[:.]/gu, '-')}.har`
  link.click()
  URL.revokeObjectURL(link.href)
}
