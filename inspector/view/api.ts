import type { ExchangeView } from '../../src/observe/exchange-view.js'
import type { Explanation } from '../../src/observe/explanation.js'
import type { SuggestionNow } from '../../src/observe/suggestion-now.js'
import type { Report } from '../../src/why/report.js'
import type { Question } from '../model/as-question.js'

/** What the page needs to know of the process it looks into. */
export interface About {
  readonly version: string
  /** Where the proxy listens, as a client reaches it. */
  readonly url: string
  readonly inspectLimit: number
}

/** What came of a replay. */
export interface Replayed {
  /** Of the new exchange. */
  readonly id: string
  readonly status: number
}

export function readAbout(): Promise<About> {
  return read('/inspect/about')
}

export async function readExchanges(): Promise<readonly ExchangeView[]> {
  const { exchanges } = await read<{ exchanges: readonly ExchangeView[] }>('/inspect/exchanges')
  return exchanges
}

export function readSuggestion(): Promise<SuggestionNow> {
  return read('/inspect/suggest')
}

export function readExplanation({ isUpgrade, ...texts }: Question): Promise<Explanation> {
  const asked = Object.entries(texts).filter(([, value]) => value !== '')
  const query = new URLSearchParams(asked)
  if (isUpgrade) query.set('upgrade', 'true')
  return read(`/inspect/explain?${query}`)
}

export function replay(key: string): Promise<Replayed> {
  return read('/inspect/replay', { method: 'POST', body: JSON.stringify({ key }) })
}

/** What a copied text says of its cause; with the server's own sentence where it can't be read. */
export function readReport(text: string): Promise<Report> {
  return read('/inspect/why', { method: 'POST', body: text })
}

async function read<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(path, { ...init, headers: { accept: 'application/json' } })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message ?? `${path} answered ${response.status}`)
  return answer
}
