import type { ExchangeView } from '../../src/observe/exchange-view.js'
import type { Explanation } from '../../src/observe/explanation.js'
import type { Suggestion } from '../../src/observe/suggest.js'

/** What the page needs to know of the process it looks into. */
export interface About {
  readonly version: string
  /** Where the proxy listens, as a client reaches it. */
  readonly url: string
  readonly inspectLimit: number
}

/** The questions `/explain` takes. */
export interface QuestionFields {
  readonly origin: string
  readonly method: string
  readonly headers: string
  readonly path: string
  readonly upgrade?: string
}

export function readAbout(): Promise<About> {
  return read('/inspect/about')
}

export async function readExchanges(): Promise<readonly ExchangeView[]> {
  const { exchanges } = await read<{ exchanges: readonly ExchangeView[] }>('/inspect/exchanges')
  return exchanges
}

export function readSuggestion(): Promise<Suggestion> {
  return read('/inspect/suggest')
}

export function readExplanation(question: QuestionFields): Promise<Explanation> {
  const asked = Object.entries(question).filter(([, value]) => value !== '')
  return read(`/inspect/explain?${new URLSearchParams(asked)}`)
}

async function read<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { accept: 'application/json' } })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.message ?? `${path} answered ${response.status}`)
  return answer
}
