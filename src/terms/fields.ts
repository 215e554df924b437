// Header fields as Node and http-proxy hand them on: name and value in turn, with case, order and
// repeats kept.
import { isName } from './field-names.js'

export type Fields = readonly string[]

export function eachField(fields: Fields, see: (name: string, value: string) => void): void {
  for (let at = 0; at + 1 < fields.length; at += 2) see(fields[at] ?? '', fields[at + 1] ?? '')
}

/** The values of every line of that name, joined as RFC 9110, 5.3 has it. */
export function fieldValue(fields: Fields, wanted: string): string | undefined {
  let found: string | undefined
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (!isName(fields[at] ?? '', wanted)) continue
    found = found === undefined ? fields[at + 1] : `${found}, ${fields[at + 1]}`
  }
  return found
}

export function fieldPairs(fields: Fields): [name: string, value: string][] {
  const pairs: [string, string][] = []
  eachField(fields, (name, value) => pairs.push([name, value]))
  return pairs
}
