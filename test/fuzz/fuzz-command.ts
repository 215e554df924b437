// npm run fuzz -- [--minutes N] [--attempts N] [--seed S] [--only responses]
import { parseArgs } from 'node:util'
import { type Result, runFuzzer } from './fuzzer.js'
import { fuzzers } from './fuzzers.js'
import { paths } from './paths.js'
import { peers } from './peers.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    attempts: { type: 'string', default: 'Infinity' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
})

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const chosen = [...fuzzers, peers, paths].filter(
  ({ name, skip = false }) => skip === false && (values.only === undefined || values.only === name),
)
const forMs = (Number(values.minutes) * 60_000) / chosen.length
process.stdout.write(`seed ${seed}, Node ${process.version}\n`)
for (const { name, ...fuzzer } of chosen) {
  const begun = performance.now()
  const show = ({ attempts, failures, tally }: Result) => {
    const seconds = Math.round((performance.now() - begun) / 1_000)
    const more = Object.entries(tally).map(([what, number]) => `, ${what} ${number}`)
    const line = `${name}: ${attempts} attempts in ${seconds} s, ${failures.length} failures`
    process.stdout.write(`${line}${more.join('')}\n`)
  }
  const extent = { forMs, attempts: Number(values.attempts), onProgress: show }
  const result = await runFuzzer({ name, ...fuzzer }, seed, extent)
  show(result)
  for (const failure of result.failures) process.stdout.write(`  ${failure}\n`)
  if (result.failures.length > 0) process.exitCode = 1
}
