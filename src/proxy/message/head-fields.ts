import { eachField } from '../../terms/fields.js'
import { AUTHORIZATION, HOST, KINDS, type KindOf, PLAIN, REQUEST_HEADERS } from './field-kinds.js'

/**
 * The values of the fields that are treated specially, each at its kind; those of repeated lines are
 * joined (RFC 9110, 5.3).
 */
export function fieldsByKind(
  raw: readonly string[],
  kindOf: KindOf,
): readonly (string | undefined)[] {
  const values = new Array<string | undefined>(KINDS)
  eachField(raw, (name, value) => {
    const kind = kindOf(name)
    if (kind === PLAIN) return
    const before = values[kind]
    values[kind] = before === undefined ? value : before + separatorOf(kind) + value
  })
  return values
}

function separatorOf(kind: number): string {
  // No value holds a line break: two lines stay told apart from a list in one.
  if (kind === HOST || kind === AUTHORIZATION) return '\n'
  return kind === REQUEST_HEADERS ? ',' : ', '
}
