// The expression and the grammar of origins walked together: what is left are the origins that it
// matches. Anchors and look-around are not followed, so a text from here is tried before it is believed.

import type { Automaton, Position, Step } from './automaton.js'
import { dead, type OriginGrammar, type Place } from './origin-grammar.js'

/** Behind a character of an origin that the expression matches. */
export interface Node {
  readonly id: number
  readonly place: Place
  /** Whether the character belongs to a repeat whose count says little. */
  readonly isRepeated: boolean
  readonly isEnd: boolean
  readonly arrivals: readonly Arrival[]
  /** A shortest way here from the beginning. */
  readonly text: string
}

/** How a node is reached: from another one, or from the beginning, by any of these characters. */
interface Arrival {
  readonly from: Node | undefined
  readonly characters: string
}

/** Every node on a way from the beginning of an origin to its end, the ends first. */
export function nodesOf(automaton: Automaton, grammar: OriginGrammar): readonly Node[] {
  const ends = reachableNodes(automaton, grammar).filter(({ isEnd }) => isEnd)
  const useful = new Set<Node>(ends)
  // A set goes on with what is added to it meanwhile; so does a map below.
  for (const { arrivals } of useful) {
    for (const { from } of arrivals) if (from !== undefined) useful.add(from)
  }
  return [...useful]
}

/** Origins that together pass every node, short ones. */
export function samplesOf(nodes: readonly Node[]): string[] {
  const endings = new Map<Node, { readonly text: string; readonly next: Node | undefined }>()
  for (const node of nodes) if (node.isEnd) endings.set(node, { text: '', next: undefined })
  for (const [node, { text }] of endings) {
    for (const { from, characters } of node.arrivals) {
      if (from === undefined || endings.has(from)) continue
      endings.set(from, { text: characters.charAt(0) + text, next: node })
    }
  }
  const samples: string[] = []
  const passed = new Set<Node>()
  // Those farthest from an end first: their ways on pass many others.
  for (const [node, { text }] of [...endings].reverse()) {
    if (passed.has(node)) continue
    samples.push(node.text + text)
    for (let at: Node | undefined = node; at !== undefined; at = at.arrivals[0]?.from)
      passed.add(at)
    for (let at: Node | undefined = node; at !== undefined; at = endings.get(at)?.next)
      passed.add(at)
  }
  return samples
}

function reachableNodes({ positions, first }: Automaton, grammar: OriginGrammar): Node[] {
  const known = new Map<number, Node & { readonly arrivals: Arrival[]; next: readonly Step[] }>()
  const reach = (from: Node | undefined, place: Place, steps: readonly Step[]): void => {
    for (const { to } of steps) {
      const position = positions[to]
      if (position === undefined) continue
      for (const [next, characters] of leads(position, place, grammar)) {
        const id = to * grammar.size + next
        const node = known.get(id) ?? {
          id,
          place: next,
          isRepeated: position.isRepeated,
          isEnd: position.isLast && grammar.isEnd(next),
          arrivals: [],
          text: (from?.text ?? '') + characters.charAt(0),
          next: position.next,
        }
        known.set(id, node)
        node.arrivals.push({ from, characters })
      }
    }
  }
  reach(undefined, grammar.start, first)
  for (const node of known.values()) reach(node, node.place, node.next)
  return [...known.values()]
}

/** The characters of a position that go on from a place, by where they lead. */
function leads(
  { characters, isDot }: Position,
  place: Place,
  grammar: OriginGrammar,
): Map<Place, string> {
  const places = new Map<Place, string>()
  for (const code of isDot ? dotOrLetter : grammar.charactersAt(place)) {
    const next = characters[code] === 1 ? grammar.step(place, code) : dead
    if (next !== dead) places.set(next, (places.get(next) ?? '') + String.fromCharCode(code))
  }
  return places
}

/** A dot by itself was meant as one; any letter shows what else it lets in. */
const dotOrLetter = ['.', 'l'].map(character => character.charCodeAt(0))
