// npm run reliability -- [refusals] [reload] [restart] [start] [observing] [origins] [faults], all of them unless
// named, and [--rate N] [--reloads N] [--seconds N] [--workers N] [--restarts N]
// The operations of test/operations, the oracle of origins and the tests of test/faults, at full size.
// Prints a report of each, and fails when a request was lost or judged by a mixture of policies, or a
// figure is not what docs/reliability.md promises.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { earlyRefusals, fallsShort } from './early-refusal-run.js'
import { observingCost } from './observing-cost.js'
import { reloadUnderLoad } from './reload-run.js'
import { rollingRestart } from './rolling-restart-run.js'
import { startUp } from './start-run.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '1000' },
    reloads: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    workers: { type: 'string', default: '1' },
    restarts: { type: 'string', default: '50' },
    tries: { type: 'string', default: '50' },
  },
})
const perSecond = Number(values.rate)

const runs: Record<string, () => Promise<boolean>> = {
  reload: async () => {
    const [reloads, seconds] = [Number(values.reloads), Number(values.seconds)]
    const workers = Number(values.workers)
    const report = await reloadUnderLoad({ perSecond, reloads, seconds, workers })
    print('reload', report)
    const isWhole = report.requests >= perSecond * seconds
    return isWhole && report.wrong.length === 0 && report.taken + report.rejected === reloads
  },
  restart: async () => {
    const restarts = Number(values.restarts)
    const report = await rollingRestart({
      ...{ perSecond, restarts, lateMs: 2_000, shutdownDelayMs: 3_000 },
    })
    print('restart', report)
    return Object.keys(report.answers).join() === '200' && report.exitCodes.join() === '0'
  },
  refusals: async () => {
    const servers = ['haproxy', 'nginx', 'gunicorn', 'raw'] as const
    const report = await earlyRefusals({ tries: Number(values.tries), bytes: 20_000_000, servers })
    print('refusals', report)
    return fallsShort(report).length === 0
  },
  start: async () => {
    const report = await startUp(20)
    print('start', report)
    return report.firstAnswerMs.median < 250 && report.idleMib.median < 66
  },
  observing: async () => {
    const report = await observingCost({ rounds: 5, exchanges: 1_000_000, seconds: 4 })
    print('observing', report)
    return Math.max(report.worstShare, report.profileShare) < 0.1
  },
  origins: async () => passes('policy/oracle.test.js', { ORACLE_LISTS: '200000' }),
  faults: async () => {
    const files = readdirSync(new URL('../faults/', import.meta.url))
    const tests = files.filter(name => name.endsWith('.test.js'))
    const failed = tests.filter(name => !passes(`faults/${name}`, { FAULTS: 'full' }))
    print('faults', { files: tests.length, failed })
    return failed.length === 0
  },
}

/** Runs one file of the tests, which says itself what it finds. */
function passes(test: string, size: Record<string, string>): boolean {
  const path = fileURLToPath(new URL(`../${test}`, import.meta.url))
  const env = { ...process.env, TAP_TIMEOUT: '3600', ...size }
  return spawnSync(process.execPath, [path], { env, stdio: 'inherit' }).status === 0
}

for (const name of positionals.length > 0 ? positionals : Object.keys(runs)) {
  const run = runs[name]
  if (run === undefined) throw new Error(`there is no ${name}; there are ${Object.keys(runs)}`)
  if (!(await run())) process.exitCode = 1
}

function print(name: string, report: object): void {
  process.stdout.write(`${JSON.stringify({ [name]: report }, undefined, 2)}\n`)
}
