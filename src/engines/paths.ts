// Policies for paths in engines that look at the path as it came.

import { escaped } from './origin-expressions.js'

/**
 * What may read as another path behind an engine: escaped letters, digits and separators, escapes of
 * what stands in a prefix itself, parameters, backslashes, empty and dotted elements.
 */
export function strangePath(matches: readonly string[]): string {
  const own = new Set(matches.join('').replace(/[\w%/.~-]/gu, ''))
  const escapes = [...own].map(character => {
    const [high = '', low = ''] = character.charCodeAt(0).toString(16).toUpperCase()
    return `|${high}${/[A-F]/u.test(low) ? `[${low}${low.toLowerCase()}]` : low}`
  })
  return `(?:%(?:00|2[35DEFdef]|3[0-9BFbf]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[CFcf]|7[Ee]|[Cc][01]|[Uu]${escapes.join('')})|[\\\\;]|//|/\\.)`
}

/** Whether the path of a request target is one of those. A query is none. */
export const isStrangePath = (target: string, matches: readonly string[]): boolean =>
  new RegExp(strangePath(matches), 'u').test(target.split('?', 1)[0] ?? '')

/** What a path begins with that a policy covers: a folder is covered with what is in it. */
export const pathExpression = (match: string): string =>
  match.endsWith('/') ? `${escapedPath(match.slice(0, -1))}(?:/|[?#]|$)` : escapedPath(match)

/** A prefix is printable ASCII, and its escapes are in upper case. */
const escapedPath = (path: string): string =>
  escaped(path)
    .replace(/[$()*?^{|}]/gu, '\\$&')
    .replace(/%[0-9A-F]{2}/gu, code =>
      code.replace(/[A-F]/gu, digit => `[${digit}${digit.toLowerCase()}]`),
    )
