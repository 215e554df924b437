// Options as a program writes them: its own types in front, the rules of a configuration file behind.
import type { OptionName, Settings } from '../config/options.js'

type ProgramOption = Exclude<OptionName, 'config' | 'envFile' | 'allowOrigins'>

/** Options by their names, with the values that a configuration file may give them. */
export type Options = {
  readonly [Name in ProgramOption]?: Written<NonNullable<Settings[Name]>> | undefined
} & {
  /** A regular expression may also be given as one. */
  readonly allowOrigins?: string | readonly (string | RegExp)[] | undefined
}

type Written<Value> = Value extends readonly (infer Item)[]
  ? string | readonly (Item extends string ? Item : string | object)[]
  : Value extends boolean | string
    ? Value
    : string | number

/** The same without what only a program can say: `undefined`, and regular expressions as objects. */
export function asDocument(options: Options): unknown {
  if (typeof options !== 'object' || options === null) return options
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(asText) : asText(value)]),
  )
}

const asText = (value: unknown): unknown => (value instanceof RegExp ? String(value) : value)
