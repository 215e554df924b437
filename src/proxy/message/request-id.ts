import { randomBytes } from 'node:crypto'

const prefix = randomBytes(4).toString('hex')
/** Every pair of last digits in base 36: writing a number out each time costs ten times as much. */
const endings = Array.from({ length: 36 ** 2 }, (_, pair) => pair.toString(36).padStart(2, '0'))
let rounds = 0
let given = 0
let beginning = `${prefix}-`

/**
 * The id of a request: the one it brought, when that is a plain word of at most 128 characters,
 * else a new one, unique to this process.
 */
export function newRequestId(brought: string | undefined): string {
  if (brought !== undefined && isPlainWord(brought)) return brought
  if (given === endings.length) {
    given = 0
    rounds++
    beginning = `${prefix}-${rounds.toString(36)}`
  }
  return beginning + endings[given++]
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
