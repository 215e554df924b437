// `export TARGET`: the policy in the configuration of another engine.
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { loadSettings } from '../config/load.js'
import { problemsText } from '../config/problem.js'
import { engines } from '../engines/engines.js'
import { type Exported, exportPolicy } from '../engines/export.js'
import { nearestName } from '../terms/distance.js'
import { error } from '../terms/finding.js'
import { type Invocation, isOn, lastValue } from './command.js'
import { problemsReport } from './problems-report.js'

/** Exits with 1 when `--strict` finds a loss, or a looser result was not accepted, and with 2 for a mistake. */
export async function exportSettings(invocation: Invocation): Promise<number> {
  const { printError, print } = invocation
  const [target] = invocation.arguments
  const engine = engines.find(({ name }) => name === target)
  if (engine === undefined) {
    printError(targetProblem(target))
    return 2
  }
  const loaded = await loadSettings({ ...invocation.load, needsUpstream: false })
  if (!loaded.ok) {
    const heading = (tally: string) => `Nothing exported: ${tally} in the configuration.`
    printError(problemsReport(heading, loaded.problems))
    return 2
  }
  const exported = exportPolicy(engine, loaded.policies)
  const looser = exported.losses.filter(({ effect }) => effect === 'looser')
  if (looser.length > 0 && !isOn(invocation, 'accept-looser')) {
    const lines = looser.map(({ setting, what }) => `  ${setting}: ${what}`).join('\n')
    printError(
      `Nothing exported: in ${engine.title} this policy would let more in.\n${lines}\n  Write --accept-looser to export it all the same.\n`,
    )
    return 1
  }
  const isJson = isOn(invocation, 'json')
  const text = isJson ? `${JSON.stringify(exported, undefined, 2)}\n` : exported.text
  const out = lastValue(invocation, 'out')
  if (out === undefined) print(text)
  else {
    const file = resolve(invocation.load.cwd, out)
    const failure = writeWhole(isJson ? new Map([[file, text]]) : filesOf(exported, file))
    if (failure !== undefined) {
      printError(`Nothing exported: ${out} cannot be written: ${failure}\n`)
      return 2
    }
    for (const { setting, effect, what } of exported.losses) {
      printError(`lost: ${setting} (${effect}): ${what}\n`)
    }
  }
  return isOn(invocation, 'strict') && exported.losses.length > 0 ? 1 : 0
}

function targetProblem(target: string | undefined): string {
  const known = engines.map(({ name }) => name)
  const nearest = nearestName(target ?? '', known)
  const advice =
    nearest === undefined
      ? `Write one of ${known.join(', ')}`
      : `Write ${nearest}; there are ${known.join(', ')}`
  const finding =
    target === undefined
      ? error('value-invalid', 'is not given', { advice })
      : error('unknown-name', 'is no engine that is known here', { item: target, advice })
  return problemsText('Nothing exported.', [{ ...finding, name: 'TARGET', source: 'command line' }])
}

/** The file that was named is the one to include last; others are written next to it, by their own names. */
function filesOf({ text, files }: Exported, file: string): ReadonlyMap<string, string> {
  const entries = Object.entries(files ?? {})
  const last = entries.length - 1
  if (last < 0) return new Map([[file, text]])
  return new Map(
    entries.map(([name, text], at) => [at === last ? file : join(dirname(file), name), text]),
  )
}

/** All files or none. Returns why there are none. */
function writeWhole(files: ReadonlyMap<string, string>): string | undefined {
  const drafts = [...files].map(([file, text]) => ({ file, text, draft: `${file}.${process.pid}` }))
  try {
    for (const { draft, text } of drafts) writeFileSync(draft, text, { flag: 'wx' })
    for (const { draft, file } of drafts) renameSync(draft, file)
    return undefined
  } catch (error) {
    for (const { draft } of drafts) rmSync(draft, { force: true })
    return error instanceof Error ? error.message : String(error)
  }
}
