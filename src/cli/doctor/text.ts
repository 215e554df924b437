import { flagWord } from '../../terms/paste.js'
import type { Diagnosis } from '../doctor.js'
import type { Finding, Gravity } from './finding.js'

export interface Report {
  readonly url: string
  readonly method: string
  readonly headers: readonly string[]
  readonly diagnoses: readonly Diagnosis[]
}

const colours: Record<Gravity, string> = { broken: '31', danger: '31', risk: '33', note: '2' }
const width = 96

/** The report for a person: a table of what works, then each finding with its cure. */
export function diagnosisText(report: Report, isColoured: boolean): string {
  const { url, method, headers, diagnoses } = report
  const paint = (code: string, text: string) =>
    isColoured ? `\u001b[${code}m${text}\u001b[0m` : text
  const yesNo = (is: boolean) => paint(is ? '32' : '31', (is ? 'yes' : 'no').padEnd(13))
  const originWidth = Math.max(8, ...diagnoses.map(({ origin }) => origin.length)) + 2
  const asked = headers.length === 0 ? method : `${method} with ${headers.join(', ')}`
  const rows = diagnoses.map(
    ({ origin, prognosis }) =>
      `  ${origin.padEnd(originWidth)}${yesNo(prognosis.canRead)}${yesNo(prognosis.canReadWithCookies)}${yesNo(prognosis.passesPreflight)}`,
  )
  const lines = [
    '',
    `  ${paint('1', url)}  asked as a browser would, preflight for ${asked}`,
    '',
    paint('2', `  ${'origin'.padEnd(originWidth)}may read     with cookies preflight`),
    ...rows,
  ]
  for (const { findings, origins } of grouped(diagnoses)) {
    lines.push('', `  ${paint('1', origins.join(', '))}`)
    for (const finding of findings) lines.push(...findingLines(finding, paint))
  }
  lines.push('', ...closing(report))
  return `${lines.join('\n')}\n`
}

function findingLines(
  { gravity, message, cure, code }: Finding,
  paint: (code: string, text: string) => string,
): string[] {
  const indent = ' '.repeat(10)
  const [first = '', ...rest] = wrapped(message)
  return [
    `  ${paint(colours[gravity], gravity.padEnd(8))}${first} ${paint('2', `[${code}]`)}`,
    ...rest.map(line => indent + line),
    ...wrapped(`sidecar: ${cure}`).map(line => indent + paint('2', line)),
  ]
}

/** Origins with the same findings share one list. */
function grouped(
  diagnoses: readonly Diagnosis[],
): { origins: string[]; findings: readonly Finding[] }[] {
  const groups = new Map<string, { origins: string[]; findings: readonly Finding[] }>()
  for (const { origin, findings } of diagnoses) {
    if (findings.length === 0) continue
    const key = findings.map(({ code, message }) => code + message.replaceAll(origin, '')).join()
    const group = groups.get(key) ?? { origins: [], findings }
    group.origins.push(origin)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function closing({ url, diagnoses }: Report): string[] {
  const findings = diagnoses.flatMap(diagnosis => diagnosis.findings)
  if (findings.every(({ gravity }) => gravity === 'note')) return ['  Nothing is wrong here.', '']
  if (findings.some(({ code }) => code === 'unreachable')) return []
  const origins = diagnoses.map(({ origin }) => origin).join(',')
  return [
    '  With the sidecar in front:',
    `    cors-sidecar ${new URL(url).origin} ${flagWord('allow-origins', origins)}`,
    '',
  ]
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
