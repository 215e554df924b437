// The rewrites of a Next configuration that lead to another server.
// https://nextjs.org/docs/app/api-reference/config/next-config-js/rewrites
import { upstreamUrl } from '../../config/address-types.js'
import type { Imported } from './imported.js'
import type { ProxyRule } from './proxy-rules.js'
import { proxyImport } from './proxy-settings.js'
import {
  assumedIn,
  childOf,
  entriesOf,
  type Note,
  note,
  plainOf,
  type SourceValue,
  shownValue,
  textOf,
} from './source-value.js'

/** Reads the rewrites below these values; undefined where there are none. */
export function importNext(roots: readonly SourceValue[]): Imported | undefined {
  const configs = roots.flatMap(configsIn)
  if (configs.length === 0) return undefined
  const warnings: Note[] = []
  const rules = configs.flatMap(config => {
    const base = textOf(childOf(config, 'basePath')) ?? ''
    const headers = childOf(config, 'headers')
    if (headers !== undefined && mentionsCors(headers)) {
      warnings.push(
        note(
          headers,
          'The Access-Control fields of headers() are not read: name the origins of your pages with allowOrigins.',
        ),
      )
    }
    return rewritesOf(childOf(config, 'rewrites'), warnings).flatMap(rule =>
      ruleOf(rule, base, warnings),
    )
  })
  if (rules.length > 0) {
    warnings.push(
      note(
        undefined,
        'There a file or page of the app came before a rewrite, unless it was in beforeFiles; here the route comes first.',
      ),
    )
  }
  return proxyImport('rewrites of Next', rules, warnings)
}

// The groups that have rewrites, also in what a function returns and in what a plugin wraps.
function configsIn(value: SourceValue): SourceValue[] {
  if (value.kind === 'code') {
    return [...(value.call?.arguments ?? []), ...(value.returns ?? [])].flatMap(configsIn)
  }
  return childOf(value, 'rewrites') === undefined ? [] : [value]
}

const mentionsCors = (value: SourceValue): boolean => {
  if (value.kind === 'scalar') return /^access-control-/i.test(String(value.value))
  if (value.kind === 'code') return (value.returns ?? []).some(mentionsCors)
  if (value.kind === 'list') return value.items.some(mentionsCors)
  return entriesOf(value).some(entry => mentionsCors(entry.value))
}

// A list, or three of them by their time; or a function that returns either.
function rewritesOf(value: SourceValue | undefined, notes: Note[]): readonly SourceValue[] {
  if (value === undefined) return []
  if (value.kind === 'list') {
    notes.push(...assumedIn(value))
    return value.items
  }
  if (value.kind === 'group') {
    return entriesOf(value).flatMap(({ value }) => rewritesOf(value, notes))
  }
  if (value.kind === 'code' && value.returns !== undefined) {
    return value.returns.flatMap(returned => rewritesOf(returned, notes))
  }
  if (value.kind === 'code') {
    notes.push(
      note(value, `${shownValue(value)} is known only when the file is run, and is left out.`),
    )
  }
  return []
}

function ruleOf(rule: SourceValue, base: string, notes: Note[]): ProxyRule[] {
  const source = textOf(childOf(rule, 'source'))
  const destination = childOf(rule, 'destination')
  const target = textOf(destination)
  const leftOut = (why: string): [] => {
    notes.push(note(rule, `${source ?? shownValue(rule)} is left out: ${why}`))
    return []
  }
  if (source === undefined) return leftOut('it has no source that can be read.')
  if (target === undefined) {
    const what = destination === undefined ? 'nothing' : shownValue(destination)
    return leftOut(
      `its destination, ${what}, is known only when the file is run. Write the URL instead.`,
    )
  }
  if (!/^https?:\/\//i.test(target)) return leftOut('it stays within the app.')
  const condition = ['has', 'missing'].find(key => childOf(rule, key) !== undefined)
  if (condition !== undefined)
    return leftOut(`it has a condition, ${condition}; here a route has none.`)
  const from = pathOf(source)
  const [, origin = '', path = ''] = /^(https?:\/\/[^/?#]*)(.*)$/i.exec(target) ?? []
  const to = pathOf(path === '' ? '/' : path)
  if (from === undefined || to === undefined || to.tail !== from.tail) {
    return leftOut('it does more than put something in the place of a prefix.')
  }
  const prefix =
    `${plainOf(childOf(rule, 'basePath')) === false ? '' : base}${from.prefix}`.replace(
      /(.)\/$/,
      '$1',
    )
  const isSame = prefix === to.prefix
  if (from.tail === '' && !isSame) return leftOut('it renames a single path.')
  if (from.tail !== '' && !/[*+)]$/.test(from.tail)) {
    notes.push(note(rule, `${source} covered one element; here it covers all below ${prefix}.`))
  }
  const url = upstreamUrl.parse(`${origin}${isSame || to.prefix === '/' ? '' : to.prefix}`, {
    split: false,
  })
  if (!url.ok) return leftOut(`its destination ${url.findings[0]?.reason ?? 'is no upstream'}.`)
  return [
    {
      prefix,
      upstream: url.value.href,
      stripPrefix: !isSame && prefix !== '/',
      changesHost: true,
      options: [],
      line: rule.line,
    },
  ]
}

// `/api/:path*` is the prefix `/api` and the tail `:path*`; a path without parameters has no tail.
function pathOf(pattern: string): { readonly prefix: string; readonly tail: string } | undefined {
  const match = /^((?:\/[\w.~@-]+)*)(?:\/(:\w+(?:[*+]|\(\.\*\))?|\(\.\*\))?)?$/.exec(pattern)
  if (match === null) return undefined
  return { prefix: match[1] || '/', tail: match[2] ?? '' }
}
