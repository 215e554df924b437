// Bent responses through the response parser and through Node's client. What is taken for a whole
// response without a repair, Node takes for the same one; what was mended, its lenient parser takes
// for the same one, if it reads it at all. What is refused and Node reads has a name here. Where the
// bytes are cut makes no difference.

import { bentResponse } from './bent-response.js'
import { below, type Fuzzer } from './fuzzer.js'
import { type Reading, readWithNode } from './node-client.js'
import { type Ours, readWithOurs } from './own-client.js'

/** What is refused although Node takes it, each for a reason. */
const stricter: readonly RegExp[] = [
  // Node reads HTTP/0.9 in a response line and a status below 100, which no HTTP/1.1 server sends.
  /^its status line is not one of HTTP\/1$/,
  // Node reads a body in an unknown coding up to the end of the connection.
  /^its transfer coding is not chunked$/,
  // Node passes over the framing of interim responses, whatever it says.
  /^an interim response has a body$/,
  // More digits than any size has, though the first of them are zeros.
  /^a chunk is too large$/,
  // Node passes a length or coding on among the trailers.
  /^its trailers hold a length or a coding$/,
  // Node takes a NUL in the reason phrase.
  /^a line holds a NUL byte$/,
]

export const parser: Fuzzer = {
  name: 'parser',
  atOnce: 32,
  async start() {
    const tally = { whole: 0, refused: 0, stricter: 0, laxer: 0, switched: 0, reused: 0, mended: 0 }
    return {
      tally,
      async attempt(random) {
        const method = random() < 0.1 ? 'HEAD' : 'GET'
        const text = bentResponse(random)
        const bytes = Buffer.from(text, 'latin1')
        const wrong = (what: string) => `${what}: ${method} ${JSON.stringify(text)}`
        const ours = readWithOurs(method, bytes, () => bytes.length)
        const longest = 1 + below(random, 1 + below(random, bytes.length))
        const cut = readWithOurs(method, bytes, () => 1 + below(random, longest))
        if (shown(cut) !== shown(ours)) return wrong(`cut: ${shown(cut)}, not ${shown(ours)}`)
        const isMended = ours.repairs.length > 0
        if (isMended && ours.keepsAlive) return wrong('mended, and used again')
        const strict = readWithOurs(method, bytes, () => bytes.length, true, true)
        const asStrict = isMended ? undefined : ours.reading
        if (JSON.stringify(strict.reading) !== JSON.stringify(asStrict)) {
          return wrong(`strictly read as ${JSON.stringify(strict.reading)}`)
        }
        if (hasTabBehindFraming(text)) {
          tally.laxer++
          return undefined
        }
        const node = await readWithNode(method, bytes, isMended)
        if (ours.reading === undefined) {
          if (node === undefined) tally.refused++
          else if (isMended || isStricter(ours, text)) tally.stricter++
          else return wrong(`refused for ${ours.fault}, Node reads ${JSON.stringify(node)}`)
          return undefined
        }
        if (node === undefined && (isMended || hasOddExtension(text))) {
          tally.laxer++
          return undefined
        }
        if (ours.reading.switched !== undefined && node?.switched === undefined) {
          tally.switched++
          return undefined
        }
        if (isLonger(ours, node)) {
          tally.laxer++
          return undefined
        }
        if (isMended) tally.mended++
        else tally.whole++
        if (ours.keepsAlive) tally.reused++
        const ends = ours.repairs.includes('bare-line-feed') && ours.reading.trailers.length === 0
        const [one, other] = isMended
          ? [inEssence(ours.reading, false), inEssence(node, ends)]
          : [JSON.stringify(ours.reading), JSON.stringify(node)]
        return one === other ? undefined : wrong(`read as ${one}, by Node as ${other}`)
      },
      close: async () => undefined,
    }
  },
}

/**
 * A reading without what a repair may write in another way. Behind a last size line that ends in LF,
 * Node takes the LF that ends the body for the rest of it, and reads what follows as trailers.
 */
function inEssence(reading: Reading | undefined, ends: boolean): string | undefined {
  if (reading === undefined) return undefined
  const { interim, status, body, fields, switched } = reading
  const trailers = ends ? [] : plainly(reading.trailers)
  return JSON.stringify([interim, status, body, plainly(fields), trailers, switched])
}

function plainly(fields: readonly string[]): readonly string[] {
  return fields.map(text => text.replace(/[\0-\x20\x7f]+/g, ' ').trim())
}

function isStricter({ fault }: Ours, text: string): boolean {
  // Node passes over CR CR, and over a CR at the end of what has come.
  if (fault === undefined || fault === 'a line holds a CR that does not end it') {
    return text.includes('\r\r')
  }
  return stricter.some(reason => reason.test(fault))
}

/**
 * Chunk extensions are passed over up to their CR LF and reach nobody, so that blanks, quotes and
 * bytes above 7f in them, which Node refuses, do no harm.
 */
function hasOddExtension(text: string): boolean {
  const extensions = [...text.matchAll(/(?:^|\n)[0-9a-f]+;([^\r]*)\r\n/gi)]
  return extensions.some(([, extension]) => !plainExtension.test(extension as string))
}

/** With any coding but chunks, Node reads to the end of the connection, whatever the length says. */
function isLonger({ reading, repairs }: Ours, node: Reading | undefined): boolean {
  if (reading === undefined || node === undefined) return false
  return repairs.includes('identity-coding') && node.body.startsWith(reading.body)
}

/** RFC 9110, 5.6.3 allows a tab there. Node takes it for a part of the length or coding. */
function hasTabBehindFraming(text: string): boolean {
  return /(?:content-length|transfer-encoding):[^\n]*\t *\r?\n/i.test(text)
}

const plainExtension =
  /^[\w!#$%&'*+.^`|~-]+(=[\w!#$%&'*+.^`|~-]+)?(;[\w!#$%&'*+.^`|~-]+(=[\w!#$%&'*+.^`|~-]+)?)*$/

/** Why something is refused may depend on how much of it has come; that it is may not. */
function shown({ reading, fault, keepsAlive }: Ours): string {
  return JSON.stringify([reading, fault !== undefined, keepsAlive])
}
