// Names of header fields compare without case: https://www.rfc-editor.org/rfc/rfc9110#section-5.1
// No copy is made of what strangers send, and none is hashed.

export function isName(name: string, wanted: string): boolean {
  return name.length === wanted.length && sameName(name, 0, wanted)
}

/** Whether `text` holds the name `wanted` at `start`. */
export function sameName(text: string, start: number, wanted: string): boolean {
  for (let i = 0; i < wanted.length; i++) {
    const a = text.charCodeAt(start + i)
    const b = wanted.charCodeAt(i)
    if (a === b) continue
    // Folds letters only: `[` and `{` also differ by just this bit.
    const folded = a | 0x20
    if (folded !== (b | 0x20) || folded < 0x61 || folded > 0x7a) return false
  }
  return true
}

/** Whether a comma-separated list holds the name. */
export function listsName(list: string, wanted: string): boolean {
  let start = 0
  for (let i = 0; i <= list.length; i++) {
    if (i < list.length && list.charCodeAt(i) !== COMMA) continue
    let from = start
    let to = i
    while (from < to && isSpace(list.charCodeAt(from))) from++
    while (to > from && isSpace(list.charCodeAt(to - 1))) to--
    if (to - from === wanted.length && sameName(list, from, wanted)) return true
    start = i + 1
  }
  return false
}

/** The optional whitespace of RFC 9110, 5.6.3. */
export const isSpace = (code: number): boolean => code === 0x20 || code === 0x09

const COMMA = 0x2c
