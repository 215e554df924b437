// The CORS filters of a Gateway API HTTPRoute.
// https://gateway-api.sigs.k8s.io/reference/spec/#httpcorsfilter
import { namesOf, withinADay, withoutForbidden, withoutStarForAll } from './cors-lists.js'
import type { PathRule, PolicyOfPath } from './path-policies.js'
import type { Place, Route } from './places.js'
import {
  childOf,
  entriesOf,
  itemsOf,
  type Note,
  note,
  plainOf,
  type SourceValue,
  shownValue,
  textOf,
} from './source-value.js'

/** Whether a route, or the `spec` of one, has a CORS filter. */
export const hasCorsFilter = (spec: SourceValue | undefined): boolean =>
  itemsOf(childOf(spec, 'rules')).some(rule => corsFilters(rule).length > 0)

/** Every rule of a route; those without a CORS filter let nobody in. */
export function readRoute(
  spec: SourceValue | undefined,
  { title, namespace }: { readonly title: string; readonly namespace: string },
  notes: Note[],
): Route {
  const all = itemsOf(childOf(spec, 'rules')).flatMap(rule => rulesOf(rule, notes))
  const rules = all.filter((rule, at) => {
    const first = all.slice(0, at).find(earlier => isPlain(earlier) && isSamePath(earlier, rule))
    if (first === undefined || !isPlain(rule)) return true
    notes.push(
      note(
        rule,
        `The rule of line ${first.line} has this path and comes first, so this one never applied.`,
      ),
    )
    return false
  })
  const hosts = itemsOf(childOf(spec, 'hostnames')).flatMap(host => textOf(host) ?? [])
  const parents = itemsOf(childOf(spec, 'parentRefs')).map(parent =>
    parentOf(parent, namespace, notes),
  )
  return { title, places: placesOf(parents, hosts), rules }
}

const isPlain = ({ condition, outranks }: PathRule): boolean =>
  condition === undefined && outranks !== true

const isSamePath = ({ region: a }: PathRule, { region: b }: PathRule): boolean =>
  a.path.replace(/\/+$/, '') === b.path.replace(/\/+$/, '')

const placesOf = (parents: readonly (readonly string[])[], hosts: readonly string[]): Place[] =>
  (parents.length > 0 ? parents : [['', '', '']]).flatMap(parent =>
    (hosts.length > 0 ? hosts : ['']).map(host => ({ parent, host: host.toLowerCase() })),
  )

function parentOf(parent: SourceValue, namespace: string, notes: Note[]): readonly string[] {
  const word = (key: string): string => textOf(childOf(parent, key)) ?? ''
  const listener = [word('sectionName'), word('port')].filter(text => text !== '').join(', ')
  if (listener !== '') {
    notes.push(
      note(
        parent,
        `This holds at the listener ${listener} alone; here it holds wherever the sidecar listens.`,
      ),
    )
  }
  return [`${word('namespace') || namespace}/${word('name')}`, word('sectionName'), word('port')]
}

const corsFilters = (rule: SourceValue): readonly SourceValue[] =>
  itemsOf(childOf(rule, 'filters')).filter(filter => textOf(childOf(filter, 'type')) === 'CORS')

function rulesOf(rule: SourceValue, notes: Note[]): PathRule[] {
  for (const filter of itemsOf(childOf(rule, 'filters'))) {
    const type = textOf(childOf(filter, 'type')) ?? shownValue(filter)
    if (type !== 'CORS') {
      notes.push(
        note(
          filter,
          `The filter ${type} is not read: who may read responses is imported, nothing else.`,
        ),
      )
    }
  }
  const [filter, ...others] = corsFilters(rule)
  const policy = filter && policyOf(childOf(filter, 'cors'), filter, notes)
  if (others[0] !== undefined) {
    notes.push(
      note(others[0], 'A second CORS filter in one rule is not valid there, and is left out.'),
    )
  }
  const matches = itemsOf(childOf(rule, 'matches'))
  const { line } = rule
  if (matches.length === 0) return [{ region: { by: 'element', path: '/' }, policy, line }]
  return matches.map(match => matchOf(match, policy))
}

function matchOf(match: SourceValue, policy: PolicyOfPath): PathRule {
  const path = childOf(match, 'path')
  const type = textOf(childOf(path, 'type')) ?? 'PathPrefix'
  const value = textOf(childOf(path, 'value')) ?? '/'
  const at = { policy, line: (childOf(path, 'value') ?? match).line }
  const asked = entriesOf(match).find(({ key, value }) => key !== 'path' && !isEmpty(value))
  const more = asked === undefined ? {} : { condition: conditions[asked.key] ?? asked.key }
  if (type === 'PathPrefix') return { region: { by: 'element', path: value }, ...at, ...more }
  if (type === 'Exact') {
    const condition = `the whole path ${value}`
    return { region: { by: 'element', path: value }, condition, outranks: true, ...at }
  }
  const simple = type === 'RegularExpression' ? simpleExpression(value) : undefined
  if (simple !== undefined) return { region: simple, outranks: true, ...at, ...more }
  const condition = `the ${type === 'RegularExpression' ? 'regular expression' : type} ${value}`
  return { region: { by: 'text', path: literalBeginning(value) }, condition, outranks: true, ...at }
}

const isEmpty = (value: SourceValue): boolean => value.kind === 'list' && value.items.length === 0

const conditions: { readonly [key: string]: string } = {
  method: 'its method',
  headers: 'header fields',
  queryParams: 'the query',
}

// Expressions that say no more than a prefix does, whether they must match the whole path or its beginning.
function simpleExpression(source: string): PathRule['region'] | undefined {
  const text = source.replace(/^\^/, '').replace(/\$$/, '')
  if (/^\/?\.\*$/.test(text)) return { by: 'element', path: '/' }
  const below = /^((?:\/[\w~-]+)+)\(\/\.\*\)\?$/.exec(text)?.[1]
  if (below !== undefined) return { by: 'element', path: below }
  const beginning = /^((?:\/[\w~-]+)+)\.\*$/.exec(text)?.[1]
  return beginning === undefined ? undefined : { by: 'text', path: beginning }
}

/** The literal text that every match of an expression begins with, at least a slash. */
function literalBeginning(source: string): string {
  if (source.includes('|') || /\(\?/.test(source)) return '/'
  const [text = ''] = /^(?:[\w/~-]|\\[./-])*/.exec(source.replace(/^\^/, '')) ?? []
  const plain = text.replaceAll(/\\(.)/g, '$1')
  const rest = source.replace(/^\^/, '').slice(text.length)
  // What follows may say that the last character need not be there.
  const sure = /^[*?{]/.test(rest) ? plain.slice(0, -1) : plain
  return sure.startsWith('/') ? sure : '/'
}

const known = new Set([
  'allowOrigins',
  'allowMethods',
  'allowHeaders',
  'exposeHeaders',
  'allowCredentials',
  'maxAge',
])

function policyOf(cors: SourceValue | undefined, filter: SourceValue, notes: Note[]): PolicyOfPath {
  for (const { key, line } of entriesOf(cors)) {
    if (!known.has(key))
      notes.push({ line, text: `${key} is no field of a CORS filter, and is left out.` })
  }
  const at = childOf(cors, 'allowOrigins') ?? filter
  const origins = namesOf(childOf(cors, 'allowOrigins'))
  const isMixed = origins.length > 1 && origins.includes('*')
  if (isMixed) notes.push(note(at, '* beside other origins is not valid there, and is left out.'))
  const methods = namesOf(childOf(cors, 'allowMethods'))
  const headers = childOf(cors, 'allowHeaders')
  const maxAge = childOf(cors, 'maxAge')
  const granted = withoutStarForAll(
    isMixed ? origins.filter(origin => origin !== '*') : origins,
    plainOf(childOf(cors, 'allowCredentials')) === true,
    'allowOrigins * with allowCredentials lets every site read with the visitor’s cookies. That is never allowed here.',
    at,
    notes,
  )
  if (granted.allowOrigins === 'none') return undefined
  return {
    ...granted,
    allowMethods: methods.length === 0 ? ['GET', 'HEAD', 'POST'] : methods,
    allowHeaders: withoutForbidden(namesOf(headers), headers, notes),
    exposeHeaders: namesOf(childOf(cors, 'exposeHeaders')),
    maxAge: withinADay(Number(plainOf(maxAge) ?? 5), maxAge, notes),
  }
}
