// The CORS filter of a Gateway API HTTPRoute.
// https://gateway-api.sigs.k8s.io/reference/spec/#httpcorsfilter

import type { Imported, Plain } from './imported.js'
import { exposed, groupOf, listOf, namesOf, withinADay, withoutForbidden } from './loose.js'
import { note } from './source-value.js'

/** Reads a route; undefined where the document is none or has no such filter. */
export function importGateway(document: unknown): Imported | undefined {
  const root = groupOf(document)
  if (root.kind !== 'HTTPRoute') return undefined
  const warnings: string[] = []
  let global: Record<string, Plain> | undefined
  const paths: Record<string, Plain>[] = []
  for (const [at, item] of listOf(groupOf(root.spec).rules).entries()) {
    const rule = groupOf(item)
    const filter = listOf(rule.filters)
      .map(groupOf)
      .find(({ type }) => type === 'CORS')
    if (filter === undefined) continue
    const policy = policyOf(groupOf(filter.cors), warnings)
    for (const match of matchesOf(rule, `Rule ${at + 1}`, warnings)) {
      if (match === '/') global = policy
      else paths.push({ match, ...policy })
    }
  }
  if (global === undefined && paths.length === 0) return undefined
  if (global === undefined) {
    warnings.push(
      'No rule covers all paths: elsewhere nobody is allowed, which gives a hint at start.',
    )
  }
  const metadata = groupOf(root.metadata)
  const name = [metadata.namespace, metadata.name].filter(Boolean).join('/')
  return {
    title: `HTTPRoute ${name}`.trim(),
    settings: { ...global, ...(paths.length === 0 ? {} : { paths }) },
    warnings: [...new Set(warnings)].map(text => note(undefined, text)),
  }
}

function policyOf(
  cors: { readonly [key: string]: unknown },
  warnings: string[],
): Record<string, Plain> {
  const origins = namesOf(cors.allowOrigins)
  const isAny = origins.includes('*')
  const wantsCredentials = cors.allowCredentials === true
  if (isAny && wantsCredentials) {
    warnings.push(
      'allowOrigins * with allowCredentials lets every site read with the visitor’s cookies. That is never allowed here: taken over is * without credentials. List the origins if pages need cookies.',
    )
  }
  const methods = namesOf(cors.allowMethods)
  return {
    allowOrigins: isAny ? ['*'] : origins,
    allowMethods: methods.length === 0 ? ['GET', 'HEAD', 'POST'] : methods,
    allowHeaders: withoutForbidden(namesOf(cors.allowHeaders), warnings),
    ...exposed(namesOf(cors.exposeHeaders)),
    allowCredentials: wantsCredentials && !isAny,
    maxAge: withinADay(Number(cors.maxAge ?? 5), warnings),
  }
}

function matchesOf(
  rule: { readonly [key: string]: unknown },
  name: string,
  warnings: string[],
): string[] {
  const matches = listOf(rule.matches).map(groupOf)
  if (matches.length === 0) return ['/']
  const found: string[] = []
  for (const match of matches) {
    const { type = 'PathPrefix', value = '/' } = groupOf(match.path)
    for (const condition of ['headers', 'method', 'queryParams']) {
      if (match[condition] !== undefined) {
        warnings.push(
          `${name} also asked for ${condition}; here a policy is chosen by its path alone.`,
        )
      }
    }
    if (type === 'RegularExpression') {
      warnings.push(
        `${name} matches the regular expression ${value}, which is left out: here a path is matched by a literal prefix.`,
      )
      continue
    }
    if (type === 'Exact') {
      warnings.push(`${name} covered ${value} exactly; here it covers all below it too.`)
    }
    found.push(String(value))
  }
  return found
}
