// THE TABLE: every option, declared once. Flags, variables, keys of the configuration file, help, the
// example file, the reference and the JSON Schema all come from here.
import { forwardingOptions } from './forwarding-options.js'
import { listeningOptions } from './listening-options.js'
import type { Option } from './option.js'
import { policyOptions } from './policy-options.js'
import type { ResolvedRoute } from './routes.js'

export const options = { ...policyOptions, ...forwardingOptions, ...listeningOptions }

export type OptionName = keyof typeof options

type ValueOf<O> = O extends Option<infer T> ? T : never

/** What the sources say, before what the options leave open is filled in. */
export type Declared = { readonly [Name in OptionName]: ValueOf<(typeof options)[Name]> }

/** What the options came to. Times are in milliseconds, `maxAge` in seconds, sizes in bytes. */
export interface Settings extends Omit<Declared, 'routes' | 'hostHeader'> {
  /** Longest prefix first. */
  readonly routes: readonly ResolvedRoute[]
  /** For the upstream: `upstream`, `client`, or the name to send. */
  readonly hostHeader: string
}

export const optionNames = Object.keys(options) as OptionName[]

/** The row, without its value's type: for code that treats all options alike. */
export const optionRow = (name: OptionName): Option<unknown> => options[name] as Option<unknown>
