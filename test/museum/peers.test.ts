// A few seconds of the fuzzer that compares what is mended with nginx and HAProxy. FUZZ_SEED repeats a run.
import t from 'tap'
import { runFuzzer } from '../fuzz/fuzzer.js'
import { peers } from '../fuzz/peers.js'

const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
t.comment(`FUZZ_SEED=${seed}`)

t.test(
  'nginx and HAProxy read what is mended as we do, or not at all',
  { skip: peers.skip ?? false },
  async t => {
    const { attempts, failures, tally } = await runFuzzer(peers, seed, { forMs: 3_000 })
    t.comment(`${attempts} attempts`, tally)
    t.strictSame(failures, [])
    t.ok((tally.same ?? 0) > 20)
  },
)
