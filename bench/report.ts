// The figures as Markdown. A cost of ours is rounded up and an advantage of ours down, never the
// other way about.
import type { Footprint } from './footprint.js'
import type { Latency } from './latency.js'
import { median, type Series } from './rounds.js'

/** A goal of the project beside what was measured. */
export interface Verdict {
  readonly goal: string
  readonly measured: string
  readonly isMet: boolean
}

const ours = (name: string) => name.startsWith('cors-sidecar')

/** Costs per unit of work, cheapest first, with the ratio to the yardstick of the same round. */
export function seriesTable(series: readonly Series[], unit: string, digits = 1): string {
  const yardstick = series[0]?.name ?? ''
  const sorted = [...series].sort((a, b) => median(a.ratios) - median(b.ratios))
  return table(
    ['', 'version', `${unit}, median`, 'lowest – highest', `times ${yardstick}`],
    sorted.map(({ name, version, samples, ratios }) => [
      ours(name) ? `**${name}**` : name,
      version,
      up(median(samples), digits),
      `${up(Math.min(...samples), digits)} – ${up(Math.max(...samples), digits)}`,
      up(median(ratios), 2),
    ]),
  )
}

export function latencyTable(all: readonly Latency[]): string {
  const [direct] = all
  const added = (one: number, base: number) => (base === undefined ? '' : up(one - base, 2))
  return table(
    ['', 'p50 ms', 'p99 ms', 'p99.9 ms', 'added p50', 'added p99', 'requests'],
    all.map(({ name, p50, p99, p999, count }) => [
      ours(name) ? `**${name}**` : name,
      up(p50, 2),
      up(p99, 2),
      up(p999, 2),
      added(p50, direct?.p50 as number),
      added(p99, direct?.p99 as number),
      String(count),
    ]),
  )
}

export function footprintTable(all: readonly Footprint[]): string {
  return table(
    [
      '',
      'version',
      'start to first answer, ms',
      'idle memory, MiB',
      'per 1,000 idle connections, MiB',
    ],
    all.map(({ name, version, startMs, idleBytes, perConnectionBytes }) => [
      ours(name) ? `**${name}**` : name,
      version,
      up(startMs, 0),
      up(idleBytes / 2 ** 20, 1),
      up((perConnectionBytes * 1_000) / 2 ** 20, 1),
    ]),
  )
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return table(
    ['goal', 'measured', 'met'],
    verdicts.map(({ goal, measured, isMet }) => [goal, measured, isMet ? 'yes' : '**no**']),
  )
}

/** Our cost is at most this many times that of the yardstick, which is the first of the series. */
export function atMost(goal: string, series: readonly Series[], limit: number): Verdict[] {
  return series
    .filter(({ name }) => ours(name))
    .map(({ ratios }) => {
      const ratio = median(ratios)
      return {
        goal: `${goal}: at most ${limit} times`,
        measured: up(ratio, 2),
        isMet: ratio <= limit,
      }
    })
}

/** Each of these costs at least this many times as much as we do. */
export function atLeast(goal: string, series: readonly Series[], limit: number): Verdict[] {
  const own = series.find(({ name }) => ours(name))
  if (own === undefined) return []
  return series
    .filter(({ name, isNode }) => !ours(name) && (isNode || name === 'Caddy'))
    .map(({ name, samples }) => {
      const factor = median(samples.map((sample, round) => sample / (own.samples[round] as number)))
      return {
        goal: `${goal}: ${name} costs at least ${limit} times as much`,
        measured: down(factor, 2),
        isMet: factor >= limit,
      }
    })
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** Rounded up. */
export function up(value: number, digits: number): string {
  const factor = 10 ** digits
  return (Math.ceil(value * factor - 1e-9) / factor).toFixed(digits)
}

function down(value: number, digits: number): string {
  const factor = 10 ** digits
  return (Math.floor(value * factor + 1e-9) / factor).toFixed(digits)
}
