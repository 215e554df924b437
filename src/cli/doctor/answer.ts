// A response head as far as CORS looks at it.

/** What came back: a response head, or why there was none. Header names are lower case. */
export type Answer =
  | { readonly status: number; readonly headers: ReadonlyMap<string, readonly string[]> }
  | { readonly failure: string }

export const allowOrigin = 'access-control-allow-origin'
export const allowCredentials = 'access-control-allow-credentials'

/** True when a browser lets a page of this origin read it, without cookies. */
export function grants(answer: Answer, origin: string): boolean {
  const value = one(answer, allowOrigin)
  return value === '*' || value === origin
}

export function isRedirect(answer: Answer): boolean {
  return (
    !('failure' in answer) && answer.status >= 300 && answer.status < 400 && answer.status !== 304
  )
}

/** All lines of that name, as they came. */
export function lines(answer: Answer, name: string): readonly string[] {
  return 'failure' in answer ? [] : (answer.headers.get(name) ?? [])
}

/** The value of a line that came exactly once. */
export function one(answer: Answer, name: string): string | undefined {
  const all = lines(answer, name)
  return all.length === 1 ? all[0] : undefined
}

/** The items of all lines of that name. */
export function list(answer: Answer, name: string): readonly string[] {
  return lines(answer, name)
    .flatMap(line => line.split(','))
    .map(item => item.trim())
    .filter(item => item !== '')
}
