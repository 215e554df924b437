// Rules of a gateway as policies for paths. A gateway may go by more than the path (method, headers,
// expressions, whole paths); a policy here goes by a prefix alone. Where the rules that might decide a
// request do not agree, nobody is let in: what is imported is never wider than its source.
import { checkPathMatch, normaliseMatch } from '../../config/check-paths.js'
import type { Imported, Plain } from './imported.js'
import { type Note, note } from './source-value.js'

/** Everything that a policy for a path says; undefined where nobody is let in. */
export type PolicyOfPath = { readonly [option: string]: Plain } | undefined

/** The paths below an element (`/pub` and `/pub/…`), or all that begin with a text (`/publisher` too). */
export interface Region {
  readonly by: 'element' | 'text'
  readonly path: string
}

export interface PathRule {
  readonly region: Region
  /** What else it goes by, or why its region is wider than it: it may decide any request there. */
  readonly condition?: string
  /** Whether it may win over a rule with a longer path. */
  readonly outranks?: boolean
  /** Whether another rule says what matters of it, so that it counts only against others. */
  readonly isSpare?: boolean
  readonly policy: PolicyOfPath
  readonly line: number
}

/** The settings that say no more than the rules; what is lost is noted. */
export function policiesOf(rules: readonly PathRule[], notes: Note[]): Imported['settings'] {
  const sayable = rules.map(rule => withSayablePath(rule))
  const matches = new Set(['/', ...sayable.map(({ region }) => matchOf(region))])
  const nodes = [...matches]
    .sort((a, b) => a.length - b.length)
    .map(match => nodeOf(match, sayable))
  const [root, ...others] = nodes
  const lost = new Map<PathRule, Note>()
  for (const { match, candidates, isAgreed } of nodes) {
    if (isAgreed || candidates.every(({ policy }) => policy === undefined)) continue
    for (const rule of candidates) {
      if (rule.condition !== undefined && !lost.has(rule))
        lost.set(rule, conditionNote(match, rule))
    }
    if (!candidates.some(rule => lost.has(rule))) notes.push(conflictNote(match, candidates))
  }
  notes.push(...lost.values())
  const kept = others.filter(({ match, policy }, at) => {
    const around = others.slice(0, at).findLast(other => match.startsWith(other.match)) ?? root
    return !isSame(policy, around?.policy)
  })
  const paths = kept.map(({ match, policy }) => ({ match, ...(policy ?? nobody) }))
  return { ...(root?.policy ?? nobody), ...(paths.length === 0 ? {} : { paths }) }
}

const nobody = { allowOrigins: 'none' } as const

interface Node {
  readonly match: string
  readonly candidates: readonly PathRule[]
  readonly isAgreed: boolean
  readonly policy: PolicyOfPath
}

// What a request that falls to this match, and to no longer one, may get.
function nodeOf(match: string, rules: readonly PathRule[]): Node {
  const around = rules.filter(({ region }) => match.startsWith(matchOf(region)))
  const whole = around.filter(({ condition }) => condition === undefined)
  const ranked = whole.filter(({ outranks }) => outranks !== true)
  const rank = Math.max(0, ...ranked.map(rankOf))
  const candidates = around.filter(rule => rule.outranks === true || rankOf(rule) >= rank)
  const policies = candidates.map(({ policy }) => policy)
  if (whole.length === 0) policies.push(undefined)
  const [first] = policies
  const isAgreed = policies.every(policy => isSame(policy, first))
  return { match, candidates, isAgreed, policy: isAgreed ? first : undefined }
}

const matchOf = ({ by, path }: Region): string =>
  by === 'element' && !path.endsWith('/') ? `${path}/` : path

const rankOf = ({ region }: PathRule): number => matchOf(region).length

const isSame = (a: PolicyOfPath, b: PolicyOfPath): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

// A path that can't be a match here is covered by the folder above the part that can't.
function withSayablePath(rule: PathRule): PathRule {
  const { by, path } = rule.region
  const normal = normaliseMatch(path.startsWith('/') ? path : `/${path}`)
  const region = { by, path: by === 'element' ? normal.replace(/(.)\/+$/, '$1') : normal }
  if (checkPathMatch(matchOf(region), []) === undefined) return { ...rule, region }
  let folder = normal
  do folder = folder.slice(0, folder.lastIndexOf('/'))
  while (folder !== '' && checkPathMatch(`${folder}/`, []) !== undefined)
  const condition = rule.condition ?? 'a path that servers read in different ways'
  return {
    ...rule,
    region: { by: 'element', path: folder === '' ? '/' : folder },
    condition,
    outranks: true,
  }
}

const conditionNote = (match: string, rule: PathRule): Note =>
  note(
    rule,
    `This goes by ${rule.condition}. Here a policy goes by the beginning of a path alone, so nobody is allowed below ${match}.`,
  )

const conflictNote = (match: string, rules: readonly PathRule[]): Note => {
  const lines = [...new Set(rules.map(({ line }) => line))].join(' and ')
  return note(
    rules[0],
    `The rules of lines ${lines} differ for ${match}, and which one wins is not said here, so nobody is allowed there.`,
  )
}
