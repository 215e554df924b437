// What the fuzzers share: seeds that repeat a run, and text bent in ways that parsers dislike.
// `npm run fuzz -- --minutes N` runs them for long, fuzz.test.ts for seconds.

import { seededRandom } from '../support/mutated-streams.js'
import { memoryOf } from '../support/process-memory.js'

export type Random = () => number

/** Tries one input after another on a running subject. */
export interface Fuzzing {
  /** Resolves with what went wrong and the input that did it, or with undefined. */
  attempt(random: Random): Promise<string | undefined>
  /** What has been done so far, as numbers by name; the process that bears it, when there is one. */
  readonly tally?: Readonly<Record<string, number>>
  readonly pid?: number
  /** Resolves with what was found wrong once nothing is under way any more. */
  close(): Promise<string | undefined>
}

export interface Fuzzer {
  readonly name: string
  /** Why this machine can't run it. */
  readonly skip?: string | false
  /** How many attempts may run at the same time. */
  readonly atOnce: number
  start(): Promise<Fuzzing>
}

export interface Result {
  readonly attempts: number
  readonly failures: readonly string[]
  readonly tally: Readonly<Record<string, number>>
}

/** How far a run goes: to the time or the number of attempts, whichever is reached first. */
export interface Extent {
  readonly forMs: number
  readonly attempts?: number
  /** Hears once a minute how far it is. */
  readonly onProgress?: (soFar: Result) => void
}

/** Attempts until its extent is reached or something is wrong. Attempt n uses the seed `seed + n`. */
export async function runFuzzer(fuzzer: Fuzzer, seed: number, extent: Extent): Promise<Result> {
  const { forMs, attempts: most = Number.POSITIVE_INFINITY, onProgress } = extent
  const fuzzing = await fuzzer.start()
  const failures: string[] = []
  const begun = performance.now()
  let attempts = 0
  let memoryAtTenth = 0
  const result = () => ({ attempts, failures, tally: { ...fuzzing.tally, ...memory() } })
  function memory(): Readonly<Record<string, number>> {
    if (fuzzing.pid === undefined || process.platform !== 'linux') return {}
    return { mibAtTenth: memoryAtTenth, mib: Math.round(memoryOf(fuzzing.pid).nowMib) }
  }
  async function work(): Promise<void> {
    while (failures.length === 0 && attempts < most) {
      const share = Math.max((performance.now() - begun) / forMs, attempts / most)
      if (share >= 1) return
      if (memoryAtTenth === 0 && share >= 0.1) memoryAtTenth = memory().mib ?? 0
      const own = seed + attempts++
      const wrong = await fuzzing.attempt(seededRandom(own)).catch(String)
      if (wrong !== undefined) failures.push(`${fuzzer.name}, seed ${own}: ${wrong}`)
      // Those that need no network would keep the timers waiting.
      if (attempts % 64 === 0) await new Promise(resolve => setImmediate(resolve))
    }
  }
  const ticking = setInterval(() => onProgress?.(result()), 60_000)
  await Promise.all(Array.from({ length: fuzzer.atOnce }, work))
  clearInterval(ticking)
  const last = result()
  const wrong = await fuzzing.close()
  if (wrong !== undefined) failures.push(`${fuzzer.name}: ${wrong}`)
  return last
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
