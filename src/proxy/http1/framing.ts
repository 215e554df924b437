/** What the fields say of where a body ends: https://www.rfc-editor.org/rfc/rfc9112#section-6 */

import type { Repairs } from '../../terms/upstream-repair.js'

/**
 * A length in bytes, or undefined when the value is none. A list of one number, which a proxy makes of
 * repeated lines, is repaired: https://www.rfc-editor.org/rfc/rfc9110#section-8.6
 */
export function readLength(value: string, repairs: Repairs): number | undefined {
  if (!value.includes(',')) return readNumber(value)
  const numbers = elementsOf(value).map(readNumber)
  const [first] = numbers
  if (first === undefined || numbers.some(number => number !== first)) return undefined
  repairs.add('repeated-length')
  return first
}

/** Decimal digits only, and few enough to be exact. */
function readNumber(digits: string): number | undefined {
  if (digits.length === 0) return undefined
  let number = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(at) - 0x30
    if (!(digit >= 0 && digit <= 9)) return undefined
    number = number * 10 + digit
  }
  return number <= Number.MAX_SAFE_INTEGER ? number : undefined
}

/**
 * Whether a body comes in chunks; undefined when it comes in a coding that is not read here:
 * https://www.rfc-editor.org/rfc/rfc9112#section-6.1. `identity`, of HTTP before RFC 7230, is none,
 * and nobody may apply `chunked` twice: who names it twice has added the field twice. Where `identity`
 * stands last, some see no chunks.
 */
export function readCoding(value: string | undefined, repairs: Repairs): boolean | undefined {
  if (value === undefined) return false
  const lower = value.toLowerCase()
  if (lower === 'chunked') return true
  const named = lower === '' ? [] : elementsOf(lower)
  const codings = named.filter(coding => coding !== 'identity')
  if (codings.some(coding => coding !== 'chunked')) return undefined
  if (codings.length > 0 && named.at(-1) === 'identity') return undefined
  if (codings.length > 1) repairs.add('repeated-coding')
  if (codings.length === 0 || codings.length < named.length) repairs.add('identity-coding')
  return codings.length > 0
}

/** Of a list; blanks only are taken off, and not all that Unicode has for space. */
function elementsOf(list: string): string[] {
  return list.split(/[ \t]*,[ \t]*/)
}
