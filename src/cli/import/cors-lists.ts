// What CORS policies have in common, whoever wrote them: names, and the limits of browsers.
import { checkRequestHeader } from '../../config/check-names.js'
import { itemsOf, type Note, note, type SourceValue, textOf } from './source-value.js'

/** Names separated by commas or blanks, or a list of them. */
export const namesOf = (value: SourceValue | undefined): string[] =>
  (value?.kind === 'list'
    ? itemsOf(value).map(item => textOf(item) ?? '')
    : (textOf(value) ?? '').split(/[\s,]+/)
  ).filter(name => name !== '')

/** Leaves out the request headers that no page can send. */
export function withoutForbidden(
  names: readonly string[],
  at: { readonly line: number } | undefined,
  notes: Note[],
): string[] {
  const forbidden = names.filter(
    name => checkRequestHeader(name)?.code === 'request-header-forbidden',
  )
  if (forbidden.length > 0) {
    const text = `No page can set ${forbidden.join(', ')}, so naming them allowed nothing. They are left out.`
    notes.push(note(at, text))
  }
  return names.filter(name => !forbidden.includes(name))
}

const day = 86_400

/** Seconds, cut to the day that browsers remember at most. */
export function withinADay(
  seconds: number,
  at: { readonly line: number } | undefined,
  notes: Note[],
): number {
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= day) return seconds
  const taken = seconds > day ? day : 0
  const text = `A max-age of ${seconds} is out of range; browsers remember a day at most. ${taken} is taken.`
  notes.push(note(at, text))
  return taken
}

/** `*` with credentials is never allowed here, so it is taken without them. */
export function withoutStarForAll(
  origins: readonly string[],
  credentials: boolean,
  because: string,
  at: { readonly line: number } | undefined,
  notes: Note[],
): { readonly allowOrigins: readonly string[] | 'none'; readonly allowCredentials: boolean } {
  const isAny = origins.includes('*')
  if (isAny && credentials) {
    notes.push(
      note(
        at,
        `${because} Taken over is * without credentials. List the origins if pages need cookies.`,
      ),
    )
  }
  const allowOrigins = isAny ? ['*'] : origins.length > 0 ? origins : 'none'
  return { allowOrigins, allowCredentials: credentials && !isAny }
}
