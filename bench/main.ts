// npm run bench [-- --quick] [--only get,preflight] [--node PATH] [--print-only]
// Measures the sidecar beside its peers on this machine and writes docs/performance.md; with
// another Node.js, given as the path of its binary, docs/performance-node-24.md or so.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Absent, type Candidate, findPeers, preparePeersDir } from './candidates.js'
import { generator } from './load.js'
import { verdictTable } from './report.js'
import { type Ground, type Section, sections } from './sections.js'
import { startUpstream } from './upstream.js'

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    only: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    'print-only': { type: 'boolean', default: false },
  },
})

const root = fileURLToPath(new URL('../..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'cors-sidecar-bench-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

const nodeVersion = execFileSync(flags.node, ['--version'], { encoding: 'utf8' }).trim()
const major = /\d+/.exec(nodeVersion)?.[0]
const isOwnNode = nodeVersion === process.version
const page = isOwnNode ? 'performance' : `performance-node-${major}`

const peersDir = flags.smoke ? join(root, 'bench/peers') : preparePeersDir()
const bench = { node: flags.node, scratch, peersDir }
const { found, absent } = flags.smoke
  ? { found: [] as Candidate[], absent: [] as Absent[] }
  : await findPeers(bench)
for (const { name, reason } of absent) say(`without ${name}: ${reason}`)

const upstream = await startUpstream(bench)
const names = flags.only?.split(',') ?? Object.keys(sections)
const done: Section[] = []
for (const name of names) {
  const section = sections[name]
  if (section === undefined) {
    throw new Error(`there is no section ${name}; there are ${Object.keys(sections).join(', ')}`)
  }
  say(`measuring: ${name}`)
  done.push(await section(groundFor(name)))
}
await upstream.stop()
const text = report()
console.log(text)
if (!flags['print-only'] && !flags.smoke) write(text)

function groundFor(name: string): Ground {
  const isFew = flags.quick || flags.smoke
  const peers = flags.quick ? found.filter(isWorthTime(name)) : found
  return {
    bench,
    upstream: upstream.url,
    peers,
    rounds: {
      rounds: flags.smoke ? 1 : flags.quick ? quickRounds(name) : 7,
      seconds: flags.smoke ? 0.25 : isFew ? 1 : 3,
      warmUpSeconds: flags.smoke ? 0.1 : isFew ? 1 : 3,
      scratch,
    },
    latency: { perSecond: 200, seconds: isFew ? 2 : 10, rounds: isFew ? 1 : 3 },
    idleConnections: flags.smoke ? 10 : isFew ? 100 : 1_000,
  }
}

/** A quick run has time for the peers where the goals name them, and for the yardstick elsewhere. */
function isWorthTime(section: string): (peer: Candidate) => boolean {
  return peer => section === 'get' || peer.name === 'nginx'
}

function quickRounds(section: string): number {
  return section === 'get' ? 3 : 2
}

function report(): string {
  const processor = cpus()[0]?.model.trim() || 'unknown processor'
  const charts = (section: Section) =>
    section.chart === undefined ? '' : `\n\n![${section.title}](${page}/${section.chart.file})`
  const parts = done.map(one => `## ${one.title}\n\n${one.text}${charts(one)}`)
  return `# Performance on Node ${major}

Written by \`npm run bench${commandFlags()}\` on ${new Date().toISOString().slice(0, 10)}: Node ${nodeVersion}, Linux ${release()}, ${cpus().length} × ${processor}, ${Math.round(totalmem() / 2 ** 30)} GiB. Upstream: ${upstream.description}. Load: ${generator}.

The cost is CPU time (user and system, of the whole process tree, from \`/proc\`) divided by the work done: on a shared machine it varies far less than throughput. Candidates take turns within each round (${groundFor('get').rounds.rounds} rounds of ${groundFor('get').rounds.seconds} s after a warm-up), and each ratio is taken within its round. The sidecar runs as it comes: request log on, metrics on, every limit on. Costs are rounded up.

## Goals

${verdictTable(done.flatMap(({ verdicts }) => verdicts))}

${parts.join('\n\n')}
${absent.length === 0 ? '' : `\nNot measured here: ${absent.map(({ name, reason }) => `${name} (${reason})`).join(', ')}.\n`}`
}

function commandFlags(): string {
  const given = [flags.quick ? '--quick' : '', isOwnNode ? '' : `--node node${major}`]
  const words = given.filter(word => word !== '').join(' ')
  return words === '' ? '' : ` -- ${words}`
}

function write(markdown: string): void {
  const folder = join(root, 'docs', page)
  mkdirSync(folder, { recursive: true })
  for (const { chart } of done) if (chart) writeFileSync(join(folder, chart.file), chart.svg)
  writeFileSync(`${folder}.md`, markdown)
  say(`written: docs/${page}.md`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
