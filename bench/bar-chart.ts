/** One bar: its label, its length, and what is written at its end. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly text: string
  readonly isOurs: boolean
}

const width = 720
const left = 230
const row = 28
const top = 54

/** A bar chart as an SVG text, readable on a light and on a dark page. */
export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(({ value }) => value))
  const height = top + bars.length * row + 12
  const scale = (width - left - 110) / longest
  const rows = bars.map(({ label, value, text, isOurs }, at) => {
    const y = top + at * row
    const length = Math.max(1, value * scale).toFixed(1)
    return `  <text x="${left - 8}" y="${y + 14}" text-anchor="end"${isOurs ? ' font-weight="bold"' : ''}>${escaped(label)}</text>
  <rect x="${left}" y="${y}" width="${length}" height="20" rx="2" fill="${isOurs ? '#d9480f' : '#748ffc'}"/>
  <text x="${(left + Number(length) + 6).toFixed(1)}" y="${y + 14}">${escaped(text)}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
  <style>text { font: 13px system-ui, sans-serif; fill: #222 } @media (prefers-color-scheme: dark) { text { fill: #ddd } }</style>
  <text x="8" y="20" font-weight="bold">${escaped(title)}</text>
  <text x="8" y="38">${escaped(unit)}</text>
${rows.join('\n')}
</svg>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
