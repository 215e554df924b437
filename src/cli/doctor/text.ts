import type { Gravity, Symptom } from './finding.js'
import { type Diagnosis, isGrave, type Report } from './report.js'

type Paint = (code: string, text: string) => string

const colours: Record<Gravity, string> = { broken: '31', danger: '31', risk: '33', note: '2' }
const width = 96

/** The report for a person: a table of what works, then each finding with its cure. */
export function reportText(report: Report, isColoured: boolean): string {
  const paint: Paint = (code, text) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = byRequest(report.diagnoses).flatMap(diagnoses => requestLines(diagnoses, paint))
  for (const text of report.leftOut) lines.push('', `  ${text}`)
  lines.push('', ...closing(report))
  return `${lines.join('\n')}\n`
}

function requestLines(diagnoses: readonly Diagnosis[], paint: Paint): string[] {
  const [{ url, method, headers } = { url: '', method: '', headers: [] }] = diagnoses
  const yesNo = (is: boolean) => paint(is ? '32' : '31', (is ? 'yes' : 'no').padEnd(13))
  const originWidth = Math.max(8, ...diagnoses.map(({ origin }) => origin.length)) + 2
  const asked = headers.length === 0 ? method : `${method} with ${headers.join(', ')}`
  const lines = [
    '',
    `  ${paint('1', url)}  asked as a browser would: ${asked}`,
    '',
    paint('2', `  ${'origin'.padEnd(originWidth)}may read     with cookies preflight`),
    ...diagnoses.map(
      ({ origin, prognosis }) =>
        `  ${origin.padEnd(originWidth)}${yesNo(prognosis.canRead)}${yesNo(prognosis.canReadWithCookies)}${yesNo(prognosis.passesPreflight)}`,
    ),
  ]
  for (const { findings, origins } of grouped(diagnoses)) {
    lines.push('', `  ${paint('1', origins.join(', '))}`)
    for (const finding of findings) lines.push(...findingLines(finding, paint))
  }
  return lines
}

function findingLines({ gravity, message, cure, code }: Symptom, paint: Paint): string[] {
  const indent = ' '.repeat(10)
  const [first = '', ...rest] = wrapped(message)
  return [
    `  ${paint(colours[gravity], gravity.padEnd(8))}${first} ${paint('2', `[${code}]`)}`,
    ...rest.map(line => indent + line),
    ...wrapped(`sidecar: ${cure}`).map(line => indent + paint('2', line)),
  ]
}

function byRequest(diagnoses: readonly Diagnosis[]): Diagnosis[][] {
  const groups = new Map<string, Diagnosis[]>()
  for (const diagnosis of diagnoses) {
    const key = JSON.stringify([diagnosis.url, diagnosis.method, diagnosis.headers])
    groups.set(key, [...(groups.get(key) ?? []), diagnosis])
  }
  return [...groups.values()]
}

/** Origins with the same findings share one list. */
function grouped(
  diagnoses: readonly Diagnosis[],
): { origins: string[]; findings: readonly Symptom[] }[] {
  const groups = new Map<string, { origins: string[]; findings: readonly Symptom[] }>()
  for (const { origin, findings } of diagnoses) {
    if (findings.length === 0) continue
    const key = findings.map(({ code, message }) => code + message.replaceAll(origin, '')).join()
    const group = groups.get(key) ?? { origins: [], findings }
    group.origins.push(origin)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function closing({ isWell, diagnoses, commands, notListed }: Report): string[] {
  if (isWell) return ['  No problems found.', '']
  const lines: string[] = []
  for (const command of commands) {
    lines.push('  With the sidecar in front:', `    ${command}`, '')
  }
  for (const { origin, reason } of notListed) {
    lines.push(`  The sidecar refuses ${origin} in its settings: it ${reason}`, '')
  }
  const grave = diagnoses.filter(({ findings }) => findings.some(isGrave)).length
  if (diagnoses.length > 1)
    lines.push(`  There are problems in ${grave} of ${diagnoses.length}.`, '')
  return lines
}

function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= width - 10) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
