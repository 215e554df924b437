// From what origins were seen to need to the settings that allow it; also in the inspector, for those ticked there.
import { type Advice, headerAdvice, methodAdvice } from '../policy/advice.js'

/** What one origin was seen to need. */
export interface OriginSeen {
  readonly origin: string
  readonly exchanges: number
  readonly methods: readonly string[]
  /** Request headers that its preflights asked for, lower case. */
  readonly headers: readonly string[]
  /** True when cookies, or credentials the browser added itself, came with a request. */
  readonly credentials: boolean
}

export interface SuggestedSettings {
  readonly allowOrigins: readonly string[]
  readonly allowMethods: readonly string[]
  readonly allowHeaders: readonly string[]
  readonly allowCredentials: boolean
}

const isAdvised = (advise: (name: string) => Advice) => (name: string) =>
  advise(name).fix !== undefined

/** The smallest settings that fit these origins; names that the program would not take are left out. */
export function settingsFor(fitting: readonly OriginSeen[]): SuggestedSettings {
  const union = (pick: (seen: OriginSeen) => readonly string[]) =>
    [...new Set(fitting.flatMap(pick))].sort()
  return {
    allowOrigins: fitting.map(({ origin }) => origin),
    allowMethods: union(({ methods }) => methods).filter(isAdvised(methodAdvice)),
    allowHeaders: union(({ headers }) => headers).filter(isAdvised(headerAdvice)),
    allowCredentials: fitting.some(({ credentials }) => credentials),
  }
}
