// The two options that are lists of groups: routes, and policies for paths.

import { nearestName } from '../terms/distance.js'
import { error, type Finding } from '../terms/finding.js'
import { flagName } from '../terms/option-names.js'
import { type Upstream, upstreamUrl } from './address-types.js'
import { jsonList, splitAtSeparators } from './list-types.js'
import {
  boolean,
  invalid,
  type JsonSchema,
  type Parsed,
  scalar,
  type ValueType,
  valid,
} from './value-types.js'

/** Requests below `prefix` go to an upstream of their own. */
export interface RouteEntry {
  readonly prefix: string
  readonly upstream: Upstream
  /** Undefined where the route does not say: the option of that name does. */
  readonly stripPrefix: boolean | undefined
  readonly hostHeader: string | undefined
}

/** `upstream`, `client`, or the name to send as `Host`. */
export const hostHeader: ValueType<string> = scalar({
  metavar: 'NAME',
  form: 'upstream, client, or a host name',
  schema: { type: 'string' },
  read(text) {
    const word = text.toLowerCase()
    if (word === 'upstream' || word === 'client') return valid(word)
    const host = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/i
    if (host.test(text)) return valid(text)
    const bare = /^https?:\/\/([^/]+)/i.exec(text)?.[1]
    return invalid(
      error('value-invalid', 'is not a value that a Host header may have', {
        item: text,
        ...(bare === undefined
          ? { advice: 'Write upstream, client, or a name like api.example.com.' }
          : { correction: bare }),
      }),
    )
  },
})

/** A literal path prefix: begins with a slash, holds nothing that a path is resolved or cut at. */
export const pathPrefix: ValueType<string> = scalar({
  metavar: 'PATH',
  form: 'a path prefix like /api',
  schema: { type: 'string', pattern: '^/' },
  read(text) {
    const fault = prefixFault(text)
    return fault === undefined ? valid(text) : invalid(fault)
  },
})

function prefixFault(text: string): Finding | undefined {
  const invalidPrefix = (reason: string, correction?: string) =>
    error('value-invalid', reason, { item: text, correction })
  if (!text.startsWith('/')) return invalidPrefix('does not begin with a slash', `/${text}`)
  if (/[?#]/.test(text)) {
    return invalidPrefix('holds a query or a fragment', text.split(/[?#]/, 1)[0] || '/')
  }
  if (/[\s\\]/.test(text)) return invalidPrefix('holds white space or a backslash')
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(text)) {
    const resolved = new URL(text, 'http://x').pathname
    return invalidPrefix('holds dot segments, and requests are matched without them', resolved)
  }
  if (text.includes('*')) {
    const correction = text.slice(0, text.indexOf('*')) || '/'
    return invalidPrefix(
      'holds a star, and a prefix is literal: it covers all below it',
      correction,
    )
  }
  return undefined
}

const routeKeys = {
  prefix: pathPrefix,
  upstream: upstreamUrl,
  stripPrefix: boolean,
  hostHeader,
} as const

/** `/prefix=URL` items, or groups with a `prefix` and an `upstream`. */
export const routeList: ValueType<readonly RouteEntry[]> = {
  metavar: 'LIST',
  form: '/prefix=URL, several separated by commas',
  kind: 'list',
  schema: {
    anyOf: [
      { type: 'string' },
      {
        type: 'array',
        items: { anyOf: [{ type: 'string' }, groupSchema(routeKeys, ['prefix', 'upstream'])] },
      },
    ],
  },
  write: routes => routes.map(route => writeGroup(route, routeKeys)),
  parse(raw, form) {
    const itemsIn = (item: unknown): unknown[] =>
      form.split && typeof item === 'string' ? (jsonList(item) ?? splitAtSeparators(item)) : [item]
    const items =
      typeof raw === 'string' ? itemsIn(raw) : Array.isArray(raw) ? raw.flatMap(itemsIn) : undefined
    if (items === undefined) {
      return invalid(
        error('value-invalid', 'is not a list of routes like /api=http://localhost:5000'),
      )
    }
    return eachEntry(
      items,
      item => (typeof item === 'string' ? routeText(item) : routeGroup(item)),
      {
        key: route => route.prefix,
        twice: 'is routed twice',
      },
    )
  },
}

function routeText(text: string): Parsed<RouteEntry> {
  const equals = text.indexOf('=')
  if (equals < 1) {
    return invalid(
      error('value-invalid', 'is not a route', {
        item: text,
        advice: 'Write it like /api=http://localhost:5000.',
      }),
    )
  }
  return routeGroup({ prefix: text.slice(0, equals), upstream: text.slice(equals + 1) })
}

function routeGroup(item: unknown): Parsed<RouteEntry> {
  const group = parseGroup(item, routeKeys, ['prefix', 'upstream'])
  if (!group.ok) return group
  const { prefix, upstream, stripPrefix, hostHeader } = group.value
  if (prefix === undefined || upstream === undefined) return invalid(...group.findings)
  return valid({ prefix, upstream, stripPrefix, hostHeader }, group.findings)
}

type Keys = { readonly [key: string]: ValueType<unknown> }
type GroupOf<K extends Keys> = {
  -readonly [Name in keyof K]?: K[Name] extends ValueType<infer T> ? T : never
}

/**
 * Policies for paths: each has a `match` and overrides some of `overridable`. Only a configuration
 * file can hold them.
 */
export function pathPolicies<K extends Keys>(
  overridable: K,
): ValueType<readonly ({ readonly match: string } & Readonly<GroupOf<K>>)[]> {
  type Entry = { readonly match: string } & Readonly<GroupOf<K>>
  const keys = { ...overridable, match: pathPrefix }
  return {
    metavar: 'LIST',
    form: 'a list of groups, each with a match and the options it overrides',
    kind: 'structure',
    schema: { type: 'array', items: groupSchema(keys, ['match']) },
    write: entries => entries.map(entry => writeGroup(entry, keys)),
    parse(raw) {
      if (raw === '' || raw === null) return valid([])
      if (!Array.isArray(raw)) {
        return invalid(
          error('value-invalid', 'is not a list of groups, each beginning with match:'),
        )
      }
      return eachEntry<Entry>(
        raw,
        item => {
          const group = parseGroup<Keys>(item, keys, ['match'])
          return group.ok ? valid(group.value as Entry, group.findings) : group
        },
        { key: entry => entry.match, twice: 'has two policies' },
      )
    },
  }
}

function eachEntry<T>(
  items: readonly unknown[],
  read: (item: unknown) => Parsed<T>,
  { key, twice }: { readonly key: (entry: T) => string; readonly twice: string },
): Parsed<readonly T[]> {
  const entries: T[] = []
  const findings: Finding[] = []
  const seen = new Set<string>()
  for (const [position, item] of items.entries()) {
    const parsed = read(item)
    const index = position + 1
    findings.push(...parsed.findings.map(finding => placed(finding, item, index)))
    if (!parsed.ok) continue
    const name = key(parsed.value)
    if (seen.has(name)) findings.push(error('conflict', twice, { item: name, index }))
    seen.add(name)
    entries.push(parsed.value)
  }
  return findings.some(({ severity }) => severity === 'error')
    ? invalid(...findings)
    : valid(entries, findings)
}

// A group is called by its match or prefix where it has one, else by its place.
function placed(finding: Finding, item: unknown, index: number): Finding {
  if (finding.within === undefined) return { ...finding, index }
  const { match, prefix } =
    typeof item === 'string'
      ? { match: undefined, prefix: item.split('=', 1)[0] }
      : { match: undefined, prefix: undefined, ...(item as object) }
  return { ...finding, within: `[${match ?? prefix ?? index}]${finding.within}` }
}

function parseGroup<K extends Keys>(
  item: unknown,
  keys: K,
  required: readonly string[],
): Parsed<GroupOf<K>> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return invalid(error('value-invalid', `is not a group with ${required.join(' and ')}`))
  }
  const group = new Map<string, unknown>()
  const findings: Finding[] = []
  for (const [key, raw] of Object.entries(item)) {
    const type = keys[key]
    if (type === undefined || !Object.hasOwn(keys, key)) {
      const nearest = nearestName(key, Object.keys(keys))
      const more = nearest === undefined ? {} : { correction: nearest }
      findings.push(error('unknown-name', 'is not known here', { item: key, ...more }))
      continue
    }
    const parsed = type.parse(raw, { split: typeof raw === 'string' })
    findings.push(...parsed.findings.map(finding => ({ ...finding, within: `.${key}` })))
    if (parsed.ok) group.set(key, parsed.value)
  }
  for (const key of required) {
    if (Object.hasOwn(item, key)) continue
    findings.push(error('value-invalid', `has no ${flagName(key)}`))
  }
  return findings.some(({ severity }) => severity === 'error')
    ? invalid(...findings)
    : valid(Object.fromEntries(group) as GroupOf<K>, findings)
}

const writeGroup = (entry: object, keys: Keys): object =>
  Object.fromEntries(
    Object.entries(entry)
      .filter(([key, value]) => value !== undefined || keys[key]?.noneWord !== undefined)
      .map(([key, value]) => [key, keys[key]?.write(value)]),
  )

function groupSchema(keys: Keys, required: readonly string[]): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: [...required],
    properties: Object.fromEntries(Object.entries(keys).map(([key, type]) => [key, type.schema])),
  }
}
