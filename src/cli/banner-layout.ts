// How every banner looks: a title, lines with a label each, and what to do next.

export interface BannerLine {
  readonly label: string
  readonly value: string
  /** Behind the value, such as what it is or how it does. */
  readonly note?: string
  readonly tone?: 'good' | 'warning'
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
  const rows = lines.map(({ label, value, note, tone }) => {
    const shown = value.startsWith('http') && !value.includes(' ') ? paint('36', value) : value
    const behind = note === undefined ? '' : `  ${tone ? paint(tones[tone], note) : note}`
    return `  ${label.padEnd(labelWidth)}  ${shown}${behind}`
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
