import { render } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { asHar } from '../model/as-har.js'
import { everything, shows } from '../model/filters.js'
import { type Entry, holds } from '../model/timeline.js'
import { Announcer, announce } from './announce.js'
import { Charts } from './charts.js'
import { Detail } from './detail.js'
import { Header } from './header.js'
import { List } from './list.js'
import { about, follow, live } from './live.js'
import { useStore } from './store.js'
import { Suggestion } from './suggestion.js'
import { Toolbar } from './toolbar.js'
import { Totals } from './totals.js'
import { WhatIf } from './what-if.js'

const pages = ['timeline', 'what-if', 'suggest'] as const
type Page = (typeof pages)[number]

function pageInAddress(): Page {
  return pages.find(page => page === location.hash.slice(1)) ?? 'timeline'
}

function Inspector() {
  const [page, setPage] = useState(pageInAddress)
  const { connection } = useStore(live)
  useEffect(() => {
    const turned = () => setPage(pageInAddress())
    addEventListener('hashchange', turned)
    return () => removeEventListener('hashchange', turned)
  }, [])
  return (
    <>
      <Header page={page} connection={connection} />
      <main>
        {page === 'timeline' && <Timeline />}
        {page === 'what-if' && <WhatIf />}
        {page === 'suggest' && <Suggestion />}
      </main>
      <Announcer />
    </>
  )
}

function Timeline() {
  const state = useStore(live)
  const [filter, setFilter] = useState(everything)
  const [selected, setSelected] = useState<string>()
  const shown = useMemo(
    () => state.entries.filter(entry => shows(filter, entry)),
    [state.entries, filter],
  )
  const select = useCallback((id: string) => setSelected(id), [])
  const entry = useOpened(state.entries, selected)

  const close = () => {
    setSelected(undefined)
    const row =
      document.querySelector<HTMLElement>(`[data-id="${entry?.main.id}"]`) ??
      document.querySelector<HTMLElement>('button.row')
    requestAnimationFrame(() => row?.focus())
  }
  const exportHar = () => {
    const views = shown.flatMap(({ main, preflight }) => (preflight ? [preflight, main] : [main]))
    save(asHar(views, about.get().version, about.get().url))
    announce(`Exported ${views.length} exchanges`)
  }

  return (
    <div class="timeline" data-open={entry !== undefined}>
      <div class="overview">
        <Totals totals={state.totals} />
        <Charts slices={state.slices} />
      </div>
      <Toolbar
        state={state}
        shown={shown}
        filter={filter}
        setFilter={setFilter}
        exportHar={exportHar}
      />
      <section
        class="panes"
        aria-label="Exchanges"
        onKeyDown={event => event.key === 'Escape' && entry && close()}
      >
        <div class="pane-list">
          <List
            entries={shown}
            selected={selected}
            select={select}
            empty={
              state.entries.length === 0
                ? 'Nothing has passed yet. Send a request through the sidecar and it appears here.'
                : 'Nothing here meets the filters.'
            }
          />
        </div>
        <div class="pane-detail">
          {entry && selected ? (
            <Detail
              key={entry.key}
              entry={entry}
              selected={selected}
              select={select}
              close={close}
            />
          ) : (
            <p class="empty">Choose an exchange to see why it was allowed or refused.</p>
          )}
        </div>
      </section>
    </div>
  )
}

/** What was chosen; it stays open when newer ones have taken its place in the list. */
function useOpened(entries: readonly Entry[], selected: string | undefined): Entry | undefined {
  const last = useRef<Entry | undefined>(undefined)
  const found = entries.find(candidate => holds(candidate, selected))
  if (found !== undefined || entries.length === 0) last.current = found
  return last.current !== undefined && holds(last.current, selected) ? last.current : undefined
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

render(<Inspector />, document.body)
void follow()
