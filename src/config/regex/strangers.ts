// Whom an expression lets in that its author does not know: hosts under a name that anyone can register.
// Hosts are read from their end, label by label. A part that may be anything, such as `[a-z-]+`, is a
// hole where it stands in the name that is registered, or in the suffix below which names are registered.

import { publicSuffixOf } from '../public-suffix.js'
import type { OriginGrammar } from './origin-grammar.js'
import type { Node } from './paths.js'

export interface Hole {
  /** Below which suffix strangers get their names; empty where they choose that as well. */
  readonly suffix: string
  /** True where a provider hands the names out, as below `github.io`, and not a registry. */
  readonly isShared: boolean
  /** An origin that comes in by it. */
  readonly origin: string
}

type IsAllowed = (origin: string) => boolean

/** How far a host has been read, from its end. */
interface Reading {
  /** Behind the next character to read. */
  readonly node: Node
  /** What has been read of the label that is being read. */
  readonly label: string
  /** How many of its characters are one of several, and whether a part of it may be anything. */
  readonly choices: number
  readonly isFree: boolean
  /** The labels behind it. */
  readonly suffix: string
  readonly port: string
}

interface Look {
  readonly scheme: string
  readonly grammar: OriginGrammar
  readonly nodes: readonly Node[]
}

/**
 * The holes among the hosts of one scheme, those first that are easiest to see; undefined where there
 * are too many hosts to look at.
 */
export function holesIn(
  { scheme, grammar, nodes }: Look,
  isAllowed: IsAllowed,
): Hole[] | undefined {
  const holes: Hole[] = []
  const seen = new Set<string>()
  const open: Reading[] = []
  const read = (reading: Reading): void => {
    const { node, label, isFree, suffix } = reading
    const key = `${node.id} ${label} ${isFree} ${suffix}`
    if (seen.has(key)) return
    seen.add(key)
    open.push(reading)
  }
  const report = ({ suffix, origins }: Suspicion): void => {
    const origin = origins.find(isAllowed)
    const isShared = suffix !== '' && ownerOf(suffix) === 'provider'
    if (origin !== undefined) holes.push({ suffix, isShared, origin })
  }
  for (const node of nodes) {
    if (node.isEnd) read({ ...unread, node })
  }
  for (let reading = open.pop(); reading !== undefined; reading = open.pop()) {
    if (seen.size > mostReadings) return undefined
    const { place } = reading.node
    if (place === grammar.inLabel) readLabel(reading, scheme, read, report)
    else if (place === grammar.afterDot) readDot(reading, scheme, read, report)
    else if (grammar.inPort.has(place)) readPort(reading, read)
  }
  return holes.sort((a, b) => a.origin.length - b.origin.length)
}

/** What looks like a hole, and origins to try it with, the one that shows it best first. */
interface Suspicion {
  readonly suffix: string
  readonly origins: readonly string[]
}

const unread = { label: '', choices: 0, isFree: false, suffix: '', port: '' }

type Read = (reading: Reading) => void
type Report = (suspicion: Suspicion) => void

function readPort(reading: Reading, read: Read): void {
  for (const { from, characters } of reading.node.arrivals) {
    if (from === undefined) continue
    read({ ...reading, node: from, port: characters.charAt(0) + reading.port })
  }
}

function readLabel(reading: Reading, scheme: string, read: Read, report: Report): void {
  const { node, label, suffix, port } = reading
  for (const { from, characters } of node.arrivals) {
    if (from === undefined) continue
    const choices = reading.choices + (characters.length > 1 ? 1 : 0)
    const isFree =
      reading.isFree || node.isRepeated || characters.length >= freeFrom || choices > mostChoices
    if (isFree && suffix !== '') {
      // All that is below a name of the author's is the author's.
      if (ownerOf(suffix) === 'author') continue
      const behind = `${label}.${suffix}${port}`
      const origins = [
        `${scheme}://evi${behind.replace(/^l?/u, 'l')}`,
        `${scheme}://evil-${behind}`,
        `${from.text}evil${behind}`,
        `${node.text}${behind}`,
      ]
      report({ suffix, origins })
      continue
    }
    for (const character of characters) {
      const longer = character + label
      // Of a suffix that may be anything, those are read that somebody can get a name below.
      if (isFree && !someSuffixes.some(known => known.endsWith(longer))) continue
      read({ ...reading, node: from, label: longer, choices, isFree })
    }
  }
}

function readDot(reading: Reading, scheme: string, read: Read, report: Report): void {
  const { node, label, isFree, suffix, port } = reading
  if (isFree) {
    const origins = [
      `${scheme}://evil.example${port}`,
      `${node.text}evil.example${port}`,
      `${node.text}${label}${port}`,
    ]
    if (someSuffixes.includes(label)) report({ suffix: '', origins })
    return
  }
  // A suffix of a provider may be longer than the provider's own name: s3.amazonaws.com.
  const longer = [label, suffix].filter(part => part !== '').join('.')
  if (longer.split('.').length > longestSuffix) return
  for (const { from } of node.arrivals) {
    if (from === undefined) continue
    read({ ...reading, node: from, label: '', choices: 0, isFree: false, suffix: longer })
  }
}

/** Public addresses that an expression allows whatever their last parts are. */
export function addressHoles(samples: readonly string[], isAllowed: IsAllowed): Hole[] {
  const ports = new Set(['', ...samples.map(sample => /:\d+$/u.exec(sample)?.[0] ?? '')])
  const pairs = [
    ...firstNumbers(samples).map(first => [`${first}.1.2.3`, `${first}.104.2.3`]),
    ['[2001:db8::1]', '[2606:4700::1]'],
  ]
  const holes: Hole[] = []
  for (const scheme of ['https', 'http']) {
    for (const port of ports) {
      const origins = pairs.map(hosts => hosts.map(host => `${scheme}://${host}${port}`))
      const [origin] = origins.find(pair => pair.every(isAllowed)) ?? []
      if (origin !== undefined) holes.push({ suffix: '', isShared: false, origin })
    }
  }
  return holes
}

/** With what the addresses of the samples begin, and any other one; none that is private or special. */
const firstNumbers = (samples: readonly string[]): string[] =>
  [...samples.map(sample => /\/\/(\d+)\./u.exec(sample)?.[1]), '8', '93', '203']
    .filter(first => first !== undefined)
    .filter(first => !/^(?:0|10|127)$/u.test(first))

/** Who hands out the names below a domain. What the list does not name is a network's own. */
function ownerOf(domain: string): 'registry' | 'provider' | 'author' {
  const { publicSuffix, isIcann, isPrivate } = publicSuffixOf(`name.${domain}`)
  if (domain === 'home.arpa' || (publicSuffix ?? '').length < domain.length) return 'author'
  if (isPrivate === true) return 'provider'
  return isIcann === true || domain === 'example' ? 'registry' : 'author'
}

/** Suffixes of every length that names are sold below, those that show a hole best first. */
const someSuffixes: readonly string[] = [
  ...['example', 'xyz', 'online', 'site', 'store', 'info', 'shop', 'cloud', 'museum', 'digital'],
  ...['technology', 'photography', 'international', 'io', 'dev', 'app', 'net', 'org', 'com'],
  ...['co', 'me', 'ai', 'de', 'uk', 'fr', 'nl', 'us', 'eu', 'tv'],
]

/** A class with as many characters as there are digits stands for anything. */
const freeFrom = 10
const mostChoices = 3
const longestSuffix = 6
const mostReadings = 100_000
