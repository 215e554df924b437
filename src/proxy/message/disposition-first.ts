/**
 * Behind a length, Node takes a file name in Latin-1 for bytes, and then refuses their text; so the
 * name goes first.
 */
export function dispositionFirst(fields: string[]): string[] {
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] ?? ''
    if (name.length === 19 && name.toLowerCase() === 'content-disposition') {
      return [...fields.slice(at, at + 2), ...fields.slice(0, at), ...fields.slice(at + 2)]
    }
  }
  return fields
}
