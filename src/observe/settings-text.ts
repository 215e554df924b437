// One setting or a few, in the three notations a person can paste.
import { flagName, variableName } from '../terms/option-names.js'
import { assignment, flagWord } from '../terms/paste.js'
import { printable } from '../terms/printable.js'

/** A value of a setting, as far as a fix or a suggestion sets it. */
export type SettingValue = readonly string[] | string | boolean

export interface SettingsText {
  /** Command-line flags; absent where a flag cannot say it. */
  readonly flag?: string
  /** Lines for the environment or a `.env` file; absent where a variable cannot say it. */
  readonly variable?: string
  /** YAML for the file given with `--config`. */
  readonly config: string
}

/**
 * Renders option names and values as flags, variables and configuration.
 * A path prefix limits them to that path, which only the configuration file can say.
 */
export function settingsText(
  values: Readonly<Record<string, SettingValue>>,
  match = '',
): SettingsText {
  const entries = Object.entries(values)
  const config = yaml(entries, match)
  if (match !== '') return { config }
  const flags = entries.flatMap(([option, value]) => flagWords(option, value))
  const variables = entries.map(([option, value]) =>
    needsFile(value) ? undefined : assignment(variableName(option), plain(value)),
  )
  return {
    ...(flags.includes(undefined) ? {} : { flag: flags.join(' ') }),
    ...(variables.includes(undefined) ? {} : { variable: variables.join('\n') }),
    config,
  }
}

/** An entry that a list of flags would be split at has a flag to itself, by the singular name. */
function flagWords(option: string, value: SettingValue): (string | undefined)[] {
  if (typeof value !== 'object' || !needsFile(value)) {
    return [flagWord(flagName(option), plain(value))]
  }
  const singular = flagName(option).replace(/s$/u, '')
  return value.map(item => flagWord(singular, item))
}

function plain(value: SettingValue): string {
  return typeof value === 'object' ? value.join(',') : String(value)
}

// A list is split on these outside a file, so an entry holding one survives only in a file.
function needsFile(value: SettingValue): boolean {
  return typeof value === 'object' && value.some(item => /[,|\s]/u.test(item))
}

function yaml(entries: readonly [string, SettingValue][], match: string): string {
  const indent = match === '' ? '' : '    '
  const lines = match === '' ? [] : ['paths:', `  - match: ${yamlScalar(match)}`]
  for (const [option, value] of entries) {
    if (typeof value !== 'object') lines.push(`${indent}${option}: ${yamlScalar(String(value))}`)
    else if (value.length === 0) lines.push(`${indent}${option}: []`)
    else {
      lines.push(`${indent}${option}:`)
      for (const item of value) lines.push(`${indent}  - ${yamlScalar(item)}`)
    }
  }
  return lines.join('\n')
}

function yamlScalar(text: string): string {
  return /^[a-z/][\w./:+-]*(?<!:)$/iu.test(text) && !/^(?:null|yes|no|on|off|~)$/iu.test(text)
    ? text
    : printable(JSON.stringify(text))
}
