// A few seconds of each fuzzer. FUZZ_SEED repeats a run; a failure names the seed of its input.

import t from 'tap'
import { runFuzzer } from './fuzzer.js'
import { fuzzers } from './fuzzers.js'

const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
t.comment(`FUZZ_SEED=${seed}`)

for (const fuzzer of fuzzers) {
  t.test(`bent ${fuzzer.name} do no harm`, { skip: fuzzer.skip ?? false }, async t => {
    const { attempts, failures, tally } = await runFuzzer(fuzzer, seed, { forMs: 2_000 })
    t.comment(`${attempts} attempts`, tally)
    t.strictSame(failures, [])
    t.ok(attempts > 20)
  })
}
