import type { PolicySettings } from '../policy/policy.js'
import type { Finding } from '../terms/finding.js'
import type { OptionName } from './options.js'

/** A finding about one option. */
export interface OptionFinding extends Finding {
  readonly option: OptionName
}

/** A finding about the policy that stops the start, or that its author should know. */
export interface PolicyFinding extends OptionFinding {
  readonly option: keyof PolicySettings
  /** The other option of a pair that does not go together. */
  readonly related?: keyof PolicySettings
  /** The `match` of the path policy it was found in. */
  readonly path?: string
}

/** A finding about one list item, before it is known which option and path it belongs to. */
export type ItemFinding = Omit<PolicyFinding, 'option' | 'path'>
