import { loadSettings } from '../config/load.js'
import { type Problem, problemSentence } from '../config/problem.js'
import { type Invocation, isOn } from './command.js'
import { problemsReport } from './problems-report.js'

/** `check`: everything that is wrong with the configuration, each with its cure. */
export async function check(invocation: Invocation): Promise<number> {
  const { ok, problems } = await loadSettings(invocation.load)
  invocation.print(
    isOn(invocation, 'json')
      ? `${JSON.stringify({ ok, problems: problems.map(problemRecord) }, undefined, 2)}\n`
      : problemsReport(tally => verdict(ok, tally), problems),
  )
  return ok ? 0 : 2
}

function verdict(ok: boolean, tally: string): string {
  if (!ok) return `cors-sidecar would not start: ${tally} in the configuration.`
  return tally === '' ? 'The configuration is good.' : `The configuration is good, with ${tally}.`
}

// One shape for programs: the fields are there or absent, never empty, and the sentence is whole.
const problemRecord = (problem: Problem): object => ({ ...problem, text: problemSentence(problem) })
