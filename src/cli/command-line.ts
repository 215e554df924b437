// argv → command, flags and arguments. The parser only cuts words apart: every value stays the text
// that was typed, and what it means is for the value types of the options to say.
import parse from 'yargs-parser'
import { optionNames, optionRow } from '../config/options.js'
import { isBooleanWord } from '../config/value-types.js'
import { flagName } from '../terms/option-names.js'
import type { Command } from './command.js'

export interface CommandLine {
  readonly command: Command
  /** True when the command was named, not just the default. */
  readonly isNamed: boolean
  /** Flags that the command does not know as its own, by name without dashes. */
  readonly flags: Readonly<Record<string, string | readonly string[]>>
  readonly own: ReadonlyMap<string, readonly string[]>
  readonly arguments: readonly string[]
  readonly asksForHelp: boolean
  readonly asksForVersion: boolean
}

interface KnownFlags {
  /** Those that may stand alone. */
  readonly switches: ReadonlySet<string>
  readonly all: readonly string[]
  readonly short: ReadonlyMap<string, string>
}

/** Cuts a command line apart. Nothing is refused here: unknown names are handed on. */
export function readCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  standard: Command,
): CommandLine {
  const known = knownFlags(commands)
  const parsed = parse(withExplicitValues(argv, known), {
    string: [...known.all],
    alias: lettersOf(known.short),
    configuration: {
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
      'strip-aliased': true,
    },
  })
  const words = parsed._.map(String)
  const named = commands.find(({ name }) => name === words[0])
  const command = named ?? standard
  const flags: Record<string, string | string[]> = {}
  const own = new Map<string, string[]>()
  let asksForHelp = false
  let asksForVersion = false
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '_') continue
    const texts = Array.isArray(value) ? value.map(String) : [String(value)]
    if (name === 'help') asksForHelp = true
    else if (name === 'version') asksForVersion = true
    else if (Object.hasOwn(command.flags, name)) own.set(name, texts)
    else flags[name] = texts
  }
  return {
    command,
    isNamed: named !== undefined,
    flags,
    own,
    arguments: named === undefined ? words : words.slice(1),
    asksForHelp,
    asksForVersion,
  }
}

function lettersOf(short: KnownFlags['short']): Record<string, string[]> {
  const letters: Record<string, string[]> = {}
  for (const [letter, flag] of short) letters[flag] = [...(letters[flag] ?? []), letter]
  return letters
}

function knownFlags(commands: readonly Command[]): KnownFlags {
  const switches = new Set(['help', 'version'])
  const all = ['help', 'version', 'port']
  const short = new Map([
    ['p', 'port'],
    ['h', 'help'],
    ['v', 'version'],
    ['V', 'version'],
  ])
  for (const name of optionNames) {
    const row = optionRow(name)
    if (!row.flag) continue
    const flag = flagName(name)
    all.push(flag)
    if (row.singular !== undefined) all.push(flagName(row.singular))
    if (row.short !== undefined) short.set(row.short, flag)
    if (row.type.kind === 'boolean') switches.add(flag)
  }
  for (const { flags } of commands) {
    for (const [flag, { metavar }] of Object.entries(flags)) {
      all.push(flag)
      if (metavar === undefined) switches.add(flag)
    }
  }
  return { switches, all, short }
}

/**
 * Gives every switch a value (`--strict` → `--strict=true`, `--no-strict` → `--strict=false`) and every
 * short flag a word of its own (`-p80` → `-p 80`), so that the parser has nothing to guess.
 */
function withExplicitValues(argv: readonly string[], { switches, short }: KnownFlags): string[] {
  const words: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') return [...words, ...argv.slice(at)]
    const letter = /^-([a-z])(.*)$/is.exec(word)
    const long = letter === null ? undefined : short.get(letter[1] ?? '')
    const name = long ?? /^--([^=]+)$/s.exec(word)?.[1] ?? ''
    if (letter !== null && long !== undefined && letter[2] !== '') {
      words.push(`--${long}=${(letter[2] ?? '').replace(/^=/, '')}`)
    } else if (switches.has(name)) {
      const next = argv[at + 1]
      const isValue = next !== undefined && isBooleanWord(next) && name !== 'help'
      words.push(`--${name}=${isValue ? next : 'true'}`)
      if (isValue) at++
    } else if (name.startsWith('no-') && switches.has(name.slice(3))) {
      words.push(`--${name.slice(3)}=false`)
    } else {
      words.push(word)
    }
  }
  return words
}
