import { useState } from 'preact/hooks'
import { countFields, everything, type Filter } from '../model/filters.js'
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

/** Search, filters, and what can be done to the whole list. Where room is short, filters fold away. */
export function Toolbar({ state, shown, filter, setFilter, exportHar }: ToolbarProps) {
  const { entries, paused, waiting, missed } = state
  const [isUnfolded, setUnfolded] = useState(false)
  const set = (part: Partial<Filter>) => setFilter({ ...filter, ...part })
  const fields = countFields(filter)
  const isFiltered = fields > 0 || filter.search !== ''
  return (
    <div class="toolbar">
      <form class="filters" aria-label="Filters" onSubmit={event => event.preventDefault()}>
        <label class="grow">
          <span>Search</span>
          <input
            id="search"
            type="search"
            placeholder="path, origin, reason …"
            autocomplete="off"
            spellcheck={false}
            aria-keyshortcuts="/"
            value={filter.search}
            onInput={event => set({ search: event.currentTarget.value })}
          />
        </label>
        <button
          type="button"
          class="fold"
          aria-expanded={isUnfolded}
          aria-controls="fields"
          onClick={() => setUnfolded(!isUnfolded)}
        >
          Filters{fields > 0 && ` (${fields})`}
        </button>
        <div id="fields" class="fields" data-unfolded={isUnfolded}>
          <Fields entries={entries} filter={filter} set={set} />
        </div>
      </form>
      <div class="actions">
        <span class="count" data-testid="count">
          {isFiltered ? `${shown.length} of ${entries.length}` : entries.length} shown
          {missed > 0 && `, ${missed} left out`}
        </span>
        {isFiltered && (
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

function Fields({
  entries,
  filter,
  set,
}: {
  entries: readonly Entry[]
  filter: Filter
  set: (part: Partial<Filter>) => void
}) {
  const decisions = entries.flatMap(({ main, preflight }) =>
    preflight ? [main.decision, preflight.decision] : [main.decision],
  )
  const origins = distinct(decisions.map(({ origin = '' }) => origin))
  const reasons = distinct([filter.reason, ...decisions.map(({ reason }) => reason)])
  const methods = distinct([filter.method, ...entries.flatMap(methodsOf)])
  return (
    <>
      <label class="grow">
        <span>Origin</span>
        <input
          type="search"
          list="origins"
          placeholder="any"
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
      <Choice
        label="Reason"
        value={filter.reason}
        set={reason => set({ reason })}
        values={reasons.map(reason => [reason, reason])}
      />
    </>
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
  ['hidden', 'hidden from the page'],
  ['neutral', 'no CORS'],
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
