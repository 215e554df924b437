// What each source says, option by option, under the names that people use there.
import { nearestName } from '../terms/distance.js'
import { error, type Finding, warning } from '../terms/finding.js'
import { flagName, variableName, variablePrefix } from '../terms/option-names.js'
import { flagText, meantByFlag, optionCalled } from './meant-options.js'
import { type OptionName, optionNames, optionRow } from './options.js'
import type { Problem } from './problem.js'
import type { ReadText } from './value-types.js'

/** By flag name without dashes, as the parser of the command line hands them over. */
export type Flags = Readonly<Record<string, string | readonly string[]>>

export type Variables = Readonly<Record<string, string | undefined>>

/** What one source says about one option. */
export interface Given {
  readonly raw: unknown
  /** The name the person used. */
  readonly name: string
  /** True when one text may hold several items. */
  readonly split: boolean
  /** What the same source says of the same list under its other name. */
  readonly also?: Given
}

export interface Source {
  readonly kind: 'flag' | 'environment' | 'env-file' | 'config' | 'foreign'
  /** `command line`, `environment`, or the file's path as written. */
  readonly label: string
  readonly given: ReadonlyMap<OptionName, Given>
}

interface Known {
  readonly option: OptionName
  readonly how: 'plural' | 'singular' | 'file'
}

/** Every name of every option in one kind of source. */
function namesIn(
  spell: (option: string) => string,
  may: (name: OptionName) => boolean,
  fileSuffix = '',
): Map<string, Known> {
  const names = new Map<string, Known>()
  for (const option of optionNames) {
    const row = optionRow(option)
    if (!may(option)) continue
    for (const [name, how] of [
      [option, 'plural'],
      [row.singular, 'singular'],
    ] as const) {
      if (name === undefined) continue
      names.set(spell(name), { option, how })
      if (row.secret && fileSuffix !== '')
        names.set(spell(name) + fileSuffix, { option, how: 'file' })
    }
  }
  return names
}

const flagNames = namesIn(flagName, name => optionRow(name).flag)
const variableNames = namesIn(variableName, name => optionRow(name).variable, '_FILE')
const keyNames = namesIn(
  name => name,
  name => optionRow(name).inConfigFile,
)

class Collector {
  readonly #given = new Map<OptionName, Given>()
  readonly #meant = new Map<OptionName, Given>()
  readonly #label: string
  readonly #problems: Problem[]

  constructor(label: string, problems: Problem[]) {
    this.#label = label
    this.#problems = problems
  }

  add(option: OptionName, given: Given): void {
    const other = this.#given.get(option)
    if (other === undefined) {
      this.#given.set(option, given)
      return
    }
    const { type, secret } = optionRow(option)
    if (type.kind === 'list' && !secret) {
      this.#given.set(option, { ...other, also: given })
      return
    }
    this.report(
      given.name,
      error('conflict', `means the same as ${other.name}, and only one of them may be set`, {
        advice: `Keep ${other.name} or ${given.name}, not both.`,
      }),
    )
  }

  /** What was said under a name that is not ours counts where nothing was said under ours. */
  addMeant(option: OptionName, given: Given): void {
    if (optionRow(option).type.parse(given.raw, given).ok) this.#meant.set(option, given)
  }

  source(kind: Source['kind']): Source {
    return { kind, label: this.#label, given: new Map([...this.#meant, ...this.#given]) }
  }

  report(name: string, finding: Omit<Problem, 'name' | 'source'>): void {
    this.#problems.push({ ...finding, name, source: this.#label })
  }
}

/** What the command line says. `others` are flags that a misspelt one may have been meant to be. */
export function fromFlags(
  flags: Flags,
  others: readonly string[],
  positional: readonly string[],
  problems: Problem[],
): Source {
  const collector = new Collector('command line', problems)
  const [upstream, ...stray] = positional
  if (upstream !== undefined) {
    collector.add('upstream', { name: 'UPSTREAM', raw: upstream, split: false })
  }
  for (const item of stray) {
    const reason = 'is a second argument, but only the upstream goes without a flag'
    const advice = `Remove it, or write the option it belongs to, like --allow-origin ${item}`
    collector.report('UPSTREAM', error('conflict', reason, { item, advice }))
  }
  for (const [flag, value] of Object.entries(flags)) {
    const known = flagNames.get(flag)
    const name = flagText(flag)
    const values = typeof value === 'string' ? [value] : value
    if (known === undefined) {
      if (flag === 'port') continue
      const { finding, said } = meantByFlag(flag, values)
      const names = [...others, ...flagNames.keys(), 'port']
      collector.report(name, finding ?? unknownFlag(flag, names))
      if (said !== undefined) collector.addMeant(said.option, { name, raw: said.raw, split: true })
      continue
    }
    const isList = optionRow(known.option).type.kind === 'list'
    if (!isList && values.length > 1) {
      const reason = `is given ${values.length} times, but takes one value`
      collector.report(name, error('conflict', reason))
      continue
    }
    const raw = isList ? values : values[0]
    collector.add(known.option, { name, raw, split: known.how === 'plural' })
  }
  return collector.source('flag')
}

/** What is wrong with a flag that nobody knows: most often its spelling. */
export function unknownFlag(flag: string, known: Iterable<string>): Finding {
  const nearest = nearestName(flag, known)
  return error(
    'unknown-name',
    'is not an option',
    nearest === undefined ? { advice: 'See cors-sidecar --help' } : { correction: `--${nearest}` },
  )
}

/** `-p`, which changes the port of whatever `listen` comes to. */
export function portFlag(flags: Flags): Given | undefined {
  const value = flags.port
  if (value === undefined) return undefined
  return {
    name: '-p',
    raw: typeof value === 'string' || value.length > 1 ? value : value[0],
    split: false,
  }
}

/** What variables say; `NAME_FILE` is read here, for secrets. */
export function fromVariables(
  env: Variables,
  kind: 'environment' | 'env-file',
  label: string,
  read: ReadText,
  problems: Problem[],
): Source {
  const collector = new Collector(label, problems)
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith(variablePrefix)) continue
    const known = variableNames.get(name)
    if (known === undefined) {
      if (!isInjected(name, value)) collector.report(name, unknownVariable(name))
    } else if (known.how === 'file') {
      const result = read(value)
      if ('failure' in result) {
        collector.report(
          name,
          // The value is not shown: a secret itself is easily put where its file belongs.
          error('unreadable-file', `names a file that cannot be read: ${result.failure}`, {
            advice: `Write the path of the file; the value itself belongs in ${name.replace(/_FILE$/, '')}.`,
          }),
        )
        continue
      }
      collector.add(known.option, { name, raw: result.text.replace(/\r?\n$/, ''), split: true })
    } else {
      collector.add(known.option, { name, raw: value, split: known.how === 'plural' })
    }
  }
  return collector.source(kind)
}

/** Says that the program runs in its own container image. Set there, never by hand. */
export const imageVariable = `${variablePrefix}IMAGE`

// Kubernetes sets such names for every Service in the namespace, one called cors-sidecar included.
const isInjected = (name: string, value: string): boolean =>
  name === imageVariable ||
  /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?$/.test(name) ||
  (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value))

function unknownVariable(name: string): Omit<Problem, 'name' | 'source'> {
  const reason = 'is not an option, and is ignored'
  if (name === `${variablePrefix}PORT`) {
    return warning('unknown-name', reason, {
      advice: `Write ${variableName('listen')}=127.0.0.1:8010, or set PORT.`,
    })
  }
  const called = optionCalled(name.slice(variablePrefix.length).toLowerCase().replaceAll('_', '-'))
  const nearest =
    called === undefined ? nearestName(name, variableNames.keys()) : variableName(called)
  return warning('unknown-name', reason, nearest === undefined ? {} : { correction: nearest })
}

/** What a configuration file says: the keys of its one group. */
export function fromConfig(document: unknown, label: string, problems: Problem[]): Source {
  const collector = new Collector(label, problems)
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    if (document !== null) {
      const advice = 'Write a group of options, like allowOrigins: https://app.example.com'
      collector.report('--config', error('value-invalid', 'is not a group of options', { advice }))
    }
    return collector.source('config')
  }
  for (const [key, raw] of Object.entries(document)) {
    if (key === '$schema') continue
    const known = keyNames.get(key)
    if (known === undefined) {
      const called = optionCalled(flagName(key))
      const nearest = called ?? nearestName(key, keyNames.keys())
      const more = nearest === undefined ? {} : { correction: nearest }
      collector.report(key, error('unknown-name', 'is not an option', more))
      if (called !== undefined) collector.addMeant(called, { name: key, raw, split: true })
      continue
    }
    const split = known.how === 'plural' && typeof raw === 'string'
    collector.add(known.option, { name: key, raw, split })
  }
  return collector.source('config')
}
