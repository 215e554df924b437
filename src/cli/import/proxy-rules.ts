// The rules of a dev server's proxy, in the shapes that Vite, webpack and their kin write them.
import { upstreamUrl } from '../../config/address-types.js'
import { prefixesOf, rewrittenPrefix } from './proxy-paths.js'
import {
  childOf,
  type Entry,
  entriesOf,
  itemsOf,
  type Note,
  note,
  plainOf,
  type SourceValue,
  shownValue,
  textOf,
} from './source-value.js'

/** What a tool means where a rule does not say. */
export interface Habit {
  readonly title: string
  /** Whether a rule that is only a URL sends the upstream's own name as `Host`. */
  readonly textChangesHost: boolean
  /** The same for a rule that has options. */
  readonly groupChangesHost: boolean
}

/** One prefix and where its requests go. */
export interface ProxyRule {
  readonly prefix: string
  readonly upstream: string
  readonly stripPrefix: boolean
  readonly changesHost: boolean
  readonly options: readonly Entry[]
  readonly line: number
}

/** Whether a value is the proxy block of a dev server: a URL, prefixes, or rules with a context. */
export const isProxyBlock = (value: SourceValue): boolean =>
  isUrl(textOf(value)) ||
  entriesOf(value).some(({ key, value }) => isPattern(key) && isRuleValue(value)) ||
  isTargetGroup(value) ||
  itemsOf(value).some(isTargetGroup)

const isPattern = (key: string): boolean => /^(?:[\^/!*(]|\[)/.test(key)
const isUrl = (text: string | undefined): boolean => /^(?:https?|wss?):\/\//i.test(text ?? '')
const isRuleValue = (value: SourceValue): boolean =>
  isUrl(textOf(value)) || isTargetGroup(value) || value.kind === 'code'
const isTargetGroup = (value: SourceValue): boolean =>
  childOf(value, 'target') !== undefined || childOf(value, 'router') !== undefined

/** Every rule of a block that can be said here; of each other one a note. */
export function proxyRules(block: SourceValue, habit: Habit, notes: Note[]): ProxyRule[] {
  return spelledRules(block, notes).flatMap(({ pattern, value, line }) =>
    rulesOf(pattern, value, line, habit, notes),
  )
}

interface SpelledRule {
  readonly pattern: string
  readonly value: SourceValue
  readonly line: number
}

// A group of patterns, a list of rules with a context each, or one rule for everything.
function spelledRules(block: SourceValue, notes: Note[]): SpelledRule[] {
  if (block.kind === 'scalar') return [{ pattern: '/', value: block, line: block.line }]
  if (isTargetGroup(block)) return withContext(block, notes)
  if (block.kind === 'list') return block.items.flatMap(item => withContext(item, notes))
  return entriesOf(block).flatMap(({ key, value, line }) => {
    if (isPattern(key)) return [{ pattern: key, value, line }]
    notes.push({ line, text: `${key} is no path, and is left out.` })
    return []
  })
}

function withContext(rule: SourceValue, notes: Note[]): SpelledRule[] {
  const context = childOf(rule, 'context') ?? childOf(rule, 'pathFilter') ?? childOf(rule, 'path')
  if (rule.kind !== 'group' || (context !== undefined && context.kind === 'code')) {
    const what = context ?? rule
    notes.push(note(what, `A rule for ${shownValue(what)} would have to be run, and is left out.`))
    return []
  }
  if (context === undefined) {
    notes.push(note(rule, 'A rule without a context covers all paths.'))
    return [{ pattern: '/', value: rule, line: rule.line }]
  }
  const patterns = context.kind === 'list' ? context.items : [context]
  return patterns.flatMap(pattern => {
    const text = textOf(pattern)
    if (text !== undefined) return [{ pattern: text, value: rule, line: pattern.line }]
    notes.push(note(pattern, `${shownValue(pattern)} is no path, and is left out.`))
    return []
  })
}

function rulesOf(
  pattern: string,
  value: SourceValue,
  line: number,
  habit: Habit,
  notes: Note[],
): ProxyRule[] {
  const leftOut = (why: string): [] => {
    notes.push({ line, text: `${pattern} is left out: ${why}` })
    return []
  }
  const prefixes = prefixesOf(pattern)
  if (prefixes === undefined) {
    return leftOut('it is a pattern, and here a path is matched by a literal prefix.')
  }
  const target = targetOf(value)
  if (target === undefined) return leftOut(whyNoTarget(value))
  if (!isUrl(target)) return leftOut(`its target ${target} is no URL.`)
  const url = upstreamUrl.parse(target.replace(/^ws/i, 'http'), { split: false })
  if (!url.ok) return leftOut(`its target ${url.findings[0]?.reason ?? 'is no upstream'}.`)
  if (plainOf(childOf(value, 'ignorePath')) === true) {
    return leftOut('with ignorePath every path becomes one, which can’t be said here.')
  }
  const changeOrigin = childOf(value, 'changeOrigin')
  if (changeOrigin?.kind === 'code') {
    notes.push(
      note(changeOrigin, `changeOrigin is ${shownValue(changeOrigin)}, and is taken as true.`),
    )
  }
  const changesHost =
    value.kind === 'scalar'
      ? habit.textChangesHost
      : changeOrigin?.kind === 'code' || (plainOf(changeOrigin) ?? habit.groupChangesHost) === true
  const rewrite = childOf(value, 'pathRewrite') ?? childOf(value, 'rewrite')
  const keepsBase = plainOf(childOf(value, 'prependPath')) !== false
  const base = keepsBase ? url.value.href : new URL(url.value.href).origin
  return prefixes.flatMap(prefix => {
    const path = rewrittenPrefix(prefix, rewrite)
    if (path === undefined) {
      const what = rewrite === undefined ? '' : shownValue(rewrite)
      return leftOut(
        `its rewrite, ${what}, does more than put something in the place of the prefix.`,
      )
    }
    return [
      {
        prefix,
        upstream: upstreamFor(base, prefix, path),
        stripPrefix: path !== prefix && prefix !== '/',
        changesHost,
        options: entriesOf(value),
        line,
      },
    ]
  })
}

// What a prefix becomes goes into the upstream's base path, once the prefix is taken off.
function upstreamFor(base: string, prefix: string, path: string): string {
  if (path === prefix) return base
  const put = path.replace(/^\/*/, '/').replace(/\/+$/, '')
  return `${base}${put}`
}

function targetOf(value: SourceValue): string | undefined {
  const target = value.kind === 'group' ? childOf(value, 'target') : value
  const host = textOf(childOf(target, 'host')) ?? textOf(childOf(target, 'hostname'))
  if (host === undefined) return textOf(target)
  const protocol = (textOf(childOf(target, 'protocol')) ?? 'http').replace(/:?\/*$/, '')
  const port = textOf(childOf(target, 'port'))
  return `${protocol}://${host}${port === undefined ? '' : `:${port}`}`
}

function whyNoTarget(value: SourceValue): string {
  const target = value.kind === 'group' ? childOf(value, 'target') : value
  if (target === undefined) return 'it has no target.'
  return `its target, ${shownValue(target)}, is known only when the file is run. Write the URL instead.`
}
