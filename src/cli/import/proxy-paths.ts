// The paths of a dev server's proxy: which prefixes a pattern stands for, and what a prefix becomes.
import { type Code, plainOf, type SourceValue } from './source-value.js'

/** The prefixes that a pattern covers all paths of; undefined where it is more than prefixes. */
export function prefixesOf(pattern: string): readonly string[] | undefined {
  const text = pattern
    .replace(/^\^/, '')
    .replaceAll(/\\([/.-])/g, '$1')
    .replace(/\$$/, '')
    .replace(/\/?(?:\(\.\*\)|\.\*|\*{1,2}\/?\*?|\(\/\.\*\)\?|\(\/\|\$\)(?:\(?\.\*\)?)?)$/, '')
  const choice = /^((?:\/[\w.~-]+)*\/)\((?:\?:)?([\w.~-]+(?:\|[\w.~-]+)+)\)$/.exec(text)
  if (choice !== null) return (choice[2] ?? '').split('|').map(one => `${choice[1]}${one}`)
  const prefix = text === '' || text === '*' ? '/' : text
  return /^\/[^*?()[\]{}|$\\+^!:\s#]*$/.test(prefix) ? [prefix] : undefined
}

/** A step of a rewrite: the first match of `from` becomes `to`. */
interface Step {
  /** Literal text that is looked for. */
  readonly from: string
  readonly to: string
  /** Whether it must stand at the beginning. */
  readonly isAtStart: boolean
}

/**
 * What the paths below a prefix begin with once they are rewritten: `/api` for one that stays, an
 * empty text for one that is taken off. Undefined where that can't be told without running code.
 */
export function rewrittenPrefix(
  prefix: string,
  rewrite: SourceValue | undefined,
): string | undefined {
  const steps = stepsOf(rewrite, prefix)
  return steps?.reduce<string | undefined>(
    (path, step) => (path === undefined ? undefined : applied(path, step)),
    prefix,
  )
}

function applied(path: string, { from, to, isAtStart }: Step): string | undefined {
  // `/api/` → `/v1/` says of all paths below `/api` what `/api` → `/v1` says.
  const isBelow = from === `${path}/` && (to === '' || to.endsWith('/'))
  const [found, put] = isBelow ? [path, to.replace(/\/$/, '')] : [from, to]
  if (isAtStart && !path.startsWith(found)) return found.startsWith(path) ? undefined : path
  const at = path.indexOf(found)
  // What is not in the prefix may be in the rest of some path.
  if (at === -1) return undefined
  return `${path.slice(0, at)}${put}${path.slice(at + found.length)}`
}

function stepsOf(rewrite: SourceValue | undefined, prefix: string): readonly Step[] | undefined {
  if (rewrite === undefined || (rewrite.kind === 'scalar' && rewrite.value === null)) return []
  if (rewrite.kind === 'group') {
    // Only the first that matches is applied, so with several of them it depends on the path.
    const [only, ...others] = rewrite.entries
    if (only === undefined) return []
    const to = plainOf(only.value)
    const step = typeof to === 'string' ? stepOf({ source: only.key, flags: '' }, to) : undefined
    return step === undefined || others.length > 0 ? undefined : [step]
  }
  return rewrite.kind === 'code' ? stepsOfFunction(rewrite, prefix) : undefined
}

// `path => path.replace(/^\/api/, '')`, also several of them in a row, and `path.slice(4)`.
function stepsOfFunction(code: Code, prefix: string): readonly Step[] | undefined {
  const [parameter = ''] = code.parameters ?? []
  const [result, ...others] = code.returns ?? []
  if (result === undefined || others.length > 0) return undefined
  const steps: Step[] = []
  let at: SourceValue = result
  while (at.kind === 'code' && at.call?.on !== undefined) {
    const step = stepOfCall(at.call.name, at.call.arguments, prefix)
    if (step === undefined) return undefined
    steps.unshift(step)
    at = at.call.on
  }
  return at.kind === 'code' && at.text === parameter ? steps : undefined
}

function stepOfCall(
  name: string,
  [first, second, ...more]: readonly SourceValue[],
  prefix: string,
): Step | undefined {
  if (first === undefined || more.length > 0) return undefined
  const from = plainOf(first)
  if (/^(?:slice|substring|substr)$/.test(name)) {
    const cutsPrefix = from === prefix.length && second === undefined
    return cutsPrefix ? { from: prefix, to: '', isAtStart: true } : undefined
  }
  const to = plainOf(second)
  if (name !== 'replace' || typeof to !== 'string' || to.includes('$&')) return undefined
  if (typeof from === 'string') return { from, to, isAtStart: false }
  const expression = expressionOf(first)
  return expression === undefined ? undefined : stepOf(expression, to)
}

function expressionOf(value: SourceValue): Code['expression'] {
  if (value.kind !== 'code') return undefined
  const source = plainOf(value.call?.arguments[0])
  const isBuilt = value.call?.name === 'RegExp' && value.call.on === undefined
  if (isBuilt && typeof source === 'string' && value.call?.arguments.length === 1) {
    return { source, flags: '' }
  }
  return value.expression
}

// An expression that is no more than literal text, perhaps at the start, perhaps with all the rest.
function stepOf({ source, flags }: NonNullable<Code['expression']>, to: string): Step | undefined {
  const isAtStart = source.startsWith('^')
  if (/[^iu]/.test(flags) && !(isAtStart && /^[giu]*$/.test(flags))) return undefined
  const rest = /^(.*?)(?:\(\.\*\)|\(\.\+\))\$?$/.exec(source)
  if (rest !== null && !to.endsWith('$1')) return undefined
  const from = (rest?.[1] ?? source).replace(/^\^/, '').replaceAll(/\\([/.-])/g, '$1')
  const put = rest === null ? to : to.slice(0, -2)
  if (/[\\^$*+?()[\]{}|]/.test(from) || put.includes('$')) return undefined
  return { from, to: put, isAtStart }
}
