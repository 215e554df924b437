// Whether an expression can be made to run away: counted, and then tried on this very machine.

import type { Automaton } from './automaton.js'
import { worstCase } from './cost.js'
import { holds, type RegexNode } from './syntax.js'

/** Why an expression could take very long, or undefined. */
export function runawayReason(
  root: RegexNode,
  automaton: Automaton,
  regex: RegExp,
): string | undefined {
  if (holds(root, ({ kind }) => kind === 'backreference')) {
    return `refers back to a group${soLong}`
  }
  if (holds(root, node => node.kind === 'look' && node.isBehind && holds(node.node, isVague))) {
    return `looks behind for something that repeats${soLong}`
  }
  const { steps, text } = worstCase(automaton, mostSteps)
  if (steps <= mostSteps && !takesLong(regex, text)) return undefined
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return `has repeats or branches that compete for the same characters${soLong}, as with ${shown}`
}

export const tooLarge = 'is too large to be checked: list the origins one by one'

const soLong = ', which can take very long to match'

const isVague = (node: RegexNode): boolean => node.kind === 'repeat' && node.max > node.min

/** Times the worst origins that there are by count. Another program can't make all tries slow. */
function takesLong(regex: RegExp, text: string): boolean {
  return ['', '!', '.', 'x'].some(end => {
    for (let tries = 0; tries < 5; tries++) {
      const start = performance.now()
      regex.test(text + end)
      if (performance.now() - start < longMs) return false
    }
    return true
  })
}

/** A step takes about half a nanosecond, and several before an expression has been compiled. */
const mostSteps = 1_000_000
const longMs = 5
