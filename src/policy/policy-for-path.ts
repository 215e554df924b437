// Chooses the policy by path. The sidecar and the upstream may not read a strange path alike
// (`/public%2f..%2fadmin`), so where readings differ, every policy that could be meant is returned.
// https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2

import type { Policy, PolicySet } from './policy.js'

/** One policy for a plain path; for an ambiguous one each that some reading of it selects. */
export type PolicyChoice = readonly [Policy, ...Policy[]]

/** The policies that a request target could mean, the global one first where it is among them. */
export function policiesForTarget(policies: PolicySet, target: string): PolicyChoice {
  if (target.charCodeAt(0) !== SLASH) return [policies.global]
  const end = pathEnd(target)
  if (isPlain(target, end)) return [policyForPrefix(policies, target)]
  return policiesForReadings(policies, target.slice(0, end))
}

function policyForPrefix(policies: PolicySet, path: string): Policy {
  for (const policy of policies.paths) {
    if (path.startsWith(policy.match)) return policy
  }
  return policies.global
}

function policiesForReadings(policies: PolicySet, path: string): PolicyChoice {
  const normal = decodeUnreserved(path)
  const chosen = new Set<Policy>()
  // Encoded separators and broken escapes never select a policy looser than the global one.
  if (isAmbiguous(normal)) chosen.add(policies.global)
  const decoded = withoutParameters(decodeAll(normal).replaceAll('\\', '/'))
  for (const reading of [normal, mergeSlashes(normal), decoded, mergeSlashes(decoded)]) {
    chosen.add(policyForPrefix(policies, resolveDots(reading)))
  }
  const [first = policies.global, ...others] = chosen
  return [first, ...others]
}

/** The path of a `match` setting or of a request, in the one spelling that both are compared in. */
export function normalisePath(path: string): string {
  return resolveDots(decodeUnreserved(path))
}

/** Whether an escape in the normalised path could be read as a separator, or not be read at all. */
export function isAmbiguous(path: string): boolean {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code === BACKSLASH || code < 0x20 || code > 0x7e) return true
    if (code !== PERCENT) continue
    const value = escapeValue(path, i)
    if (value < 0x20 || value === 0x7f) return true
    if (value === SLASH || value === BACKSLASH || value === PERCENT || value === SEMICOLON) {
      return true
    }
    i += 2
  }
  return false
}

/** A path that reads the same to everybody: no escapes, dot segments, empty segments or oddities. */
function isPlain(target: string, end: number): boolean {
  let previous = 0
  for (let i = 0; i < end; i++) {
    const code = target.charCodeAt(i)
    if (code === PERCENT || code === BACKSLASH || code === SEMICOLON) return false
    if (code < 0x21 || code > 0x7e) return false
    if (previous === SLASH && (code === SLASH || code === DOT)) return false
    previous = code
  }
  return true
}

function pathEnd(target: string): number {
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i)
    if (code === QUESTION || code === HASH) return i
  }
  return target.length
}

/** Escapes of letters, digits and `-._~` become those; the others keep their escape, upper case. */
function decodeUnreserved(path: string): string {
  return path.replace(/%[0-9a-f]{2}/giu, escaped => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return /[A-Za-z0-9._~-]/u.test(character) ? character : escaped.toUpperCase()
  })
}

/** Every ASCII escape decoded, as often as it was encoded within reason. */
function decodeAll(path: string): string {
  let decoded = path
  for (let round = 0; round < 3 && decoded.includes('%'); round++) {
    decoded = decoded.replace(/%[0-7][0-9a-f]/giu, escaped =>
      String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
    )
  }
  return decoded
}

/** Some servers cut `;…` off every segment before they look for dots. */
function withoutParameters(path: string): string {
  return path.replace(/;[^/]*/gu, '')
}

function mergeSlashes(path: string): string {
  return path.replace(/\/{2,}/gu, '/')
}

/** RFC 3986, 5.2.4. */
function resolveDots(path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (isLast) kept.push('')
  })
  return `/${kept.join('/')}`
}

/** The byte of the escape at `index`, or -1 for a broken one. */
function escapeValue(path: string, index: number): number {
  const hex = path.slice(index + 1, index + 3)
  return /^[0-9a-f]{2}$/iu.test(hex) ? Number.parseInt(hex, 16) : -1
}

const HASH = 0x23
const PERCENT = 0x25
const DOT = 0x2e
const SLASH = 0x2f
const SEMICOLON = 0x3b
const QUESTION = 0x3f
const BACKSLASH = 0x5c
