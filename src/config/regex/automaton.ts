// From the tree of an expression to its positions: which character class may follow which, and in how
// many ways a backtracking matcher can get from one to the next (Glushkov's construction, counted).

import { maxOriginLength } from '../../policy/origin.js'
import type { CharacterSet, RegexNode } from './syntax.js'

export interface Automaton {
  readonly positions: readonly Position[]
  /** Where a match begins. */
  readonly first: readonly Step[]
}

export interface Position {
  readonly characters: CharacterSet
  readonly isDot: boolean
  /** Within a repeat whose count says little: `*`, `+`, `{1,30}`. */
  readonly isRepeated: boolean
  readonly next: readonly Step[]
  /** Whether a match may end behind it. */
  readonly isLast: boolean
}

export interface Step {
  readonly to: number
  /** How many paths without a character lead there. */
  readonly ways: number
}

/** Undefined for an expression that spells out, or branches, more than can be looked through. */
export function automatonOf(root: RegexNode): Automaton | undefined {
  const builder = new Builder()
  const whole = builder.build(root, false)
  return builder.isTooLarge ? undefined : builder.finish(whole)
}

/** A part of the expression: how it can be entered, left, and passed without a character. */
interface Part {
  readonly first: readonly Step[]
  readonly last: readonly Step[]
  readonly emptyWays: number
}

class Builder {
  isTooLarge = false
  readonly #positions: { characters: CharacterSet; isDot: boolean; isRepeated: boolean }[] = []
  readonly #next: Map<number, number>[] = []
  #size = 0

  build(node: RegexNode, isRepeated: boolean): Part {
    if (this.isTooLarge) return empty
    switch (node.kind) {
      case 'set':
        return this.#position(node, isRepeated)
      case 'sequence':
        return node.nodes.reduce<Part>(
          (before, part) => this.#inRow(before, this.build(part, isRepeated)),
          empty,
        )
      case 'choice': {
        const options = node.options.map(option => this.build(option, isRepeated))
        return {
          first: options.flatMap(({ first }) => first),
          last: options.flatMap(({ last }) => last),
          emptyWays: options.reduce((ways, option) => ways + option.emptyWays, 0),
        }
      }
      case 'repeat':
        return this.#repeat(node, isRepeated)
      case 'look':
        // It takes work and no characters: what is inside is entered, and leads nowhere.
        return { first: this.build(node.node, isRepeated).first, last: [], emptyWays: 1 }
      default:
        return empty
    }
  }

  finish(whole: Part): Automaton {
    const ends = new Set(whole.last.map(({ to }) => to))
    return {
      first: merged(whole.first),
      positions: this.#positions.map((position, index) => ({
        ...position,
        isLast: ends.has(index),
        next: [...(this.#next[index] ?? [])].map(([to, ways]) => ({ to, ways })),
      })),
    }
  }

  #position(node: Extract<RegexNode, { kind: 'set' }>, isRepeated: boolean): Part {
    const { characters, isDot } = node
    const to = this.#positions.push({ characters, isDot, isRepeated }) - 1
    this.#next.push(new Map())
    this.#grow(1)
    return { first: [{ to, ways: 1 }], last: [{ to, ways: 1 }], emptyWays: 0 }
  }

  #repeat({ node, min, max }: Extract<RegexNode, { kind: 'repeat' }>, isRepeated: boolean): Part {
    // A wide range is taken for one without a bound, which can do no less work.
    const isEndless = max - min > widestRange
    // No origin is long enough to tell more of them apart.
    const least = Math.min(min, maxOriginLength + 1)
    const copy = (): Part => this.build(node, isRepeated || max - min >= freeRange)
    let required = empty
    for (let i = isEndless ? 1 : 0; i < least; i++) required = this.#inRow(required, copy())
    if (isEndless) {
      const last = this.#loop(copy())
      return this.#inRow(required, least === 0 ? { ...last, emptyWays: 1 } : last)
    }
    // (a(a(a)?)?)?, built from its end: an optional turn that takes nothing is not taken.
    let optional = empty
    for (let i = least; i < max; i++) {
      const turn = copy()
      const { first, last } = this.#inRow({ ...turn, emptyWays: 0 }, optional)
      this.#grow(turn.emptyWays)
      optional = { first, last, emptyWays: 1 }
    }
    return this.#inRow(required, optional)
  }

  #loop(turn: Part): Part {
    this.#link(turn.last, turn.first)
    this.#grow(turn.emptyWays)
    return turn
  }

  #inRow(before: Part, after: Part): Part {
    this.#link(before.last, after.first)
    return {
      first: this.#joined(before.first, after.first, before.emptyWays),
      last: this.#joined(after.last, before.last, after.emptyWays),
      emptyWays: before.emptyWays * after.emptyWays,
    }
  }

  /** The second list counts only where the part before it can be passed without a character. */
  #joined(near: readonly Step[], far: readonly Step[], ways: number): readonly Step[] {
    if (ways === 0 || far.length === 0) return near
    this.#grow(near.length + far.length)
    return [...near, ...far.map(step => ({ ...step, ways: step.ways * ways }))]
  }

  #link(from: readonly Step[], to: readonly Step[]): void {
    this.#grow(from.length * to.length)
    if (this.isTooLarge) return
    for (const left of from) {
      const next = this.#next[left.to]
      for (const right of to) {
        next?.set(right.to, (next.get(right.to) ?? 0) + left.ways * right.ways)
      }
    }
  }

  #grow(by: number): void {
    this.#size += by
    this.isTooLarge ||= !(this.#size <= maxSize)
  }
}

const empty: Part = { first: [], last: [], emptyWays: 1 }

function merged(steps: readonly Step[]): Step[] {
  const ways = new Map<number, number>()
  for (const step of steps) ways.set(step.to, (ways.get(step.to) ?? 0) + step.ways)
  return [...ways].map(([to, ways]) => ({ to, ways }))
}

const widestRange = 32
const freeRange = 9

/** Positions and steps together; what people write by hand has some hundred. */
const maxSize = 100_000
