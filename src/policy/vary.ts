// Merges what we vary on into what the upstream already varies on.
import { isSpace, listsName } from '../terms/field-names.js'

/**
 * The upstream's `Vary` value with `names` added where they are missing. `*` already says
 * everything; the upstream's own spelling and order stay.
 * https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5
 */
export function mergeVary(value: string, names: readonly string[]): string {
  let merged = value
  for (const name of names) {
    if (listsName(merged, '*')) return value
    if (!listsName(merged, name)) merged = isBlank(merged) ? name : `${merged}, ${name}`
  }
  return merged
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isSpace(text.charCodeAt(i))) return false
  }
  return true
}
