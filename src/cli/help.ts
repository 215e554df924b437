// Help, written by yargs from the option table and the command list.
import yargs, { type Argv } from 'yargs'
import { type OptionName, optionNames, optionRow } from '../config/options.js'
import { defaultWords, groupTitles } from '../config/reference.js'
import { flagName, variableName } from '../terms/option-names.js'
import type { Command } from './command.js'

const columns = 80

/** The help of one command, or of the program. */
export async function helpText(
  commands: readonly Command[],
  command: Command | undefined,
): Promise<string> {
  const help = await (command === undefined
    ? programHelp(commands)
    : commandHelp(command)
  ).getHelp()
  return `${help}\n`
}

const blank = (): Argv =>
  yargs([]).scriptName('cors-sidecar').wrap(columns).help(false).version(false).strict(false)

function programHelp(commands: readonly Command[]): Argv {
  const parser = blank().usage(
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
    describe: 'Port to listen on; the host stays.',
    group: groupTitles.listening,
  })
  parser.option('h', { alias: 'help', describe: 'Shows this text.', group: 'Other' })
  parser.option('v', { alias: 'version', describe: 'Shows the version.', group: 'Other' })
  return parser.epilog(
    [
      'A switch is turned off with no- in front: --no-websockets. Lists are',
      'separated by commas; each has a singular (--allow-origin) that takes one',
      'item and may be repeated.',
      '',
      `Every option is a variable too: --max-age is ${variableName('maxAge')}.`,
      'In a configuration file (--config) it is maxAge. A .env file in the working',
      'directory is read, unless NODE_ENV is production.',
    ].join('\n'),
  )
}

function commandHelp(command: Command): Argv {
  const parser = blank().usage(
    `${command.describe}\n\nUsage: cors-sidecar ${command.name} ${command.usage}`.trimEnd(),
  )
  for (const [flag, { describe, metavar }] of Object.entries(command.flags)) {
    parser.option(metavar === undefined ? flag : `${flag} ${metavar}`, { describe, group: 'Flags' })
  }
  return command.takesOptions
    ? parser.epilog('All options of cors-sidecar --help may be given too.')
    : parser
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
