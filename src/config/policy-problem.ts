import type { PolicySettings } from '../policy/policy.js'
import type { ProblemCode } from './problem.js'

/** Something about the policy that stops the start, or that its author should know. */
export interface PolicyProblem {
  readonly severity: 'error' | 'warning' | 'info'
  readonly code: ProblemCode
  readonly option: keyof PolicySettings
  /** The other option of a pair that does not go together. */
  readonly related?: keyof PolicySettings
  /** The `match` of the path policy it was found in. */
  readonly path?: string
  /** The value as the person wrote it. */
  readonly item?: string
  /** Its position in the list, counted from 1. */
  readonly index?: number
  /** Completes a sentence that begins with the item: `"https://a.example/b" has a path`. */
  readonly reason: string
  /** The text to write instead. */
  readonly correction?: string
  /** What a harmless variant was read as. */
  readonly normalised?: string
}

/** A problem of one list item, before it is known which option and path it belongs to. */
export type ItemProblem = Omit<PolicyProblem, 'option' | 'path' | 'item' | 'index'>
