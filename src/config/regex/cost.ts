// How much work an expression can be made to do by an origin that it refuses. A backtracking matcher
// tries every way to read the text, so its work is the number of ways to read each beginning of it.
// That number is followed here for the worst text there is, character by character: a vector says in
// how many ways each position can have been reached, and a vector that another one exceeds everywhere
// is dropped, since whatever follows is worse behind that other one.

import { maxOriginLength } from '../../policy/origin.js'
import type { Automaton } from './automaton.js'
import { dead } from './origin-grammar.js'
import { type Support, Supports } from './supports.js'

export interface WorstCase {
  /** Steps that a match can be made to take; above the limit, only that there are more. */
  readonly steps: number
  /** The beginning of an origin that makes it take so many. */
  readonly text: string
}

/** The work of the worst origin. The search ends where it passes `limit`. */
export function worstCase(automaton: Automaton, limit: number): WorstCase {
  const supports = new Supports(automaton)
  const works: number[] = []
  let worst = vectorOf(supports.start, Float64Array.of(1), undefined, dead)
  let frontier = [worst]
  let steps = 0
  let from = Number.POSITIVE_INFINITY
  let lasting = 0
  for (let length = 0; length <= maxOriginLength && steps <= limit; length++) {
    let most = 0
    for (const vector of frontier) {
      most = Math.max(most, vector.work)
      if (vector.work >= worst.work) worst = vector
    }
    works.push(most)
    lasting = Math.max(lasting, most)
    // A text that was dropped goes on like the better one, which went on from its own length.
    steps += from <= length ? lasting : most
    const next = frontier.flatMap(vector => successors(vector, supports))
    const isWide = next.length > (supports.effort > soonMerged ? fewest : widest)
    frontier = (isWide ? merged(next, supports) : next).filter(vector => {
      const better = exceededSince(vector)
      if (better === undefined) file(vector, length + 1)
      else if (better <= length && better < from) {
        from = better
        lasting = Math.max(...works.slice(from))
      }
      return better === undefined
    })
    if (supports.effort > mostEffort)
      return { steps: Number.POSITIVE_INFINITY, text: textOf(worst) }
    if (frontier.length === 0) {
      const left = from <= length ? maxOriginLength - length : 0
      return { steps: steps + left * lasting, text: textOf(worst) }
    }
  }
  return { steps, text: textOf(worst) }
}

/** In how many ways one text can have led to each position of a support. */
interface Vector {
  readonly support: Support
  readonly ways: Float64Array
  /** What the matcher does there: each way, and each step that it tries from it. */
  readonly work: number
  readonly before: Vector | undefined
  readonly character: number
}

function vectorOf(
  support: Support,
  ways: Float64Array,
  before: Vector | undefined,
  character: number,
): Vector {
  const work = ways.reduce((sum, count, at) => sum + count * (support.work[at] ?? 0), 0)
  return { support, ways, work, before, character }
}

function successors(vector: Vector, supports: Supports): Vector[] {
  return supports.movesFrom(vector.support).map(({ character, support, entries }) => {
    const ways = new Float64Array(support.positions.length)
    for (const entry of entries) {
      ways[entry.to] = (ways[entry.to] ?? 0) + (vector.ways[entry.from] ?? 0) * entry.ways
    }
    return vectorOf(support, ways, vector, character)
  })
}

/** The length of a text that is worse in every way than that of this vector. */
function exceededSince({ support, ways }: Vector): number | undefined {
  const own = support.filed.find(other => exceeds(other.ways, ways))
  if (own !== undefined) return own.length
  for (const { support: wider, at } of support.wider()) {
    const other = wider.filed.find(other =>
      ways.every((count, i) => count <= (other.ways[at[i] ?? 0] ?? 0)),
    )
    if (other !== undefined) return other.length
  }
  return undefined
}

function file({ support, ways }: Vector, length: number): void {
  support.filed = [...support.filed.filter(other => !exceeds(ways, other.ways)), { ways, length }]
}

const exceeds = (one: Float64Array, other: Float64Array): boolean =>
  other.every((count, at) => count <= (one[at] ?? 0))

/** One vector for each place that is at least as bad as all: what keeps the search short. */
function merged(vectors: readonly Vector[], supports: Supports): Vector[] {
  const places = new Map<number, Vector[]>()
  for (const vector of vectors) {
    const { place } = vector.support
    const there = places.get(place)
    if (there === undefined) places.set(place, [vector])
    else there.push(vector)
  }
  return [...places].map(([place, there]) => {
    const most = new Map<number, number>()
    for (const { support, ways } of there) {
      support.positions.forEach((position, at) => {
        most.set(position, Math.max(most.get(position) ?? 0, ways[at] ?? 0))
      })
    }
    const support = supports.find(place, [...most.keys()])
    const ways = Float64Array.from(support.positions, position => most.get(position) ?? 0)
    const worst = there.reduce((a, b) => (b.work > a.work ? b : a))
    return vectorOf(support, ways, worst.before, worst.character)
  })
}

function textOf(vector: Vector): string {
  let text = ''
  for (let at: Vector | undefined = vector; at?.before !== undefined; at = at.before) {
    text = String.fromCharCode(at.character) + text
  }
  return text
}

const widest = 1000
const fewest = 16
const soonMerged = 30_000
const mostEffort = 1_000_000
