// Refuses regular expressions that a stranger could turn against us, by time or by meaning.

import { isLoopback, parseOrigin } from '../policy/origin.js'
import { fullMatch } from '../policy/origin-matcher.js'
import { error, type FindingCode } from '../terms/finding.js'
import type { ItemFinding } from './option-finding.js'
import { type Automaton, automatonOf } from './regex/automaton.js'
import { anyOrigin, schemes } from './regex/origin-grammar.js'
import { nodesOf, samplesOf } from './regex/paths.js'
import { runawayReason, tooLarge } from './regex/runaway.js'
import { addressHoles, type Hole, holesIn } from './regex/strangers.js'
import { type ReadRegex, type RegexNode, readRegex } from './regex/syntax.js'

/** What is wrong with one `/regex/` entry, and what it may not do together with credentials. */
export interface CheckedRegex {
  readonly problems: readonly ItemFinding[]
  /** An origin that it allows below a suffix where a provider gives names to anyone. */
  readonly shared?: Hole | undefined
  /** An origin that it allows, neither encrypted nor of this machine. */
  readonly insecure?: string | undefined
}

/** Judges one `/regex/` entry, given without its slashes. */
export function checkRegex(source: string): CheckedRegex {
  let regex: RegExp
  try {
    regex = fullMatch(source)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return refused('value-invalid', `is not a regular expression: ${detail}`)
  }
  const read = readRegex(source)
  if (read.hasModifiers) {
    const reason = 'has a group with modifiers, like (?i:…), which not every Node.js reads'
    return refused('value-invalid', `${reason}; origins are lower case anyway`)
  }
  const automaton = automatonOf(read.root)
  if (automaton === undefined) return refused('regex-unsafe', tooLarge)
  const danger = runawayReason(read.root, automaton, regex)
  // An unsafe expression is not even tried against the origins of strangers.
  if (danger !== undefined) return refused('regex-unsafe', danger)
  return judgeOrigins(source, read, automaton, regex)
}

function judgeOrigins(
  source: string,
  { root, dots }: ReadRegex,
  automaton: Automaton,
  regex: RegExp,
): CheckedRegex {
  const isAllowed = (origin: string): boolean =>
    parseOrigin(origin) !== undefined && regex.test(origin)
  const looks = schemes.map(({ scheme, grammar }) => {
    const nodes = nodesOf(automaton, grammar)
    return { scheme, grammar, nodes, samples: samplesOf(nodes) }
  })
  const samples = looks.flatMap(look => look.samples)
  const holes: Hole[] = []
  for (const look of looks) {
    const found = holesIn(look, isAllowed)
    if (found === undefined) return refused('regex-unsafe', tooLarge)
    holes.push(...found)
  }
  holes.push(...addressHoles(samples, isAllowed))
  const stranger = holes.find(({ isShared }) => !isShared)?.origin
  const problems: ItemFinding[] = []
  if (stranger !== undefined) {
    problems.push({
      severity: 'error',
      code: 'regex-matches-probe-origins',
      reason: `also allows ${stranger}, which anyone could own`,
    })
  }
  if (dots.length > 0) {
    problems.push({
      severity: 'warning',
      code: 'regex-unescaped-dot',
      reason: 'has a dot that stands for any character',
      correction: `/${escapeDots(source, dots)}/`,
    })
  }
  const useless = uselessPart(root, automaton)
  if (useless !== undefined) {
    problems.push({ severity: 'warning', code: 'regex-unanchored', reason: useless })
  }
  return {
    problems,
    shared: holes.find(({ isShared }) => isShared),
    insecure: samples.find(sample => isInsecure(sample) && isAllowed(sample)),
  }
}

/** What matches no origin: all of it, or one of its alternatives. */
function uselessPart(root: RegexNode, whole: Automaton): string | undefined {
  if (nodesOf(whole, anyOrigin).length === 0) {
    return 'is compared with the whole origin, scheme included, and so it seems to match none at all'
  }
  if (root.kind !== 'choice') return undefined
  const useless = root.options.findIndex(option => {
    const part = automatonOf(option)
    return part !== undefined && nodesOf(part, anyOrigin).length === 0
  })
  if (useless === -1) return undefined
  return `has an alternative that matches no origin, number ${useless + 1}: each is compared with the whole origin, scheme included`
}

function isInsecure(origin: string): boolean {
  const parsed = parseOrigin(origin)
  return parsed?.scheme === 'http' && !isLoopback(parsed)
}

function refused(code: FindingCode, reason: string): CheckedRegex {
  return { problems: [error(code, reason)] }
}

function escapeDots(source: string, dots: readonly number[]): string {
  let escaped = ''
  let from = 0
  for (const dot of dots) {
    escaped += `${source.slice(from, dot)}\\.`
    from = dot + 1
  }
  return escaped + source.slice(from)
}
