import { everything, type Filter } from '../model/filters.js'
import type { Entry } from '../model/timeline.js'
import { announce } from './announce.js'
import { clear, type LiveState, setPaused } from './live.js'

interface ToolbarProps {
  readonly state: LiveState
  readonly shown: readonly Entry[]
  readonly filter: Filter
  readonly setFilter: (filter: Filter) => void
  readonly exportHar: () => void
}

/** Filters, and what can be done to the whole list. */
export function Toolbar({ state, shown, filter, setFilter, exportHar }: ToolbarProps) {
  const { entries, paused, waiting, missed } = state
  const set = (part: Partial<Filter>) => setFilter({ ...filter, ...part })
  const origins = distinct(entries.map(({ main }) => main.decision?.origin ?? ''))
  const methods = distinct([filter.method, ...entries.flatMap(methodsOf)])
  const filtered = Object.values(filter).some(value => value !== '')
  return (
    <div class="toolbar">
      <form class="filters" aria-label="Filters" onSubmit={event => event.preventDefault()}>
        <label class="grow">
          <span>Origin</span>
          <input
            type="search"
            list="origins"
            placeholder="any origin"
            autocomplete="off"
            spellcheck={false}
            value={filter.origin}
            onInput={event => set({ origin: event.currentTarget.value })}
          />
          <datalist id="origins">
            {origins.map(origin => (
              <option value={origin} key={origin} />
            ))}
          </datalist>
        </label>
        <label class="grow">
          <span>Path</span>
          <input
            type="search"
            placeholder="any path"
            autocomplete="off"
            spellcheck={false}
            value={filter.path}
            onInput={event => set({ path: event.currentTarget.value })}
          />
        </label>
        <Choice
          label="Method"
          value={filter.method}
          set={method => set({ method })}
          values={methods.map(method => [method, method])}
        />
        <Choice
          label="Status"
          value={filter.status}
          set={status => set({ status })}
          values={statuses}
        />
        <Choice
          label="Verdict"
          value={filter.verdict}
          set={verdict => set({ verdict })}
          values={verdicts}
        />
      </form>
      <div class="actions">
        <span class="count" data-testid="count">
          {filtered ? `${shown.length} of ${entries.length}` : entries.length} shown
          {missed > 0 && `, ${missed} left out`}
        </span>
        {filtered && (
          <button type="button" onClick={() => setFilter(everything)}>
            Show all
          </button>
        )}
        <button
          type="button"
          aria-pressed={paused}
          onClick={() => {
            setPaused(!paused)
            announce(paused ? 'The list goes on' : 'The list is paused')
          }}
        >
          {paused ? `Resume${waiting > 0 ? ` (${waiting} waiting)` : ''}` : 'Pause'}
        </button>
        <button
          type="button"
          onClick={() => {
            announce(`Cleared ${entries.length} rows`)
            clear()
          }}
        >
          Clear
        </button>
        <button type="button" disabled={shown.length === 0} onClick={exportHar}>
          Export HAR
        </button>
      </div>
    </div>
  )
}

const statuses: readonly (readonly [string, string])[] = [
  ['1xx', '1xx'],
  ['2xx', '2xx'],
  ['3xx', '3xx'],
  ['4xx', '4xx'],
  ['5xx', '5xx'],
  ['failed', 'upstream failed'],
]

const verdicts: readonly (readonly [string, string])[] = [
  ['allowed', 'allowed'],
  ['refused', 'refused'],
  ['neutral', 'no CORS matter'],
  ['unjudged', 'not judged'],
]

function Choice({
  label,
  value,
  set,
  values,
}: {
  label: string
  value: string
  set: (value: string) => void
  values: readonly (readonly [string, string])[]
}) {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={event => set(event.currentTarget.value)}>
        <option value="">any</option>
        {values.map(([name, text]) => (
          <option value={name} key={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

function methodsOf({ main, preflight }: Entry): readonly string[] {
  return preflight ? [main.method, preflight.method] : [main.method]
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].filter(value => value !== '').sort()
}
