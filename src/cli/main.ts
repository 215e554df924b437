import { loadSettings } from '../config/load.js'
import { problemsText } from '../config/problem.js'
import { run } from './run.js'

const short: Readonly<Record<string, string>> = {
  o: 'allow-origins',
  u: 'upstream',
  l: 'listen',
  p: 'port',
}

/** Reads the words, starts what they ask for, and resolves with the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const flags: Record<string, string[]> = {}
  const rest: string[] = []
  for (let at = 0; at < words.length; at++) {
    const match = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(words[at] ?? '')
    if (match === null) {
      if (words[at] !== 'start') rest.push(words[at] ?? '')
      continue
    }
    const name = short[match[1] ?? ''] ?? match[1] ?? ''
    const value = match[2] ?? words[++at] ?? ''
    flags[name] = [...(flags[name] ?? []), value]
  }
  const isTerminal = process.stdout.isTTY === true
  const loaded = await loadSettings({
    flags,
    arguments: rest,
    env: process.env,
    cwd: process.cwd(),
    isTerminal,
  })
  if (!loaded.ok) {
    process.stderr.write(problemsText('cors-sidecar did not start', loaded.problems))
    return 2
  }
  return run({
    settings: loaded.settings,
    policies: loaded.policies,
    warnings: loaded.problems.map(problem => problem.reason),
    settingsView: () => loaded.settings,
    isTerminal,
    isColoured: isTerminal,
  })
}
