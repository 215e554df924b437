import { randomBytes } from 'node:crypto'

const prefix = randomBytes(4).toString('hex')
let given = 0

/**
 * The id of a request: the one it brought, when that is a plain word of at most 128 characters,
 * else a new one, unique to this process.
 */
export function newRequestId(brought: string | undefined): string {
  if (brought !== undefined && isPlainWord(brought)) return brought
  return `${prefix}-${(given++).toString(36)}`
}

function isPlainWord(text: string): boolean {
  if (text.length === 0 || text.length > 128) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const isWord =
      (code >= 0x30 && code <= 0x39) ||
      (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x61 && code <= 0x7a) ||
      code === 0x2d ||
      code === 0x2e ||
      code === 0x5f
    if (!isWord) return false
  }
  return true
}
