// Presets that are out of date, or meet a setting that says the opposite.

import { blocksStrangers, type PresetName, presetNamed } from '../policy/presets.js'
import { error, finding } from '../terms/finding.js'
import type { OptionFinding } from './option-finding.js'
import type { Settings } from './options.js'

const yearMs = 365 * 24 * 60 * 60_000

/** `now` in milliseconds since the epoch. */
export function checkPresets(
  { preset, onDisallowed, paths }: Settings,
  now: number,
): OptionFinding[] {
  const inherited = { preset, onDisallowed }
  const policies = [inherited, ...paths.map(path => ({ ...inherited, ...path }))]
  const used = new Set<PresetName>(policies.flatMap(policy => policy.preset))
  const old = [...used].filter(name => now - Date.parse(presetNamed(name).date) > yearMs)
  const isOpen = policies.some(
    policy => policy.onDisallowed === 'public' && blocksStrangers(policy.preset),
  )
  return [
    ...old.map(item => ({
      option: 'preset' as const,
      ...finding(
        'info',
        'preset-old',
        `was compared with its sources on ${presetNamed(item).date}, over a year ago`,
        {
          item,
          advice: `Look whether its names have changed: ${presetNamed(item).sources.join(' ')}`,
        },
      ),
    })),
    ...(isOpen
      ? [
          {
            option: 'onDisallowed' as const,
            ...error('conflict', 'lets every page in, which the preset mcp refuses', {
              item: 'public',
              advice: 'Leave one of the two out, or give each a path of its own.',
            }),
          },
        ]
      : []),
  ]
}
