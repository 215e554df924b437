// What a message is, and the short ways to write one down.

import type { Code } from './codes.js'

export type Engine = 'Chromium' | 'Firefox' | 'Safari' | 'Node' | 'Library'

/** How sure a cause is. */
export type Certainty = 'certain' | 'likely' | 'possible'

/** What a message means, surest first. */
export type Meaning = readonly (readonly [Code, Certainty])[]

export interface Message {
  readonly engine: Engine
  /** As it is written; `{slot}` for what differs, `[…]` for what older or newer versions leave out. */
  readonly words: string
  readonly means: Meaning
  /** Whether the tests provoke it in a real browser; a star in the guide marks the others. */
  readonly isProvoked: boolean
}

export interface MessageSection {
  /** The heading of docs/troubleshooting.md that explains these. */
  readonly title: string
  readonly messages: readonly Message[]
}

const of =
  (engine: Engine, isProvoked: boolean) =>
  (words: string, ...means: (Code | readonly [Code, Certainty])[]): Message => ({
    engine,
    words,
    means: means.map(one => (typeof one === 'string' ? [one, 'certain'] : one)),
    isProvoked,
  })

export const chromium = of('Chromium', true)
export const firefox = of('Firefox', true)
export const safari = of('Safari', false)
/** Older versions, and what is not provoked. */
export const chromiumUnseen = of('Chromium', false)
export const firefoxUnseen = of('Firefox', false)
export const node = of('Node', false)
export const library = of('Library', false)
