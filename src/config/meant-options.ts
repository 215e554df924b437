// What somebody meant who knows the names of another tool. Such a name is never taken, but its value
// stands in for the right option, so that nothing is called missing that was said.

import { isFinding, parseOriginPattern } from '../policy/origin-pattern.js'
import { error, type Finding } from '../terms/finding.js'
import { flagName } from '../terms/option-names.js'
import { type OptionName, optionNames, optionRow } from './options.js'

const calledBy = new Map(
  optionNames.flatMap(option => optionRow(option).alsoCalled.map(name => [name, option] as const)),
)

/** The option that other tools call so, spelt as a flag. */
export const optionCalled = (name: string): OptionName | undefined => calledBy.get(name)

/** As it is typed: one letter has one dash. */
export const flagText = (flag: string): string => (flag.length === 1 ? `-${flag}` : `--${flag}`)

/** What a flag of another tool comes to here. */
interface MeantFlag {
  /** Undefined for a flag that no tool we know has. */
  readonly finding: Finding | undefined
  /** What its value says: of the option that was meant, or of the upstream that it swallowed. */
  readonly said: { readonly option: OptionName; readonly raw: string } | undefined
}

export function meantByFlag(flag: string, values: readonly string[]): MeantFlag {
  const option = calledBy.get(flag)
  // The parser gives a flag without a value this one.
  const typed = values.filter(value => value !== '' && value !== 'true').join(',')
  const raw = typed === '' || option === undefined ? undefined : asTaken(option, typed)
  const finding =
    option && error('unknown-name', 'is not an option', { correction: rightFlag(option, raw) })
  if (option !== undefined && raw !== undefined) return { finding, said: { option, raw } }
  const upstream = typed === '' ? undefined : asTaken('upstream', typed)
  return {
    finding,
    said: upstream === undefined ? undefined : { option: 'upstream', raw: upstream },
  }
}

function rightFlag(option: OptionName, value: string | undefined): string {
  const { short, secret, type } = optionRow(option)
  const name = short === undefined ? `--${flagName(option)}` : `-${short}`
  return value === undefined || secret || type.kind === 'boolean' ? name : `${name} ${value}`
}

/** The text as this option takes it, corrected where that is easy; undefined where it does not. */
function asTaken(option: OptionName, text: string): string | undefined {
  const { type } = optionRow(option)
  const takes = (value: string): boolean => type.parse(value, { split: true }).ok
  if (option === 'allowOrigins') {
    const origins = type.parse(text, { split: true })
    return origins.ok ? originsText(type.write(origins.value)) : undefined
  }
  if (takes(text)) return text
  const correction = type.parse(text, { split: true }).findings[0]?.correction
  return correction !== undefined && takes(correction) ? correction : undefined
}

function originsText(origins: unknown): string | undefined {
  const right = (Array.isArray(origins) ? origins : []).map(String).map(origin => {
    const read = parseOriginPattern(origin)
    return isFinding(read) ? read.correction : origin
  })
  return right.includes(undefined) ? undefined : right.join(',')
}
