// The proxy block of webpack-dev-server or Vite, as JSON.

import { groupOf, listOf } from './import-rules.js'
import type { Imported, Plain } from './imported.js'

interface Rule {
  readonly prefix: string
  readonly target: string
  readonly options: { readonly [key: string]: unknown }
}

/** Reads the block, or a file that holds it; undefined where there is none. */
export function importDevProxy(document: unknown): Imported | undefined {
  const root = groupOf(document)
  const block =
    groupOf(root.devServer).proxy ?? groupOf(root.server).proxy ?? root.proxy ?? document
  const warnings: string[] = []
  const rules = typeof block === 'string' ? [ruleOf('/', block)] : rulesOf(block, warnings)
  const usable = rules.filter(rule => isUsable(rule, warnings))
  if (usable.length === 0) return undefined
  return { title: 'dev server proxy', settings: settingsOf(usable, warnings), warnings }
}

const ruleOf = (prefix: string, value: unknown): Rule => {
  const options = groupOf(value)
  return { prefix, target: String(typeof value === 'string' ? value : options.target), options }
}

// Vite and older webpack: a group of prefixes. Newer webpack: a list, each with its context.
function rulesOf(block: unknown, warnings: string[]): Rule[] {
  if (!Array.isArray(block)) {
    return Object.entries(groupOf(block))
      .filter(([key]) => /^[\^/*]/.test(key))
      .map(([key, value]) => ruleOf(key, value))
  }
  return block.flatMap(item => {
    const { context } = groupOf(item)
    if (context === undefined) warnings.push('A rule without a context covers all paths.')
    const prefixes = typeof context === 'string' ? [context] : listOf(context ?? ['/'])
    return prefixes.map(prefix => ruleOf(String(prefix), item))
  })
}

function isUsable({ prefix, target }: Rule, warnings: string[]): boolean {
  if (!/^(https?|wss?):\/\//.test(target)) {
    warnings.push(`${prefix} has no target that is a URL, and is left out.`)
    return false
  }
  if (prefix.startsWith('!') || /[*?()[\]{}|$\\+]/.test(plainPrefix(prefix))) {
    warnings.push(
      `${prefix} is a pattern, and is left out: here a path is matched by a literal prefix.`,
    )
    return false
  }
  return true
}

// ^/api, ^/api/.* and /api/** say no more than /api.
const plainPrefix = (prefix: string): string =>
  prefix.replace(/^\^/, '').replace(/\/?(?:\.\*|\*{1,2})$/, '') || '/'

const known = new Set([
  'target',
  'context',
  'changeOrigin',
  'secure',
  'ws',
  'pathRewrite',
  'headers',
  'timeout',
  'proxyTimeout',
  'cookieDomainRewrite',
  'autoRewrite',
  'xfwd',
  'logLevel',
])

function settingsOf(rules: readonly Rule[], warnings: string[]): Imported['settings'] {
  const settings: Record<string, Plain> = { allowOrigins: ['http://localhost:*'] }
  warnings.push(
    'There the page and the API had one origin, so there was no policy to read. http://localhost:* lets every port of this machine in: write the origin of your page instead.',
  )
  const routes: Record<string, Plain>[] = []
  for (const { prefix, target, options } of rules) {
    for (const key of Object.keys(options)) {
      if (!known.has(key)) warnings.push(`${prefix}: ${key} has no counterpart and is left out.`)
    }
    if (options.secure === false) settings.upstreamInsecure = true
    if (options.cookieDomainRewrite !== undefined) settings.cookieRewrite = 'dev'
    const timeout = Number(options.proxyTimeout ?? options.timeout)
    if (timeout > 0) settings.upstreamTimeout = `${timeout}ms`
    const headers = Object.entries(groupOf(options.headers)).map(
      ([name, value]) => `${name}: ${value}`,
    )
    if (headers.length > 0) {
      settings.setRequestHeaders = headers
      if (rules.length > 1) warnings.push(`${prefix}: its headers are sent to every upstream here.`)
    }
    routes.push({
      prefix: plainPrefix(prefix),
      upstream: target.replace(/^ws/, 'http'),
      hostHeader: options.changeOrigin === true ? 'upstream' : 'client',
      ...rewriteOf(prefix, options.pathRewrite, warnings),
    })
  }
  if (settings.upstreamInsecure === true) {
    warnings.push(
      'secure: false leaves every upstream unverified here; upstream-ca would trust its certificate instead.',
    )
  }
  if (!rules.some(({ options }) => options.ws === true)) settings.websockets = false
  warnOfOrder(
    routes.map(({ prefix }) => String(prefix)),
    warnings,
  )
  const [only] = routes
  if (routes.length === 1 && only?.prefix === '/') {
    return { upstream: only.upstream ?? '', hostHeader: only.hostHeader ?? '', ...settings }
  }
  return { ...settings, routes }
}

function rewriteOf(prefix: string, rewrite: unknown, warnings: string[]): { stripPrefix?: true } {
  const rules = Object.entries(groupOf(rewrite))
  if (rules.length === 0) return {}
  const [[from, to]] = rules as [[string, unknown]]
  const isStrip =
    rules.length === 1 && plainPrefix(from) === plainPrefix(prefix) && (to === '' || to === '/')
  if (isStrip) return { stripPrefix: true }
  warnings.push(`${prefix}: its pathRewrite does more than take the prefix off, and is left out.`)
  return {}
}

function warnOfOrder(prefixes: readonly string[], warnings: string[]): void {
  for (const [at, prefix] of prefixes.entries()) {
    const hidden = prefixes
      .slice(at + 1)
      .find(later => later !== prefix && later.startsWith(prefix))
    if (hidden === undefined) continue
    warnings.push(`There ${prefix} came first and hid ${hidden}; here the longest prefix wins.`)
  }
}
