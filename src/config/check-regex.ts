// Refuses regular expressions that a stranger could turn against us, by time or by meaning.

import { isLoopback, parseOrigin } from '../policy/origin.js'
import { fullMatch } from '../policy/origin-matcher.js'
import type { ItemProblem } from './policy-problem.js'
import { registrableDomain } from './public-suffix.js'
import {
  type CharacterSet,
  charactersOf,
  firstCharactersOf,
  overlap,
  type RegexNode,
  readRegex,
  sampleOf,
} from './regex-syntax.js'

/** The problems of one `/regex/` entry, given without its slashes. */
export function checkRegex(source: string): ItemProblem[] {
  let regex: RegExp
  try {
    regex = fullMatch(source)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return [
      { severity: 'error', code: 'value-invalid', reason: `is no regular expression: ${detail}` },
    ]
  }
  const { root, dots } = readRegex(source)
  const danger = findBacktracking(root)
  // An unsafe expression is not even tried against the probes.
  if (danger !== undefined) return [{ severity: 'error', code: 'regex-unsafe', reason: danger }]
  const problems: ItemProblem[] = []
  const samples = originsMatching(regex, root)
  const probe = probesFor(samples).find(origin => regex.test(origin))
  if (probe !== undefined) {
    problems.push({
      severity: 'error',
      code: 'regex-matches-probe-origins',
      reason: `also allows ${probe}, which anyone could own`,
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
  if (probe === undefined && samples.length === 0) {
    problems.push({
      severity: 'warning',
      code: 'regex-unanchored',
      reason:
        'is compared with the whole origin, scheme included, and so it seems to match none at all',
    })
  }
  return problems
}

/** Whether the expression also takes the insecure twin of a host that is not this machine. */
export function allowsInsecure(source: string): boolean {
  const regex = fullMatch(source)
  return originsMatching(regex, readRegex(source).root).some(sample => {
    const plain = sample.replace(/^https:/u, 'http:')
    const parsed = parseOrigin(plain)
    return parsed?.scheme === 'http' && !isLoopback(parsed) && regex.test(plain)
  })
}

/** Origins that the expression matches, made from what it spells out. */
function originsMatching(regex: RegExp, root: RegexNode): string[] {
  return [sampleOf(root, false), sampleOf(root, true)]
    .flatMap(sample => [sample, `https://${sample}`, `http://${sample}`, `https://a${sample}`])
    .filter(origin => parseOrigin(origin) !== undefined && regex.test(origin))
}

function findBacktracking(root: RegexNode): string | undefined {
  if (hasBackreference(root)) return 'refers back to a group, which can take very long to match'
  if (hasNestedRepeat(root, 1)) {
    return 'repeats something that itself repeats or branches, which can take very long to match'
  }
  if (longestChain(root) > 2) {
    return 'has several repeats in a row that compete for the same characters, which can take very long to match'
  }
  return undefined
}

function hasBackreference(node: RegexNode | undefined): boolean {
  return node?.kind === 'backreference' || childrenOf(node).some(hasBackreference)
}

/** `times` is how often the node can follow itself because of the repeats around it. */
function hasNestedRepeat(node: RegexNode | undefined, times: number): boolean {
  if (node === undefined) return false
  if (times > 1 && node.kind === 'repeat' && waysToSplit(node, times) > mostWays) return true
  if (times > 1 && node.kind === 'choice' && hasCommonStart(node.options)) return true
  const around = node.kind === 'repeat' ? times * Math.max(node.max, 1) : times
  return childrenOf(node).some(child => hasNestedRepeat(child, around))
}

/** In how many ways a text can be shared out, each time choosing one of the counts allowed. */
function waysToSplit({ min, max }: { readonly min: number; readonly max: number }, times: number) {
  return max === min ? 1 : (max - min + 1) ** times
}

function hasCommonStart(options: readonly RegexNode[]): boolean {
  return options.some((option, index) =>
    options
      .slice(index + 1)
      .some(other => overlap(firstCharactersOf(option), firstCharactersOf(other))),
  )
}

/** How many long repeats in a row can take characters from each other. */
function longestChain(root: RegexNode): number {
  const open: { characters: CharacterSet; length: number }[] = []
  let longest = 0
  const walk = (node: RegexNode | undefined): void => {
    if (node === undefined) return
    if (node.kind === 'repeat' && node.max > longRepeat) {
      const characters = charactersOf(node.node)
      const before = open.filter(repeat => overlap(repeat.characters, characters))
      const length = 1 + Math.max(0, ...before.map(repeat => repeat.length))
      longest = Math.max(longest, length)
      open.push({ characters, length })
    } else if (node.kind === 'set') {
      // A character that an earlier repeat cannot take ends the contest.
      for (let i = open.length - 1; i >= 0; i--) {
        const repeat = open[i]
        if (repeat !== undefined && !overlap(repeat.characters, node.characters)) open.splice(i, 1)
      }
    } else {
      for (const child of childrenOf(node)) walk(child)
    }
  }
  walk(root)
  return longest
}

function childrenOf(node: RegexNode | undefined): readonly (RegexNode | undefined)[] {
  switch (node?.kind) {
    case 'sequence':
      return node.nodes
    case 'choice':
      return node.options
    case 'repeat':
    case 'assertion':
      return [node.node]
    default:
      return []
  }
}

/** Origins that strangers can have, built around what the expression itself spells out. */
function probesFor(samples: readonly string[]): string[] {
  const probes = ['https://evil.example', 'http://evil.example', 'https://sub.evil.example:8443']
  for (const sample of samples) {
    const parsed = parseOrigin(sample)
    if (parsed === undefined) continue
    const { scheme, host } = parsed
    const start = `${scheme}://`
    probes.push(
      `${start}${host}.evil.example`,
      `${start}${host}evil.example`,
      `${start}${host}-evil.example`,
      `${start}evil.example.${host}.evil.example`,
    )
    // Glued to the front of a registrable domain, a word makes a domain that anyone can register.
    const domain = registrableDomain(host)
    if (domain !== null) probes.push(`${start}evil${domain}`, `${start}evil-${domain}`)
  }
  return probes.filter(probe => parseOrigin(probe) !== undefined)
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

const mostWays = 1000
const longRepeat = 10
