// Where a request could fall under several policies, it gets what all of them give: each decides and
// writes its lines, and only what stands in every one of them is sent. Runs for strange requests only.

import { isName } from '../terms/field-names.js'
import { eachField, fieldValue } from '../terms/fields.js'
import type { Decision, NonEmpty } from './decision.js'
import { isAccessControl } from './header-names.js'
import { mergeVary } from './vary.js'

/** One decision that gives away no more than any of its parts, in the words of the strictest. */
export function intersectDecisions(parts: NonEmpty<Decision>): Decision {
  const strictest = parts.reduce((least, part) => (gift(part) < gift(least) ? part : least))
  const allowOrigin = narrowestOrigin(parts.map(part => part.allowOrigin))
  const credentials = allowOrigin !== undefined && parts.every(part => part.credentials)
  return { ...strictest, allowOrigin, credentials, parts, ...reportedBy(parts, strictest) }
}

/** What is refused has nothing left to report; of anything else the mildest mode counts. */
function reportedBy(
  parts: NonEmpty<Decision>,
  { action }: Decision,
): Pick<Decision, 'reported'> | undefined {
  if (action === 'block') return undefined
  const modes = parts.flatMap(({ reported }) => reported ?? [])
  const reported = modes.find(mode => mode === 'resources') ?? modes[0]
  return reported === undefined ? undefined : { reported }
}

/** How much a decision gives away: nothing, a plain read, or a read with cookies. */
function gift(decision: Decision): number {
  if (decision.verdict === 'refused') return decision.action === 'forward' ? 1 : 0
  if (decision.allowOrigin === undefined) return 2
  return decision.credentials ? 4 : 3
}

/**
 * One response from the same response as each policy writes it. Of the lines that grant something it
 * has what every one of them has too; `Vary` names what any of them depends on.
 */
export function intersectLines(responses: NonEmpty<readonly string[]>): string[] {
  const [first] = responses
  const lines: string[] = []
  eachField(first, (name, value) => {
    if (!isGranting(name) && !isName(name, 'vary')) lines.push(name, value)
  })
  const vary = responses.reduce(
    (merged, lines) => mergeVary(merged, splitList(fieldValue(lines, 'vary') ?? '')),
    '',
  )
  if (vary !== '') lines.push('Vary', vary)
  const grants = responses.map(readGrant)
  const origin = narrowestOrigin(grants.map(grant => grant.get(allowOrigin)?.value))
  for (const [key, { name }] of grants[0] ?? []) {
    if (origin === undefined && isAccessControl(name)) continue
    const value = intersectValues(key, grants)
    if (value !== undefined) lines.push(name, value)
  }
  return lines
}

/** The granting fields of a response by their lower-case name; repeated lines are joined. */
type Grant = ReadonlyMap<string, { readonly name: string; readonly value: string }>

function readGrant(lines: readonly string[]): Grant {
  const grant = new Map<string, { name: string; value: string }>()
  eachField(lines, (name, value) => {
    if (!isGranting(name)) return
    const known = grant.get(name.toLowerCase())
    if (known === undefined) grant.set(name.toLowerCase(), { name, value })
    else known.value += `, ${value}`
  })
  return grant
}

function isGranting(name: string): boolean {
  return isAccessControl(name) || isName(name, timingAllowOrigin)
}

/** What stands in the field of every response, or undefined when that is nothing. */
function intersectValues(name: string, grants: readonly Grant[]): string | undefined {
  const values: string[] = []
  for (const grant of grants) {
    const field = grant.get(name)
    if (field === undefined) return undefined
    values.push(field.value)
  }
  switch (name) {
    case allowOrigin:
    case timingAllowOrigin:
      return narrowestOrigin(values)
    case 'access-control-max-age':
      return String(Math.min(...values.map(Number)))
    case 'access-control-allow-methods':
      return intersectLists(grants.map(grant => namesIn(grant, name, text => text)))
    case 'access-control-allow-headers':
      return intersectLists(
        grants.map(grant => namesIn(grant, name, lowerCase)),
        'authorization',
      )
    case 'access-control-expose-headers':
      return intersectLists(grants.map(grant => namesIn(grant, name, lowerCase)))
    default:
      return values.every(value => value === values[0]) ? values[0] : undefined
  }
}

/** The one origin that all of them name; `*` names every one. Undefined when there is none. */
function narrowestOrigin(origins: readonly (string | undefined)[]): string | undefined {
  const named = origins.filter(origin => origin !== '*')
  if (named.length === 0) return '*'
  return named.every(origin => origin === named[0]) ? named[0] : undefined
}

/** What one response allows by name, and whether a star covers the rest. */
interface Names {
  readonly names: readonly string[]
  readonly isAny: boolean
}

/**
 * With credentials a browser reads `*` as a plain name.
 * https://fetch.spec.whatwg.org/#cors-protocol-and-credentials
 */
function namesIn(grant: Grant, name: string, spell: (item: string) => string): Names {
  const items = splitList(grant.get(name)?.value ?? '')
  const isAny = items.includes('*') && !grant.has('access-control-allow-credentials')
  return { names: items.filter(item => item !== '*').map(spell), isAny }
}

/** The names that every list covers; a star covers all but `exempt`. Undefined when there is none. */
function intersectLists(lists: readonly Names[], exempt?: string): string | undefined {
  const shared = new Set<string>(lists.every(({ isAny }) => isAny) ? ['*'] : [])
  for (const name of lists.flatMap(({ names }) => names)) {
    const isShared = lists.every(
      ({ names, isAny }) => names.includes(name) || (isAny && name !== exempt),
    )
    if (isShared) shared.add(name)
  }
  return shared.size === 0 ? undefined : [...shared].join(', ')
}

function splitList(value: string): string[] {
  const items = value.split(',').map(item => item.trim())
  return items.filter(item => item !== '')
}

const lowerCase = (text: string): string => text.toLowerCase()

const allowOrigin = 'access-control-allow-origin'
const timingAllowOrigin = 'timing-allow-origin'
