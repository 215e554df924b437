// `doctor`: plays the browser against servers, and says what is wrong and what the sidecar changes.

import { readTextFile } from '../config/read-sources.js'
import { maskedTarget } from '../observe/masking.js'
import { MASK } from '../terms/secrets.js'
import { type Front, frontOf } from '../why/front.js'
import { type Invocation, isOn, lastValue } from './command.js'
import { createAsker } from './doctor/ask.js'
import { prognosisOf, symptomsOf } from './doctor/judge.js'
import { type Observations, observe } from './doctor/observe.js'
import { readQuestions } from './doctor/questions.js'
import { type Diagnosis, isGrave, type Report } from './doctor/report.js'

const formats = ['text', 'json', 'sarif', 'junit'] as const
type Format = (typeof formats)[number]

/** Exits with 0 when nothing is wrong, 1 when something is or nobody answers, 2 for a bad argument. */
export async function doctor(invocation: Invocation): Promise<number> {
  const format = formatOf(invocation)
  const asked = readQuestions(invocation, readTextFile)
  if (format === undefined || typeof asked === 'string') {
    const sentence = typeof asked === 'string' ? asked : `--format is one of ${formats.join(', ')}.`
    invocation.printError(`${sentence}\n`)
    return 2
  }
  const { questions, secrets, leftOut } = asked
  const asker = createAsker(isOn(invocation, 'insecure'))
  const diagnoses: Diagnosis[] = []
  for (const question of questions) {
    diagnoses.push(diagnosisOf(await observe(asker.ask, question), secrets))
  }
  await asker.close()
  const isWell = !diagnoses.some(isSick)
  const report = { isWell, diagnoses, ...(await frontsOf(diagnoses)), leftOut }
  invocation.print(await written(format, report, invocation.isColoured))
  return isWell ? 0 : 1
}

const isSick = ({ findings }: Diagnosis): boolean => findings.some(isGrave)

/** What to put in front of each server that something is wrong with. */
async function frontsOf(
  diagnoses: readonly Diagnosis[],
): Promise<Pick<Report, 'commands' | 'notListed'>> {
  const answers = (diagnosis: Diagnosis) =>
    !diagnosis.findings.some(({ code }) => code === 'unreachable')
  const sick = diagnoses.filter(diagnosis => isSick(diagnosis) && answers(diagnosis))
  const upstreams = new Set(sick.map(({ url }) => new URL(url).origin))
  const fronts: Front[] = []
  for (const upstream of upstreams) {
    const wishes = diagnoses.filter(({ url }) => new URL(url).origin === upstream)
    fronts.push(await frontOf(upstream, wishes))
  }
  return {
    commands: fronts.flatMap(({ command }) => command ?? []),
    notListed: fronts.flatMap(({ notListed }) => notListed),
  }
}

function formatOf(invocation: Invocation): Format | undefined {
  const word = lastValue(invocation, 'format') ?? (isOn(invocation, 'json') ? 'json' : 'text')
  return formats.find(format => format === word)
}

function diagnosisOf(seen: Observations, secrets: readonly string[]): Diagnosis {
  const { question, withoutCookies, withCookies } = seen
  const { hops } = question.cookie === undefined ? withoutCookies : withCookies
  return {
    url: maskedTarget(question.url.href),
    method: question.method,
    headers: [...question.headers.keys()],
    origin: question.origin,
    prognosis: prognosisOf(seen),
    hops: hops.map(({ url, answer }) => ({
      url: hidden(maskedTarget(url.href), secrets),
      status: answer === undefined || 'failure' in answer ? undefined : answer.status,
    })),
    findings: symptomsOf(seen).map(found => ({
      ...found,
      message: hidden(found.message, secrets),
    })),
  }
}

async function written(format: Format, report: Report, isColoured: boolean): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
    case 'sarif':
      return `${JSON.stringify((await import('./doctor/sarif.js')).reportSarif(report), null, 2)}\n`
    case 'junit':
      return (await import('./doctor/junit.js')).reportJunit(report)
    case 'text':
      return (await import('./doctor/text.js')).reportText(report, isColoured)
  }
}

/** A server may answer with what it was sent; here it is as secret as before. */
function hidden(text: string, secrets: readonly string[]): string {
  let shown = text
  for (const secret of secrets) shown = shown.replaceAll(secret, MASK)
  return shown
}
