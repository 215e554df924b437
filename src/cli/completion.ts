// Completion for bash, zsh and fish: yargs writes the script, and the script asks us for the words.
import yargs, { type Argv } from 'yargs'
import { optionNames, optionRow } from '../config/options.js'
import { flagName } from '../terms/option-names.js'
import type { Command, Invocation } from './command.js'

/** `completion`: prints the script to source from a shell's start-up file. */
export async function printCompletion({ commands }: Invocation): Promise<number> {
  describedParser(commands).showCompletionScript()
  return 0
}

/** What may follow the words typed so far, one to a line. */
export async function completionsFor(
  commands: readonly Command[],
  words: readonly string[],
): Promise<string> {
  const found = await describedParser(commands).getCompletion([...words])
  return found.map(word => `${word}\n`).join('')
}

function describedParser(commands: readonly Command[]): Argv {
  const parser = yargs([]).scriptName('cors-sidecar').help(false).version(false)
  for (const { name, describe, flags } of commands) {
    parser.command(name, describe, command => {
      for (const [flag, { describe, metavar }] of Object.entries(flags)) {
        command.option(flag, { describe, type: metavar === undefined ? 'boolean' : 'string' })
      }
      return command
    })
  }
  for (const name of optionNames) {
    const { flag, type, describe } = optionRow(name)
    if (!flag) continue
    parser.option(flagName(name), {
      describe,
      type: type.kind === 'boolean' ? 'boolean' : 'string',
      ...(type.choices === undefined ? {} : { choices: type.choices }),
    })
  }
  return parser
}
