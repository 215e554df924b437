// What `why` says, as text for a person.
import type { Certainty } from '../../why/message.js'
import type { Explained, Report } from '../../why/report.js'

type Paint = (code: string, text: string) => string

const colours: Readonly<Record<Certainty, string>> = { certain: '31', likely: '33', possible: '2' }
const indent = ' '.repeat(10)

export function reportText({ causes, unrecognised }: Report, isColoured: boolean): string {
  const paint: Paint = (code, text) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text)
  const lines = causes.flatMap(one => causeLines(one, paint))
  if (unrecognised.length > 0) {
    lines.push('', `  ${paint('2', 'not recognised')}`)
    lines.push(...unrecognised.map(line => paint('2', `${indent}${line}`)))
  }
  return `${lines.join('\n')}\n`
}

function causeLines(one: Explained, paint: Paint): string[] {
  const { certainty, code, message, evidence, method, url, origin, cure, guide } = one
  const asked = [method, url, origin === undefined ? undefined : `from ${origin}`]
  const what = asked.filter(part => part !== undefined).join(' ')
  const row = (label: string, text: string) => `  ${paint('2', label.padEnd(8))}${text}`
  const block = (label: string, text: string) => {
    const [first = '', ...rest] = text.split('\n')
    return [row(label, first), ...rest.map(line => indent + line)]
  }
  return [
    '',
    `  ${paint(colours[certainty], certainty.padEnd(8))}${paint('1', message)} ${paint('2', `[${code}]`)}`,
    ...(what === '' ? [] : [row('', what)]),
    ...evidence.map(text => row('seen', text)),
    ...(cure.server === undefined ? [] : block(cure.server.name, cure.server.text)),
    ...block('sidecar', cure.sidecar),
    row('guide', guide),
  ]
}
