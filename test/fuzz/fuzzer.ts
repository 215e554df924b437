// What the fuzzers share: seeds that repeat a run, and text bent in ways that parsers dislike.
// `npm run fuzz -- --minutes N` runs them for long, fuzz.test.ts for seconds.

import { seededRandom } from '../support/mutated-streams.js'

export type Random = () => number

/** Tries one input after another on a running subject. */
export interface Fuzzing {
  /** Resolves with what went wrong and the input that did it, or with undefined. */
  attempt(random: Random): Promise<string | undefined>
  close(): Promise<void>
}

export interface Fuzzer {
  readonly name: string
  /** How many attempts may run at the same time. */
  readonly atOnce: number
  start(): Promise<Fuzzing>
}

export interface Result {
  readonly attempts: number
  readonly failures: readonly string[]
}

/** Attempts until the time is over or something is wrong. Attempt n uses the seed `seed + n`. */
export async function runFuzzer(fuzzer: Fuzzer, seed: number, forMs: number): Promise<Result> {
  const fuzzing = await fuzzer.start()
  const failures: string[] = []
  const until = performance.now() + forMs
  let attempts = 0
  async function work(): Promise<void> {
    while (performance.now() < until && failures.length === 0) {
      const own = seed + attempts++
      const wrong = await fuzzing.attempt(seededRandom(own)).catch(String)
      if (wrong !== undefined) failures.push(`${fuzzer.name}, seed ${own}: ${wrong}`)
      // Those that need no network would keep the timers waiting.
      if (attempts % 64 === 0) await new Promise(resolve => setImmediate(resolve))
    }
  }
  await Promise.all(Array.from({ length: fuzzer.atOnce }, work))
  await fuzzing.close()
  return { attempts, failures }
}

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)] as T
}

const gadgets = [
  ...['\0', '\t', '\n', '\r', '\r\n', '\r\n\r\n', ' ', '\x7f', '\x80', '\xff', ',', ';', ':', '='],
  ...['"', '\\', '/', '//', '.', '..', '*', '%', '%00', '@', '#', '?', '[', ']', '-', '+', '_'],
  ...['null', 'undefined', '__proto__', 'constructor', '0', '-1', '1e9', '99999999999999999999'],
  ...['https://', 'http://', 'localhost', 'xn--', '[::1]', ':443', ':0', ':65536', 'chunked'],
]

/** The text with one to four bends: bytes in, out, doubled or changed, parts moved about. */
export function bend(random: Random, text: string): string {
  let bent = text
  for (let n = 1 + below(random, 4); n > 0; n--) {
    const at = below(random, bent.length + 1)
    const length = below(random, 8)
    const [before, after] = [bent.slice(0, at), bent.slice(at)]
    bent = pick(random, [
      () => before + pick(random, gadgets) + after,
      () => before + after.slice(length),
      () => before + after.slice(0, length) + after,
      () => before + String.fromCharCode(below(random, 256)) + after.slice(1),
      () => before + pick(random, gadgets).repeat(1 + below(random, 300)) + after,
      () => before + after.toUpperCase(),
      () => after + before,
    ])()
  }
  return bent
}
