import { loadSettings } from '../config/load.js'
import { type OptionName, optionRow } from '../config/options.js'
import { groupTitles } from '../config/reference.js'
import { type ShownSetting, shownSettings } from '../config/shown-settings.js'
import { type Preset, presets } from '../policy/presets.js'
import { type Invocation, isOn } from './command.js'
import { problemsReport } from './problems-report.js'

/** `config`: every setting, secrets masked, with the source that won. */
export async function showConfig(invocation: Invocation): Promise<number> {
  const loaded = await loadSettings(invocation.load)
  if (loaded.problems.length > 0) {
    const heading = (tally: string) =>
      loaded.ok ? `With ${tally}:` : `No settings to show: ${tally} in the configuration.`
    invocation.printError(problemsReport(heading, loaded.problems))
  }
  if (!loaded.ok) return 2
  const shown = shownSettings(loaded.settings, loaded.provenance)
  invocation.print(isOn(invocation, 'json') ? settingsJson(shown) : settingsText(shown))
  return 0
}

const settingsJson = (shown: readonly ShownSetting[]): string => {
  const settings = Object.fromEntries(
    shown.map(({ option, value, source, name }) => {
      const adds = option === 'preset' ? additions(value) : []
      return [option, { value, source, name, ...(adds.length === 0 ? {} : { adds }) }]
    }),
  )
  return `${JSON.stringify(settings, undefined, 2)}\n`
}

function settingsText(shown: readonly ShownSetting[]): string {
  const width = Math.max(...shown.map(({ option }) => option.length))
  const lines: string[] = []
  for (const [group, title] of Object.entries(groupTitles)) {
    lines.push(lines.length === 0 ? title : `\n${title}`)
    for (const { option, value, source, name } of shown) {
      if (optionRow(option).group !== group) continue
      const from = source === 'default' ? '' : `   ← ${name} (${source})`
      lines.push(
        `  ${option.padEnd(width)}  ${value === null ? noneText(option) : valueText(value)}${from}`,
      )
      if (option === 'preset') lines.push(...additions(value).flatMap(presetLines(width)))
    }
  }
  return `${lines.join('\n')}\n`
}

/** The presets of the setting, with what each adds to lists that name headers. */
const additions = (value: unknown): readonly (Preset & { readonly name: string })[] =>
  Object.entries(presets)
    .filter(([name]) => Array.isArray(value) && value.includes(name))
    .map(([name, preset]) => ({ name, ...preset }))

const presetLines = (width: number) => (preset: Preset & { readonly name: string }) => {
  const line = (text: string) => `${' '.repeat(width + 4)}${text}`
  return [
    line(`${preset.name}, of ${preset.date}, adds`),
    line(`  to allowHeaders: ${preset.allowHeaders.join(', ')}`),
    line(`  to exposeHeaders: ${preset.exposeHeaders.join(', ')}`),
    ...(preset.onDisallowed === undefined ? [] : [line('  onDisallowed: block')]),
  ]
}

// What an option without a value comes to, where that is more than nothing.
function noneText(option: OptionName): string {
  const text = optionRow(option).defaultText
  return text === undefined || /^none\b/.test(text) ? '-' : `- (${text})`
}

function valueText(value: unknown): string {
  if (!Array.isArray(value))
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  return value.length === 0 ? '-' : value.map(valueText).join(', ')
}
