// The sets of positions that one text can lead to, each looked at once: what characters lead on from
// it, and which other sets hold all of it.

import type { Automaton, Step } from './automaton.js'
import { anyOrigin, dead, originCharacters, type Place } from './origin-grammar.js'

/** Positions that one text can lead to, in ascending order, at one place of an origin. */
export interface Support {
  readonly place: Place
  readonly positions: readonly number[]
  /** For each position what the matcher does there: it stands there, and tries each step on. */
  readonly work: readonly number[]
  /** In how many ways texts of some length lead to each position; those that no other exceeds. */
  filed: readonly { readonly ways: Float64Array; readonly length: number }[]
  /** Other supports with all its positions, and where these are in them. */
  wider(): readonly Wider[]
}

interface Wider {
  readonly support: Support
  readonly at: readonly number[]
}

/** What one character does to a vector: each entry adds `ways` times its `from` to its `to`. */
export interface Move {
  readonly character: number
  readonly support: Support
  readonly entries: readonly { readonly from: number; readonly to: number; readonly ways: number }[]
}

export class Supports {
  readonly start: Support
  /** How much has been looked at. */
  effort = 0
  readonly #automaton: Automaton
  readonly #characters: readonly number[]
  readonly #next: readonly (readonly Step[])[]
  readonly #work: readonly number[]
  readonly #isTail: readonly boolean[]
  readonly #known = new Map<string, Support>()
  /** Which supports hold a position at a place. */
  readonly #holders = new Map<string, Support[]>()
  readonly #moves = new Map<Support, readonly Move[]>()

  constructor(automaton: Automaton) {
    this.#automaton = automaton
    this.#characters = unlikeCharacters(automaton)
    this.#next = [...automaton.positions.map(({ next }) => next), automaton.first]
    this.#work = this.#next.map(next => next.reduce((work, { ways }) => work + ways, 1))
    this.#isTail = tailOf(automaton)
    this.start = this.find(anyOrigin.start, [automaton.positions.length])
  }

  find(place: Place, unordered: readonly number[]): Support {
    const positions = [...unordered].sort((a, b) => a - b)
    const key = `${place}:${positions}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const holders = positions.map(position => this.#holdersOf(place, position))
    // Where few have one of its positions, few can have all.
    const rivals = holders.reduce((few, more) => (more.length < few.length ? more : few))
    const support: Support = {
      place,
      positions,
      work: positions.map(position => this.#work[position] ?? 0),
      filed: [],
      wider: widerAmong(positions, rivals),
    }
    this.#known.set(key, support)
    for (const others of holders) others.push(support)
    return support
  }

  /** The moves from a support, without those that another one exceeds. */
  movesFrom(support: Support): readonly Move[] {
    const known = this.#moves.get(support)
    this.effort += support.positions.length
    if (known !== undefined) return known
    const moves = support.positions.every(position => this.#isTail[position])
      ? []
      : this.#findMoves(support)
    this.#moves.set(support, moves)
    return moves
  }

  #findMoves({ place, positions }: Support): readonly Move[] {
    const steps = positions.flatMap((position, from) =>
      (this.#next[position] ?? []).map(({ to, ways }) => {
        return { from, to, ways, characters: this.#automaton.positions[to]?.characters }
      }),
    )
    this.effort += steps.length * this.#characters.length
    const moves = new Map<Support, Move>()
    for (const character of this.#characters) {
      const next = anyOrigin.step(place, character)
      if (next === dead) continue
      // Most characters lead nowhere.
      if (!steps.some(({ characters }) => characters?.[character] === 1)) continue
      const taken = steps.filter(({ characters }) => characters?.[character] === 1)
      const support = this.find(next, [...new Set(taken.map(({ to }) => to))])
      if (moves.has(support)) continue
      const index = new Map(support.positions.map((position, at) => [position, at]))
      const entries = taken.map(({ from, to, ways }) => ({ from, to: index.get(to) ?? 0, ways }))
      moves.set(support, { character, support, entries })
    }
    return [...moves.values()].filter(
      move => !move.support.wider().some(wider => moves.has(wider.support)),
    )
  }

  #holdersOf(place: Place, position: number): Support[] {
    const key = `${place}:${position}`
    const known = this.#holders.get(key)
    if (known !== undefined) return known
    const made: Support[] = []
    this.#holders.set(key, made)
    return made
  }
}

/** One of each kind of characters that no position and no place tells apart. */
function unlikeCharacters({ positions }: Automaton): number[] {
  const sets = [...new Set(positions.map(({ characters }) => characters))]
  const kinds = new Map<string, number>()
  for (const character of originCharacters) {
    let kind = `${anyOrigin.kindOf(character)}:`
    for (const set of sets) kind += set[character]
    if (!kinds.has(kind)) kinds.set(kind, character)
  }
  return [...kinds.values()]
}

/**
 * Positions from which a text can go on in one way only. The work done there is no more than twice
 * the ways that lead there, so the search need not follow it.
 */
function tailOf({ positions }: Automaton): boolean[] {
  const isTail = positions.map(() => false)
  let hasChanged = true
  while (hasChanged) {
    hasChanged = false
    for (let at = positions.length - 1; at >= 0; at--) {
      const next = positions[at]?.next ?? []
      if (isTail[at] || next.length > 1) continue
      if (!next.every(({ to, ways }) => ways === 1 && isTail[to])) continue
      isTail[at] = true
      hasChanged = true
    }
  }
  return isTail
}

/** The list of rivals grows, and each of them is looked at once. */
function widerAmong(
  positions: readonly number[],
  rivals: readonly Support[],
): () => readonly Wider[] {
  const wider: Wider[] = []
  let looked = 0
  return () => {
    for (; looked < rivals.length; looked++) {
      const support = rivals[looked]
      if (support === undefined || support.positions.length <= positions.length) continue
      const at = placesOf(positions, support.positions)
      if (at !== undefined) wider.push({ support, at })
    }
    return wider
  }
}

/** Where each of `some` is among `all`; undefined when one of them is missing. Both ascend. */
function placesOf(some: readonly number[], all: readonly number[]): number[] | undefined {
  const places: number[] = []
  let at = 0
  for (const position of some) {
    while (at < all.length && (all[at] ?? 0) < position) at++
    if (all[at] !== position) return undefined
    places.push(at)
  }
  return places
}
