// Settings as they may be shown: secrets masked, values as a configuration file could say them.

import { MASK } from '../terms/secrets.js'
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

/** Every setting with its source. What a secret holds is not in it. */
export const shownSettings = (settings: Settings, provenance: ProvenanceOf): ShownSetting[] =>
  optionNames.map(option => ({
    option,
    value: shownValue(option, settings[option]),
    source: provenance[option].source,
    name: provenance[option].name,
  }))

/** What must not be seen in traffic either: the values of secret options, and credentials in them. */
export function secretValues(settings: Settings): readonly string[] {
  const written = optionNames
    .filter(option => optionRow(option).secret && settings[option] !== undefined)
    .flatMap(option => {
      const { masking, type } = optionRow(option)
      return masking?.secrets(settings[option]) ?? [type.write(settings[option])].flat().map(String)
    })
  return written.flatMap(text => {
    const [, name = '', value = text] = /^([\w-]+): (.*)$/s.exec(text) ?? []
    if (isPublicName(name)) return []
    return [value, value.replace(/^\S+ +/, '')].filter(secret => secret.length >= fewestLetters)
  })
}

/** What is shorter turns up by chance. */
const fewestLetters = 6

/** Fields that are set for browsers, whose values everybody knows. */
const isPublicName = (name: string): boolean =>
  /^(?:x-frame-options|x-content-type-options|strict-transport-security|content-security-policy|referrer-policy|permissions-policy|cross-origin-.*|cache-control|server)$/i.test(
    name,
  )

function shownValue(option: OptionName, value: unknown): unknown {
  const { masking, type, secret } = optionRow(option)
  if (value === undefined) return type.noneWord ?? null
  const written = type.write(value)
  if (!secret) return written
  if (masking !== undefined) return masking.shown(value)
  return Array.isArray(written) ? written.map(maskedField) : MASK
}

const maskedField = (field: unknown): string => `${String(field).split(':', 1)[0]}: ${MASK}`
