import type { Reason } from './reasons.js'

/** Answers whether an origin is on the allow-list, and by which entry. */
export interface OriginMatcher {
  /** True for the list that is `*` alone. */
  readonly any: boolean
  /** The entry that allows this serialised origin, or undefined. Never throws, whatever the bytes. */
  match(origin: string): OriginMatch | undefined
}

export interface OriginMatch {
  readonly reason: Reason
  readonly entry: string
}
