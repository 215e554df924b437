import type { ExchangeView } from '../../src/observe/exchange-view.js'
import type { Entry } from './timeline.js'

/** What the list shows; an empty field shows everything. */
export interface Filter {
  readonly origin: string
  readonly method: string
  readonly path: string
  /** `2xx` to `5xx`, or `failed` for an upstream that gave no answer. */
  readonly status: string
  readonly verdict: string
}

export const everything: Filter = { origin: '', method: '', path: '', status: '', verdict: '' }

/** True when the exchange or its preflight meets every field. */
export function shows(filter: Filter, { main, preflight }: Entry): boolean {
  return meets(filter, main) || (preflight !== undefined && meets(filter, preflight))
}

function meets(filter: Filter, view: ExchangeView): boolean {
  const { origin, method, path, status, verdict } = filter
  return (
    has(view.decision?.origin, origin) &&
    (method === '' || view.method === method) &&
    has(view.target, path) &&
    (status === '' || status === statusClass(view) || (status === 'failed' && !!view.failure)) &&
    (verdict === '' || verdict === verdictOf(view))
  )
}

function has(text: string | undefined, part: string): boolean {
  return part === '' || (text ?? '').toLowerCase().includes(part.trim().toLowerCase())
}

function statusClass(view: ExchangeView): string {
  return `${Math.floor(view.status / 100)}xx`
}

/** The verdict of a judged exchange; `unjudged` for one refused before it could be. */
export function verdictOf(view: ExchangeView): 'allowed' | 'neutral' | 'refused' | 'unjudged' {
  return view.decision?.verdict ?? 'unjudged'
}
