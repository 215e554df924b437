import type { ExchangeView } from '../../src/observe/exchange-view.js'
import { outcomeOf } from './outcome.js'
import type { Entry } from './timeline.js'

/** What the list shows; an empty field shows everything. */
export interface Filter {
  /** Any part of method, path, origin, reason, what caused it, or id. */
  readonly search: string
  readonly origin: string
  readonly method: string
  /** `2xx` to `5xx`, or `failed` for an upstream that gave no answer. */
  readonly status: string
  /** `refused` includes what is hidden from the page. */
  readonly verdict: string
  readonly reason: string
}

export const everything: Filter = {
  search: '',
  origin: '',
  method: '',
  status: '',
  verdict: '',
  reason: '',
}

/** True when the exchange or its preflight meets every field. */
export function shows(filter: Filter, { main, preflight }: Entry): boolean {
  return meets(filter, main) || (preflight !== undefined && meets(filter, preflight))
}

/** How many fields besides the search hold something back. */
export function countFields({ search: _, ...fields }: Filter): number {
  return Object.values(fields).filter(value => value !== '').length
}

function meets(filter: Filter, view: ExchangeView): boolean {
  const { search, origin, method, status, verdict, reason } = filter
  const { decision } = view
  return (
    has(searched(view), search) &&
    has(decision.origin, origin) &&
    (method === '' || view.method === method) &&
    (status === '' || status === statusClass(view) || (status === 'failed' && !!view.failure)) &&
    (verdict === '' || verdict === decision.verdict || verdict === outcomeOf(view)) &&
    (reason === '' || reason === decision.reason)
  )
}

function searched({ id, method, target, decision }: ExchangeView): string {
  return [method, target, decision.origin, decision.reason, decision.subject, id].join(' ')
}

function has(text: string | undefined, part: string): boolean {
  return part === '' || (text ?? '').toLowerCase().includes(part.trim().toLowerCase())
}

function statusClass(view: ExchangeView): string {
  return `${Math.floor(view.status / 100)}xx`
}
