// The words a person types, from argv to an exit code. Everything heavy is loaded by the command that
// needs it, since the time to the first request counts.
import { readFileSync } from 'node:fs'
import { flagText } from '../config/meant-options.js'
import { type Problem, problemsText } from '../config/problem.js'
import { unknownFlag } from '../config/sources.js'
import { nearestName } from '../terms/distance.js'
import { error } from '../terms/finding.js'
import { printableOutput } from '../terms/printable.js'
import { type CommandLine, readCommandLine } from './command-line.js'
import { commands, startCommand } from './commands.js'

const exitUsage = 2

const commandNames = commands.map(({ name }) => name)

/** Does what the command line asks for and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const isTerminal = process.stdout.isTTY === true
  const isColoured = isTerminal && !process.env.NO_COLOR
  const print = (text: string): void => void process.stdout.write(printableOutput(text, isColoured))
  const printError = (text: string): void => void process.stderr.write(printableOutput(text, false))
  if (argv[0] === '--get-yargs-completions') {
    const { completionsFor } = await import('./completion.js')
    print(await completionsFor(commands, argv.slice(1)))
    return 0
  }
  const line = readCommandLine(argv, commands, startCommand)
  if (line.asksForVersion || (!line.isNamed && line.arguments[0] === 'version')) {
    print(`${version()}\n`)
    return 0
  }
  if (line.asksForHelp) {
    const { helpText } = await import('./help.js')
    const topic = line.isNamed ? line.command.name : 'all' in line.flags ? 'all' : undefined
    print((await helpText(commands, topic, process.stdout.columns)) ?? '')
    return 0
  }
  const { command } = line
  const problems = usageProblems(line)
  if (problems.length > 0) {
    printError(problemsText(`cors-sidecar ${command.name} did not run.`, problems))
    return exitUsage
  }
  const run = await command.load()
  return run({
    load: {
      flags: line.flags,
      otherFlags: Object.keys(command.flags),
      arguments: command.argument === 'upstream' ? line.arguments : [],
      env: process.env,
      cwd: process.cwd(),
      isTerminal,
    },
    own: line.own,
    arguments: line.arguments,
    commands,
    isColoured,
    print,
    printError,
  })
}

/** The version of the installed package. */
export function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return String(JSON.parse(text).version)
}

function commandFor(word: string): string | undefined {
  const called = commands.find(({ alsoCalled }) => alsoCalled?.includes(word))
  return called?.name ?? nearestName(word, commandNames)
}

// Options and the upstream are checked together with all other settings; what is left is what only the
// command line can get wrong.
function usageProblems({ command, isNamed, flags, arguments: given }: CommandLine): Problem[] {
  const problems: Problem[] = []
  const [first = ''] = given
  const meant = isNamed || !/^[a-z]+$/.test(first) ? undefined : commandFor(first)
  if (meant !== undefined) {
    problems.push({
      ...error('unknown-name', 'is neither a command nor an upstream', { item: first }),
      correction: `cors-sidecar ${meant}`,
      name: 'cors-sidecar',
      source: 'command line',
    })
  }
  if (!command.takesOptions) {
    for (const flag of Object.keys(flags)) {
      const finding = unknownFlag(flag, Object.keys(command.flags))
      problems.push({ ...finding, name: flagText(flag), source: 'command line' })
    }
  }
  const most = { upstream: 0, none: 0, own: 1, several: Number.POSITIVE_INFINITY }[command.argument]
  const stray = command.argument === 'upstream' ? undefined : given[most]
  if (stray !== undefined) {
    problems.push({
      ...error('unknown-name', 'is one argument too many', { item: stray }),
      advice: `See cors-sidecar ${command.name} --help`,
      name: command.name,
      source: 'command line',
    })
  }
  return problems
}
