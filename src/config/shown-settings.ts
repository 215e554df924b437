// Settings as they may be shown: secrets masked, values as a configuration file could say them.
import { type OptionName, optionNames, optionRow, type Settings } from './options.js'
import type { ProvenanceOf } from './resolve.js'

export interface ShownSetting {
  readonly option: OptionName
  /** As a configuration file could say it; null for none. */
  readonly value: unknown
  /** `command line`, `environment`, a file, or `default`. */
  readonly source: string
  /** The name that was used there; the option's own for a default. */
  readonly name: string
}

const mask = '***'

/** Every setting with its source. What a secret holds is not in it. */
export const shownSettings = (settings: Settings, provenance: ProvenanceOf): ShownSetting[] =>
  optionNames.map(option => ({
    option,
    value: shownValue(option, settings[option]),
    source: provenance[option].source,
    name: provenance[option].name,
  }))

function shownValue(option: OptionName, value: unknown): unknown {
  const { type, secret } = optionRow(option)
  if (value === undefined) return type.noneWord ?? null
  const written = type.write(value)
  if (!secret) return written
  return Array.isArray(written) ? written.map(maskedField) : mask
}

const maskedField = (field: unknown): string => `${String(field).split(':', 1)[0]}: ${mask}`
