// What another server or library is to an export: how it is called, what it can't say, and how it
// writes a plan. One file an engine.

import type { LackName } from './lacks.js'
import type { Plan } from './plan.js'

export interface Engine {
  /** As it is named on the command line. */
  readonly name: string
  readonly title: string
  /** Whether its text was run against real requests, or only checked against a schema or types. */
  readonly proof: 'run' | 'checked'
  /** What stands in front of a comment in its text. */
  readonly comment: '#' | '//' | ''
  /** Everything of a policy that it can't say. */
  readonly lacks: readonly LackName[]
  /** Its configuration, in one text or in several files by name. */
  readonly write: (plan: Plan) => string | Readonly<Record<string, string>>
}
