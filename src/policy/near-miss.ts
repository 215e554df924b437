// Looks for the small difference behind a refusal. Costs more than the decision did, so only what
// shows a refusal to a person asks for it, and every search is bounded: strangers choose the values.

import { isOneSlip } from '../terms/distance.js'
import type { Decision, NearMiss } from './decision.js'
import { defaultPort, parseOrigin } from './origin.js'
import { exactOrigin, type OriginMatcher } from './origin-matcher.js'

/** In what the refused value differs from something that is allowed; undefined when nothing is near. */
export function nearMiss(decision: Decision): NearMiss | undefined {
  const { policy, reason, subject } = decision
  if (subject === undefined) return undefined
  switch (reason) {
    case 'origin-not-allowed':
      return nearOrigin(policy.origins, subject)
    case 'malformed-origin':
      return nearSpelling(policy.origins, subject)
    case 'method-not-allowed':
      return nearMethod(policy.methods.names, subject)
    case 'header-not-allowed':
      return nearWord(policy.named.headers.names, subject)
    default:
      return undefined
  }
}

/** What a browser would have sent in place of a malformed origin, where that can be told. */
export function respell(origin: string): string | undefined {
  const schemeEnd = origin.indexOf('://')
  if (schemeEnd === -1 || origin.length > maxRespelled) return undefined
  const lower = origin.toLowerCase()
  const hostEnd = lower.slice(schemeEnd + 3).search(/[/?#]/u)
  const bare = hostEnd === -1 ? lower : lower.slice(0, schemeEnd + 3 + hostEnd)
  const port = defaultPort(lower.slice(0, schemeEnd))
  const spelled =
    port !== 0 && bare.endsWith(`:${port}`) ? bare.slice(0, bare.lastIndexOf(':')) : bare
  return spelled !== origin && parseOrigin(spelled) !== undefined ? spelled : undefined
}

function nearSpelling(origins: OriginMatcher, origin: string): NearMiss | undefined {
  const spelled = respell(origin)
  const entry = spelled === undefined ? undefined : origins.match(spelled)?.entry
  if (spelled === undefined || entry === undefined) return undefined
  if (origin === `${spelled}/`) return { differs: 'trailing-slash', entry }
  if (origin.toLowerCase() === spelled) return { differs: 'case', entry }
  return { differs: /:\d+$/u.test(origin) ? 'default-port' : 'trailing-slash', entry }
}

function nearOrigin(origins: OriginMatcher, origin: string): NearMiss | undefined {
  const parsed = parseOrigin(origin)
  if (parsed === undefined) return undefined
  const { scheme, host, port } = parsed
  const suffix = port === 0 ? '' : `:${port}`
  const otherScheme = scheme === 'https' ? 'http' : 'https'
  const isName = parsed.hostKind === 'name'
  const parent = host.slice(host.indexOf('.') + 1)
  const candidates: readonly (readonly [NearMiss['differs'], string, boolean])[] = [
    ['scheme', `${otherScheme}://${host}${suffix}`, scheme === 'http' || scheme === 'https'],
    ['trailing-dot', `${scheme}://${host.slice(0, -1)}${suffix}`, host.endsWith('.')],
    ['www', `${scheme}://www.${host}${suffix}`, isName && !host.startsWith('www.')],
    ['www', `${scheme}://${parent}${suffix}`, host.startsWith('www.')],
    ['port', `${scheme}://${host}`, port !== 0],
    ['subdomain', `${scheme}://${parent}${suffix}`, isName && parent.includes('.')],
  ]
  for (const [differs, candidate, applies] of candidates) {
    const match = applies ? origins.match(candidate) : undefined
    if (match === undefined) continue
    // A name below an apex is no "www" mistake: the entry says that the apex itself is left out.
    const isApex = differs === 'www' && match.reason === 'origin-wildcard'
    return { differs: isApex ? 'apex' : differs, entry: match.entry }
  }
  return nearApex(origins, `${scheme}://x.${host}${suffix}`, isName) ?? scanEntries(origins, origin)
}

function nearApex(origins: OriginMatcher, below: string, isName: boolean): NearMiss | undefined {
  const match = isName ? origins.match(below) : undefined
  return match?.reason === 'origin-wildcard' ? { differs: 'apex', entry: match.entry } : undefined
}

function scanEntries(origins: OriginMatcher, origin: string): NearMiss | undefined {
  const withoutPort = origin.replace(/:\d+$/u, '')
  let typo: NearMiss | undefined
  for (const { text, pattern } of origins.entries.slice(0, maxScanned)) {
    const listed = exactOrigin(pattern)
    if (listed === undefined) continue
    if (listed.replace(/:\d+$/u, '') === withoutPort) return { differs: 'port', entry: text }
    if (typo === undefined && isOneSlip(origin, listed)) typo = { differs: 'typo', entry: text }
  }
  return typo
}

function nearMethod(methods: ReadonlySet<string>, method: string): NearMiss | undefined {
  const upper = method.toUpperCase()
  for (const entry of methods) {
    if (entry.toUpperCase() === upper) return { differs: 'case', entry }
  }
  return nearWord(methods, method)
}

function nearWord(words: Iterable<string>, word: string): NearMiss | undefined {
  let scanned = 0
  for (const entry of words) {
    if (++scanned > maxScanned) return undefined
    if (word.length > 3 && isOneSlip(word, entry)) return { differs: 'typo', entry }
  }
  return undefined
}

const maxScanned = 1000
const maxRespelled = 400
