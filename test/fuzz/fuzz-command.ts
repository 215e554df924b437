// npm run fuzz -- [--minutes N] [--seed S] [--only responses]
import { parseArgs } from 'node:util'
import { runFuzzer } from './fuzzer.js'
import { fuzzers } from './fuzzers.js'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
})

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const chosen = fuzzers.filter(({ name }) => values.only === undefined || values.only === name)
const eachMs = (Number(values.minutes) * 60_000) / chosen.length
process.stdout.write(`seed ${seed}\n`)
for (const fuzzer of chosen) {
  const { attempts, failures } = await runFuzzer(fuzzer, seed, eachMs)
  process.stdout.write(`${fuzzer.name}: ${attempts} attempts, ${failures.length} failures\n`)
  for (const failure of failures) process.stdout.write(`  ${failure}\n`)
  if (failures.length > 0) process.exitCode = 1
}
