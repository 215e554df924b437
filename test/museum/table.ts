// The table in docs/legacy.md: what was measured, as Markdown.

import type { Visit } from './museum.js'
import type { Outcome } from './visiting.js'

const head = `| Server | What it sends | cors-sidecar | nginx | HAProxy | Caddy | Apache |
| --- | --- | --- | --- | --- | --- | --- |`

/** One row for each visit. */
export function tableOf(visits: readonly Visit[]): string {
  const rows = visits.map(({ exhibit, ours, theirs }) => {
    const { server, shows, report } = exhibit
    const seen = report === undefined ? shows : `${shows} ([seen](${report}))`
    const { nginx, haproxy, caddy, apache } = theirs
    const cells = [server, seen, ...[ours, nginx, haproxy, caddy, apache].map(shown)]
    return `| ${cells.join(' | ')} |`
  })
  return [head, ...rows].join('\n')
}

function shown(outcome: Outcome): string {
  return outcome === 'as meant' ? '✓' : outcome
}

const heading = '## The museum'

/** The page with this table where its own one was, and what stands there now. */
export function withTable(page: string, table: string): { page: string; before: string } {
  const from = page.indexOf(head.slice(0, head.indexOf('\n')), page.indexOf(heading))
  if (from === -1) throw new Error(`no table below ${heading}`)
  const end = page.indexOf('\n\n', from)
  const to = end === -1 ? page.trimEnd().length : end
  return { page: page.slice(0, from) + table + page.slice(to), before: page.slice(from, to) }
}
