// HTTPRoutes, Ingresses and the values of Helm charts: found in the documents of a text, brought
// together where they hold at one place, and said as settings.
import { hasCorsFilter, readRoute } from './gateway.js'
import type { Imported } from './imported.js'
import {
  hasCorsAnnotations,
  hostsOfExpressions,
  type IngressParts,
  readIngress,
} from './ingress.js'
import { policiesOf } from './path-policies.js'
import { domainsOf, type Route } from './places.js'
import {
  childOf,
  entriesOf,
  itemsOf,
  type Note,
  note,
  plainOf,
  type SourceValue,
  textOf,
} from './source-value.js'

/** What is read of the documents, and those of them that were read. */
export interface FromKubernetes {
  readonly imported: readonly Imported[]
  readonly read: ReadonlySet<SourceValue>
}

/** Reads all documents together: a route without CORS bounds what its neighbour allows. */
export function importKubernetes(documents: readonly SourceValue[]): FromKubernetes {
  const found = documents.flatMap(document =>
    kindOf(document) === undefined ? inValues(document, [], document) : ofDocument(document),
  )
  const groups = [
    found.filter(({ kind }) => kind === 'route'),
    found.filter(({ kind }) => kind === 'ingress'),
  ].filter(group => group.some(({ hasCors }) => hasCors))
  const imported = groups.flatMap(group => {
    const notes: Note[] = []
    const expressionHosts = hostsOfExpressions(group.flatMap(({ parts }) => parts ?? []))
    const routes = group.flatMap(({ read }) => read(notes, expressionHosts))
    return importedFrom(routes, notes)
  })
  return { imported, read: new Set(groups.flat().map(({ document }) => document)) }
}

interface Found {
  readonly kind: 'route' | 'ingress'
  readonly document: SourceValue
  readonly hasCors: boolean
  readonly parts?: IngressParts
  readonly read: (notes: Note[], expressionHosts: ReadonlySet<string>) => readonly Route[]
}

function importedFrom(routes: readonly Route[], notes: readonly Note[]): Imported[] {
  const domains = domainsOf(routes)
  return domains.map(({ titles, hosts, rules }) => {
    const warnings = [...notes]
    const settings = policiesOf(rules, warnings)
    const named = hosts.filter(host => host !== '')
    if (named.length > 0) {
      warnings.push(
        note(undefined, `This holds for ${named.join(', ')} alone. Here it holds for every Host.`),
      )
    }
    const title = [...new Set(titles)].join(' and ')
    const more =
      domains.length > 1 ? `, for ${hosts.map(host => host || 'all other hosts').join(', ')}` : ''
    return { title: `${title}${more}`, settings, warnings, hosts: named }
  })
}

const kindOf = (document: SourceValue): string | undefined => textOf(childOf(document, 'kind'))

function ofDocument(document: SourceValue, kind = kindOf(document)): Found[] {
  const metadata = childOf(document, 'metadata')
  const namespace = textOf(childOf(metadata, 'namespace')) ?? ''
  const name = [namespace, textOf(childOf(metadata, 'name'))].filter(Boolean).join('/')
  const spec = childOf(document, 'spec')
  const title = `${kind} ${name}`.trim()
  if (kind === 'HTTPRoute') return [route(document, spec, title, namespace)]
  if (kind !== 'Ingress') return []
  const annotations = childOf(metadata, 'annotations')
  return [ingress(document, { title, annotations, rules: itemsOf(childOf(spec, 'rules')) })]
}

const route = (
  document: SourceValue,
  spec: SourceValue | undefined,
  title: string,
  namespace: string,
): Found => ({
  kind: 'route',
  document,
  hasCors: hasCorsFilter(spec),
  read: notes => [readRoute(spec, { title, namespace }, notes)],
})

const ingress = (document: SourceValue, parts: IngressParts): Found => ({
  kind: 'ingress',
  document,
  hasCors: hasCorsAnnotations(parts.annotations),
  parts,
  read: (notes, expressionHosts) => readIngress(parts, expressionHosts, notes),
})

const mostDepth = 10

// `ingress:` with annotations and hosts, `httpRoute:` with rules, at any depth; or annotations alone.
function inValues(value: SourceValue, path: readonly string[], document: SourceValue): Found[] {
  if (path.length > mostDepth) return []
  const isOff = plainOf(childOf(value, 'enabled')) === false
  const title = `values ${path.join('.')}`.trim()
  if (/^$|annotations$/i.test(path.at(-1) ?? '') && hasCorsAnnotations(value))
    return [ingress(document, { title: 'annotations', annotations: value, rules: [] })]
  if (hasCorsAnnotations(childOf(value, 'metadata', 'annotations')))
    return ofDocument(value, 'Ingress')
  const annotations = childOf(value, 'annotations')
  if (hasCorsAnnotations(annotations)) {
    const found = ingress(document, { title, annotations, rules: hostsOf(value) })
    return [isOff ? switchedOff(found, value) : found]
  }
  if (hasCorsFilter(value)) {
    const found = route(document, value, title, '')
    return [isOff ? switchedOff(found, value) : found]
  }
  return entriesOf(value).flatMap(({ key, value }) => inValues(value, [...path, key], document))
}

const switchedOff = (found: Found, value: SourceValue): Found => ({
  ...found,
  read: (notes, expressionHosts) => {
    const at = childOf(value, 'enabled')
    notes.push(
      note(at, 'enabled is false, so nothing of this was in force, and nobody is allowed.'),
    )
    return found.read([], expressionHosts).map(route => ({
      ...route,
      rules: route.rules.map(rule => ({ ...rule, policy: undefined })),
    }))
  },
})

// As `helm create` writes them, or one host with one path.
function hostsOf(ingress: SourceValue): readonly SourceValue[] {
  const hosts = itemsOf(childOf(ingress, 'hosts'))
  if (hosts.length > 0) return hosts
  const host = childOf(ingress, 'hostname') ?? childOf(ingress, 'host')
  const path = childOf(ingress, 'path')
  if (host === undefined && path === undefined) return []
  const entries = (
    host === undefined ? [] : [{ key: 'host', value: host, line: host.line }]
  ).concat({
    key: 'paths',
    line: ingress.line,
    value: { kind: 'list', line: ingress.line, items: path === undefined ? [] : [ingress] },
  })
  return [{ kind: 'group', entries, line: ingress.line }]
}
