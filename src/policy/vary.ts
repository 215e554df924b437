// Merges what we vary on into what the upstream already varies on.

/**
 * The upstream's `Vary` value with `names` added where they are missing. `*` already says
 * everything; the upstream's own spelling and order stay.
 */
export function mergeVary(value: string, names: readonly string[]): string {
  let merged = value
  for (const name of names) {
    if (listsName(merged, '*')) return value
    if (!listsName(merged, name)) merged = isBlank(merged) ? name : `${merged}, ${name}`
  }
  return merged
}

/** Whether a comma-separated list holds the name, in any case. */
export function listsName(list: string, name: string): boolean {
  let start = 0
  for (let i = 0; i <= list.length; i++) {
    if (i < list.length && list.charCodeAt(i) !== COMMA) continue
    let from = start
    let to = i
    while (from < to && isSpace(list.charCodeAt(from))) from++
    while (to > from && isSpace(list.charCodeAt(to - 1))) to--
    if (to - from === name.length && sameName(list, from, name)) return true
    start = i + 1
  }
  return false
}

/** Whether `text` holds the header name `name` at `start`, in any case. */
export function sameName(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const a = text.charCodeAt(start + i)
    const b = name.charCodeAt(i)
    if (a === b) continue
    // Folds letters only: `[` and `{` also differ by just this bit.
    const folded = a | 0x20
    if (folded !== (b | 0x20) || folded < 0x61 || folded > 0x7a) return false
  }
  return true
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isSpace(text.charCodeAt(i))) return false
  }
  return true
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

const COMMA = 0x2c
