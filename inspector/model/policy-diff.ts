import type { SuggestedSettings } from '../../src/observe/suggested-settings.js'

/** What would change in one option. */
export interface OptionDiff {
  readonly option: keyof SuggestedSettings
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly kept: readonly string[]
}

/** What other settings would add to the running ones, and take away. */
export function policyDiff(
  running: SuggestedSettings,
  suggested: SuggestedSettings,
): readonly OptionDiff[] {
  const options: readonly (keyof SuggestedSettings)[] = [
    'allowOrigins',
    'allowMethods',
    'allowHeaders',
    'allowCredentials',
  ]
  return options.map(option => {
    const before = listOf(running[option])
    const after = listOf(suggested[option])
    return {
      option,
      added: after.filter(value => !before.includes(value)),
      removed: before.filter(value => !after.includes(value)),
      kept: after.filter(value => before.includes(value)),
    }
  })
}

function listOf(value: readonly string[] | boolean): readonly string[] {
  return typeof value === 'boolean' ? [String(value)] : value
}
