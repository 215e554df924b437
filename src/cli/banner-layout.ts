// How every banner looks: a title, lines with a label each, and what to do next.

export interface BannerLine {
  readonly label: string
  readonly value: string
  /** Behind the value, such as what it is or how it does. */
  readonly note?: string
  readonly tone?: 'good' | 'warning'
  /** In lines below it. */
  readonly below?: readonly string[]
}

const labelWidth = 9
const tones = { good: '32', warning: '33' } as const

export function bannerText(
  title: string,
  lines: readonly BannerLine[],
  rest: readonly string[],
  isColoured: boolean,
): string {
  const paint = (code: string, text: string) =>
    isColoured ? `\u001b[${code}m${text}\u001b[0m` : text
  const rows = lines.flatMap(({ label, value, note, tone, below = [] }) => {
    const shown = value.startsWith('http') && !value.includes(' ') ? paint('36', value) : value
    const behind = note === undefined ? '' : `  ${tone ? paint(tones[tone], note) : note}`
    const indent = ' '.repeat(labelWidth + 4)
    return [`  ${label.padEnd(labelWidth)}  ${shown}${behind}`, ...below.map(line => indent + line)]
  })
  const text = [
    '',
    `  ${paint('1', title)}`,
    '',
    ...rows,
    '',
    ...rest.map(line => line && `  ${line}`),
    '',
  ]
  return `${text.join('\n')}\n`
}
