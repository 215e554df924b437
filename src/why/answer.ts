// A response head as far as CORS looks at it.
import { isToken } from '../terms/token.js'

/** What came back: a response head, or why there was none. Header names are lower case. */
export type Answer =
  | { readonly status: number; readonly headers: ReadonlyMap<string, readonly string[]> }
  | { readonly failure: string }

export const allowOrigin = 'access-control-allow-origin'
export const allowCredentials = 'access-control-allow-credentials'

/** All lines of that name, without the white space around them. */
export function lines(answer: Answer, name: string): readonly string[] {
  const all = 'failure' in answer ? [] : (answer.headers.get(name) ?? [])
  // https://fetch.spec.whatwg.org/#concept-header-value-normalize
  return all.map(line => line.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, ''))
}

/** All lines of that name as one: https://fetch.spec.whatwg.org/#concept-header-list-get */
export function combined(answer: Answer, name: string): string | undefined {
  const all = lines(answer, name)
  return all.length === 0 ? undefined : all.join(', ')
}

/**
 * The items of all lines of that name, or undefined where one is no token: then a browser reads none.
 * https://fetch.spec.whatwg.org/#extract-header-list-values
 */
export function tokens(answer: Answer, name: string): readonly string[] | undefined {
  const items = lines(answer, name)
    .flatMap(line => line.split(','))
    .map(item => item.replace(/^[\t ]+|[\t ]+$/g, ''))
    .filter(item => item !== '')
  return items.every(isToken) ? items : undefined
}

export function isRedirect(answer: Answer): boolean {
  return !('failure' in answer) && [301, 302, 303, 307, 308].includes(answer.status)
}
