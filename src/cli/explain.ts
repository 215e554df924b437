// `explain`: one made-up request in, decision and reasons out.
import { loadSettings } from '../config/load.js'
import type { HeaderLine } from '../observe/exchange-view.js'
import { type Explanation, explain } from '../observe/explanation.js'
import { makerNamed, makersText } from '../policy/made-up-request.js'
import { error } from '../terms/finding.js'
import { type Invocation, isOn, lastValue } from './command.js'
import { problemsReport } from './problems-report.js'

/** Exits with 0 when the page may read the answer, 1 when it may not, 2 when nothing can be said. */
export async function explainRequest(invocation: Invocation): Promise<number> {
  const origin = lastValue(invocation, 'origin')
  const loaded = await loadSettings({ ...invocation.load, needsUpstream: false })
  const problems = loaded.problems.filter(({ severity }) => severity !== 'info')
  const word = lastValue(invocation, 'as') ?? 'fetch'
  const as = makerNamed(word)
  const missing = [
    ...(origin === undefined ? [originMissing] : []),
    ...(as === undefined ? [unknownMaker(word)] : []),
  ]
  if (problems.length + missing.length > 0) {
    const isJudged = loaded.ok && missing.length === 0
    const heading = (tally: string) =>
      isJudged ? `With ${tally}:` : `Nothing was judged: ${tally}.`
    invocation.printError(problemsReport(heading, [...missing, ...problems]))
  }
  if (!loaded.ok || missing.length > 0) return 2
  const explanation = explain(
    loaded.policies,
    {
      origin,
      method: lastValue(invocation, 'method'),
      headers: invocation.own.get('headers')?.join(','),
      path: lastValue(invocation, 'path'),
      isUpgrade: isOn(invocation, 'upgrade'),
      as,
    },
    loaded.settings,
  )
  invocation.print(
    isOn(invocation, 'json')
      ? `${JSON.stringify(explanation, undefined, 2)}\n`
      : explanationText(explanation),
  )
  return explanation.decision.verdict === 'refused' ? 1 : 0
}

const originMissing = {
  ...error('value-invalid', 'is missing: a policy judges the origin of a page', {
    advice: 'Write --origin https://app.example.com',
  }),
  name: '--origin',
  source: 'command line',
}

const unknownMaker = (word: string) => ({
  ...error('value-invalid', `"${word}" is nothing that makes a browser send a request`, {
    advice: `Write one of ${makersText}`,
  }),
  name: '--as',
  source: 'command line',
})

function explanationText(explanation: Explanation): string {
  const { question, decision, steps, preflight, response } = explanation
  const blocks = [questionText(question)]
  blocks.push(
    steps
      .map(({ name, outcome, detail }) => `  ${name.padEnd(13)}${outcome.padEnd(9)}${detail}`)
      .join('\n'),
  )
  const near = decision.nearMiss === undefined ? '' : `\n  Nearly: ${decision.nearMiss.text}`
  const mode = decision.reportOnly ? '\n  report-only: none of this is enforced.' : ''
  blocks.push(`${verdictWord(decision)}: ${decision.reason}\n  ${decision.sentence}${near}${mode}`)
  if (preflight !== undefined) {
    blocks.push(
      `The preflight is answered with ${preflight.status}\n${headText(preflight.headers)}`,
    )
  }
  if (response.headers.length > 0) {
    blocks.push(`The response gets these headers\n${headText(response.headers)}`)
  }
  blocks.push(`What the browser does\n  ${explanation.browser}`)
  const { fix, instead } = decision
  if (instead !== undefined) blocks.push(`What to do\n  ${instead}`)
  if (fix !== undefined) {
    const ways = [fix.flag, fix.variable, fix.config.replaceAll('\n', '\n  ')]
    const lines = ways.filter(way => way !== undefined).map(way => `  ${way}`)
    blocks.push(`To allow it, one of\n${lines.join('\n')}`)
  }
  return `${blocks.join('\n\n')}\n`
}

function questionText({
  origin,
  method,
  headers,
  path,
  isUpgrade,
  as,
}: Explanation['question']): string {
  const page = origin === undefined ? 'A request without an Origin' : `A page of ${origin}`
  if (isUpgrade) return `${page} opens a WebSocket to ${path}`
  if (as !== 'fetch')
    return `${page} sends ${method} ${path} by a ${as}`.replace('a image', 'an image')
  return `${page} sends ${method} ${path}${headers ? ` with ${headers}` : ''}`
}

const verdictWord = ({ verdict }: Explanation['decision']): string =>
  ({ allowed: 'Allowed', refused: 'Refused', neutral: 'Not a CORS matter' })[verdict]

const headText = (lines: readonly HeaderLine[]): string =>
  lines.map(([name, value]) => `  ${name}: ${value}`).join('\n')
