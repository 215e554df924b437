// Help: one screen of what people need first, and everything, written by yargs from the option table
// and the command list.
import yargs, { type Argv } from 'yargs'
import type { Group } from '../config/option.js'
import { type OptionName, optionNames, optionRow } from '../config/options.js'
import { defaultWords, groupTitles } from '../config/reference.js'
import { nearestName } from '../terms/distance.js'
import { flagName, variableName } from '../terms/option-names.js'
import { type Command, type Invocation, isOn } from './command.js'

/** Lines of a hundred characters are read well; a narrower terminal gets what it has. */
const columnsOf = (terminal: number | undefined): number =>
  terminal === undefined ? 80 : Math.max(40, Math.min(terminal, 100))

/** `help`: the first screen, or what its argument asks for. */
export async function help(invocation: Invocation): Promise<number> {
  const { commands, print, printError } = invocation
  const topic = isOn(invocation, 'all') ? 'all' : invocation.arguments[0]
  const text = await helpText(commands, topic, process.stdout.columns)
  if (text !== undefined) {
    print(text)
    return 0
  }
  const nearest = nearestName(topic ?? '', [...groups, ...commands.map(({ name }) => name)])
  const cure = nearest === undefined ? topics(commands) : `Write cors-sidecar help ${nearest}`
  printError(`There is no help on "${topic}".\n  ${cure}\n`)
  return 2
}

/**
 * The help on a topic: a group of options, an option, a command, or `all`; without one, the first
 * screen. Undefined where there is no such topic.
 */
export async function helpText(
  commands: readonly Command[],
  topic: string | undefined,
  terminal?: number,
): Promise<string | undefined> {
  if (topic === undefined) return firstScreen(commands)
  const parser = parserFor(commands, topic, columnsOf(terminal))
  return parser === undefined ? undefined : `${await parser.getHelp()}\n`
}

function parserFor(commands: readonly Command[], topic: string, columns: number): Argv | undefined {
  const blank = yargs([]).scriptName('cors-sidecar').wrap(columns).help(false).version(false)
  if (topic === 'all') return programHelp(blank, commands)
  const command = commands.find(({ name }) => name === topic)
  if (command !== undefined) return commandHelp(blank, command)
  const group = groups.find(name => name === topic)
  const flag = topic.replace(/^--(?:no-)?/u, '')
  const options = optionNames.filter(name => {
    const { group: own, singular = '' } = optionRow(name)
    return group === undefined
      ? [name, flagName(name), singular, flagName(singular)].includes(flag)
      : own === group
  })
  return options.length === 0 ? undefined : optionsHelp(blank, options)
}

const groups = Object.keys(groupTitles) as Group[]

const topics = (commands: readonly Command[]): string =>
  `Write cors-sidecar help, and all, ${groups.join(', ')}, an option, or one of ${commands
    .map(({ name }) => name)
    .join(', ')}`

const examples = [
  ['5000 -o 3000', 'page on 3000, API on 5000'],
  ['https://api.example.com -o 3000', 'an API on the web'],
  ["5000 -o 'https://*.example.com'", 'pages of all subdomains'],
  ['5000 --route /auth=http://auth:8000', 'another API below /auth'],
  ['-c cors-sidecar.yaml', 'everything from a file'],
] as const

/** Twenty-five lines of eighty characters, the size of the smallest terminal that people have. */
function firstScreen(commands: readonly Command[]): string {
  const rows = optionNames.flatMap(name => {
    const { brief, short } = optionRow(name)
    const letter = short === undefined ? '    ' : `-${short}, `
    return brief === undefined ? [] : [[`${letter}${brief.usage}`, brief.says] as const]
  })
  return [
    'Puts one safe CORS policy in front of any API.',
    '',
    'Usage: cors-sidecar [command] [UPSTREAM] [options]',
    ...inColumns(examples.map(([words, says]) => [`cors-sidecar ${words}`, says] as const)),
    '',
    ...inColumns([...rows, ['-p, --port PORT', 'Port to listen on, without changing the host.']]),
    '',
    ...wrapped('Commands:', commands.map(({ name }) => name).join(', ')),
    ...wrapped(
      'More:',
      `cors-sidecar --help --all, or cors-sidecar help with a group (${groups.join(', ')}), an option or a command.`,
    ),
    '',
  ].join('\n')
}

function inColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

function wrapped(label: string, text: string): string[] {
  const lines = [label]
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`
    if (line.length <= 80) lines[lines.length - 1] = line
    else lines.push(`${' '.repeat(label.length)} ${word}`)
  }
  return lines
}

function programHelp(parser: Argv, commands: readonly Command[]): Argv {
  parser.usage(
    [
      'Puts one safe CORS policy in front of any API.',
      '',
      '  cors-sidecar http://localhost:5000 -o https://app.example.com',
      '',
      'Usage: cors-sidecar [command] [UPSTREAM] [options]',
    ].join('\n'),
  )
  for (const { name, usage, describe } of commands) {
    parser.command(`${name} ${shortUsage(usage)}`.trim(), describe)
  }
  for (const option of optionNames) addOption(parser, option)
  parser.option('port PORT', {
    alias: 'p',
    describe: 'Port to listen on, without changing the host.',
    group: groupTitles.listening,
  })
  parser.option('h', { alias: 'help', describe: 'Shows the first screen of help.', group: 'Other' })
  parser.option('v', { alias: ['version', 'V'], describe: 'Shows the version.', group: 'Other' })
  return parser.epilog(
    [
      'Switch a boolean option off with no-: --no-websockets. Lists are',
      'separated by commas; each has a singular (--allow-origin) that takes one',
      'item and may be repeated.',
      '',
      `Every option is a variable too: --max-age is ${variableName('maxAge')}.`,
      'In a configuration file (--config) it is maxAge. A .env file in the working',
      'directory is read, unless NODE_ENV is production.',
    ].join('\n'),
  )
}

function commandHelp(parser: Argv, command: Command): Argv {
  parser.usage(
    `${command.describe}\n\nUsage: cors-sidecar ${command.name} ${command.usage}`.trimEnd(),
  )
  for (const [flag, { describe, metavar }] of Object.entries(command.flags)) {
    parser.option(metavar === undefined ? flag : `${flag} ${metavar}`, { describe, group: 'Flags' })
  }
  return command.takesOptions
    ? parser.epilog('It takes all options that cors-sidecar help all lists.')
    : parser
}

function optionsHelp(parser: Argv, options: readonly OptionName[]): Argv {
  for (const name of options) addOption(parser, name)
  return parser
}

function addOption(parser: Argv, name: OptionName): void {
  const row = optionRow(name)
  if (!row.flag) return
  const isSwitch = row.type.kind === 'boolean'
  const choices =
    row.type.choices === undefined || row.type.kind === 'list'
      ? ''
      : ` One of ${row.type.choices.join(', ')}.`
  parser.option(`${flagName(name)}${isSwitch ? '' : ` ${row.type.metavar}`}`, {
    ...(row.short === undefined ? {} : { alias: row.short }),
    describe: `${row.describe}${choices} [${defaultWords(row)}]`,
    group: groupTitles[row.group],
  })
}

// In the list of commands, "[options]" says nothing that the next lines do not.
const shortUsage = (usage: string): string => usage.replace(/ ?\[options\]$/, '')
