// CORS annotations of ingress-nginx, on an Ingress or in the values of a Helm chart.
// https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#enable-cors
import { namesOf, withinADay, withoutForbidden, withoutStarForAll } from './cors-lists.js'
import type { PathRule, PolicyOfPath } from './path-policies.js'
import type { Place, Route } from './places.js'
import {
  childOf,
  type Entry,
  entriesOf,
  itemsOf,
  type Note,
  note,
  type SourceValue,
  textOf,
} from './source-value.js'

const prefix = 'nginx.ingress.kubernetes.io/'

const defaults = {
  'cors-allow-origin': '*',
  'cors-allow-methods': 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
  'cors-allow-headers':
    'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
  'cors-expose-headers': '',
  'cors-allow-credentials': 'true',
  'cors-max-age': '1728000',
} as const

type Name = keyof typeof defaults

/** What ingress-nginx takes for a value; for anything else it falls back to the default. */
const forms: { readonly [Form in Name]: RegExp } = {
  'cors-allow-origin': /^/,
  'cors-allow-methods': /^[A-Za-z]+(?:,? ?[A-Za-z]+)*,? ?$/,
  'cors-allow-headers': /^[\w-]+(?:,? ?[\w-]+)*,? ?$/,
  'cors-expose-headers': /^(?:[\w-]+|\*)(?:,? ?(?:[\w-]+|\*))*,? ?$/,
  'cors-allow-credentials': /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/,
  'cors-max-age': /^-?\d+$/,
}

const isTrue = (text: string | undefined): boolean => /^(?:1|t|T|TRUE|true|True)$/.test(text ?? '')

/** The annotations of ingress-nginx that speak of CORS, by what follows their prefix. */
const corsEntries = (annotations: SourceValue | undefined): readonly Entry[] =>
  entriesOf(annotations).filter(({ key }) => /^(?:cors-|enable-cors$)/.test(nameOf(key)))

const nameOf = (key: string): string => (key.startsWith(prefix) ? key.slice(prefix.length) : '')

export const hasCorsAnnotations = (annotations: SourceValue | undefined): boolean =>
  corsEntries(annotations).length > 0

/** Where an Ingress has its rules: its own way, that of charts, or none. */
export interface IngressParts {
  readonly title: string
  readonly annotations: SourceValue | undefined
  readonly rules: readonly SourceValue[]
}

/** The hosts on which every path is an expression, since one Ingress says so. */
export function hostsOfExpressions(all: readonly IngressParts[]): ReadonlySet<string> {
  return new Set(all.filter(usesExpressions).flatMap(({ rules }) => rules.map(hostOf)))
}

const usesExpressions = ({ annotations }: IngressParts): boolean =>
  entriesOf(annotations).some(
    ({ key, value }) =>
      nameOf(key) === 'rewrite-target' || (nameOf(key) === 'use-regex' && isTrue(textOf(value))),
  )

/** Every path of every host of an Ingress; without the annotation `enable-cors` it lets nobody in. */
export function readIngress(
  { title, annotations, rules }: IngressParts,
  expressionHosts: ReadonlySet<string>,
  notes: Note[],
): Route[] {
  const policy = policyOf(annotations, notes)
  const all: PathRule = {
    region: { by: 'element', path: '/' },
    policy,
    line: annotations?.line ?? 1,
  }
  if (rules.length === 0) return [{ title, places: [placeOf('')], rules: [all] }]
  return rules.map(rule => {
    const host = hostOf(rule)
    const isExpression = expressionHosts.has(host)
    const paths = itemsOf(childOf(rule, 'http', 'paths') ?? childOf(rule, 'paths'))
    const read = paths.flatMap(path => (isExpression ? expressionRules : pathRules)(path, policy))
    return {
      title,
      places: [placeOf(host)],
      rules: read.length > 0 ? read : [{ ...all, line: rule.line }],
    }
  })
}

const hostOf = (rule: SourceValue): string =>
  (textOf(rule) ?? textOf(childOf(rule, 'host')) ?? '').toLowerCase()

const placeOf = (host: string): Place => ({ parent: [''], host })

const pathOf = (path: SourceValue): string => textOf(path) ?? textOf(childOf(path, 'path')) ?? '/'

const lineOfPath = (path: SourceValue): number => (childOf(path, 'path') ?? path).line

const isLiteral = (path: string): boolean => /^[\w/.~-]+$/.test(path)

function pathRules(path: SourceValue, policy: PolicyOfPath): PathRule[] {
  const text = pathOf(path)
  const at = { policy, line: lineOfPath(path) }
  const type = textOf(childOf(path, 'pathType')) ?? 'ImplementationSpecific'
  const region = { by: type === 'ImplementationSpecific' ? 'text' : 'element', path: text } as const
  if (isLiteral(text) && type !== 'Exact') return [{ region, ...at }]
  const condition = `the whole path ${text}`
  return [{ region, condition, outranks: true, ...at }]
}

// Expressions are compared from the beginning and without case, and may win over a longer path.
function expressionRules(path: SourceValue, policy: PolicyOfPath): PathRule[] {
  const text = pathOf(path)
  const at = { policy, line: lineOfPath(path), outranks: true }
  const plain = text.replace(/(?:\(\/\|\$\)|\/\??)?(?:\(\.\*\)|\(\.\+\)|\.\*)\$?$/, '') || '/'
  const anyCase: PathRule = {
    region: { by: 'text', path: '/' },
    condition: `the expression ${text}, compared without case`,
    isSpare: isLiteral(plain),
    ...at,
  }
  if (!isLiteral(plain)) return [anyCase]
  return [{ region: { by: plain === text ? 'text' : 'element', path: plain }, ...at }, anyCase]
}

function policyOf(annotations: SourceValue | undefined, notes: Note[]): PolicyOfPath {
  const entries = corsEntries(annotations)
  const enabled = entries.findLast(({ key }) => nameOf(key) === 'enable-cors')
  if (entries.length === 0) return undefined
  if (!isTrue(textOf(enabled?.value))) {
    notes.push(
      note(
        enabled ?? entries[0],
        'enable-cors is not "true", so nothing of this was in force, and nobody is allowed.',
      ),
    )
    return undefined
  }
  for (const { key, line } of entries) {
    if (key !== enabled?.key && !Object.hasOwn(defaults, nameOf(key))) {
      notes.push({ line, text: `${nameOf(key)} is not known and is left out.` })
    }
  }
  noteSnippets(annotations, notes)
  notes.push(
    note(
      undefined,
      'There every OPTIONS was answered; here one that is no preflight goes to the API.',
    ),
  )
  const read = (name: Name): string => {
    const given = entries.findLast(({ key }) => nameOf(key) === name)
    const text = textOf(given?.value)?.trim()
    if (text !== undefined && forms[name].test(text)) return text
    const standard = defaults[name]
    if (given !== undefined) {
      notes.push(
        note(
          given,
          `${name} is not read there as it is written: its default ${standard || 'of none'} is taken.`,
        ),
      )
    } else if (standard !== '') {
      notes.push(note(enabled, `${name} is not set, so its default there is taken: ${standard}`))
    }
    return standard
  }
  const lineOf = (name: Name) => entries.findLast(({ key }) => nameOf(key) === name) ?? enabled
  const origins = originsOf(read('cors-allow-origin'), lineOf('cors-allow-origin'), notes)
  const granted = withoutStarForAll(
    origins,
    isTrue(read('cors-allow-credentials')),
    'It sends * together with credentials, which browsers refuse for every request with cookies.',
    lineOf('cors-allow-origin'),
    notes,
  )
  if (granted.allowOrigins === 'none') return undefined
  return {
    ...granted,
    allowMethods: namesIn(read('cors-allow-methods')),
    allowHeaders: withoutForbidden(
      namesIn(read('cors-allow-headers')),
      lineOf('cors-allow-headers'),
      notes,
    ),
    exposeHeaders: namesIn(read('cors-expose-headers')),
    maxAge: withinADay(Number(read('cors-max-age')), lineOf('cors-max-age'), notes),
  }
}

const namesIn = (text: string): string[] => namesOf({ kind: 'scalar', value: text, line: 0 })

// There an entry is the end of an expression without case, and a star stands for one label.
function originsOf(text: string, at: Entry | undefined, notes: Note[]): string[] {
  const entries = text
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
  if (entries.includes('*')) return ['*']
  return entries.flatMap(entry => {
    if (!/^[a-z]+:\/\//i.test(entry)) {
      notes.push(
        note(
          at,
          `${entry} has no scheme: there it lets in every origin that ends like it, https://evil${entry} too. It is left out. Write https://${entry}`,
        ),
      )
      return []
    }
    const star = /^(https?:\/\/)\*\.([a-z0-9.-]+(?::\d+)?)$/i.exec(entry)
    if (star === null) return [entry]
    const [, scheme = '', host = ''] = star
    const literal = `${scheme}[a-z0-9-]+.${host}`.toLowerCase().replaceAll(/[./]/g, '\\$&')
    return [`/${literal}/`]
  })
}

function noteSnippets(annotations: SourceValue | undefined, notes: Note[]): void {
  for (const { key, value, line } of entriesOf(annotations)) {
    if (/-snippet$/.test(nameOf(key)) && /access-control-/i.test(textOf(value) ?? '')) {
      notes.push({
        line,
        text: `${nameOf(key)} sets Access-Control fields of its own, and is not read.`,
      })
    }
  }
}
