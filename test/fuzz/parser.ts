// Bent responses through the response parser and through Node's client. What the parser takes for
// a whole response Node takes for the same one; what it refuses and Node does not has a name here.
// Where the bytes are cut makes no difference.

import { bentResponse } from './bent-response.js'
import { below, type Fuzzer } from './fuzzer.js'
import { readWithNode } from './node-client.js'
import { type Ours, readWithOurs } from './own-client.js'

/** What is refused although Node takes it, each for a reason. */
const stricter: readonly RegExp[] = [
  // Node reads HTTP/0.9 and 2.0 in a response line, blank lines before it and a status below 100,
  // none of which an HTTP/1.1 server sends.
  /^its status line is not one of HTTP\/1$/,
  // Node reads a body in an unknown coding up to the end of the connection.
  /^its transfer coding is not chunked$/,
  // Node passes over the framing of interim responses, whatever it says.
  /^an interim response has a body$/,
  // Node takes the tab for a part of the coding.
  /^a tab stands behind its length or coding$/,
  // More digits than any size has, though the first of them are zeros.
  /^a chunk is too large$/,
]

export const parser: Fuzzer = {
  name: 'parser',
  atOnce: 32,
  async start() {
    const tally = { whole: 0, refused: 0, stricter: 0, laxer: 0, switched: 0, reused: 0 }
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
        const node = await readWithNode(method, bytes)
        if (ours.reading === undefined) {
          if (node === undefined) tally.refused++
          else if (isStricter(ours, text)) tally.stricter++
          else return wrong(`refused for ${ours.fault}, Node reads ${JSON.stringify(node)}`)
          return undefined
        }
        if (
          node !== undefined &&
          ours.reading.switched !== undefined &&
          node.switched === undefined
        ) {
          tally.switched++
          return undefined
        }
        if (node === undefined && hasOddExtension(text)) {
          tally.laxer++
          return undefined
        }
        tally.whole++
        if (ours.keepsAlive) tally.reused++
        const [one, other] = [JSON.stringify(ours.reading), JSON.stringify(node)]
        return one === other ? undefined : wrong(`read as ${one}, by Node as ${other}`)
      },
      close: async () => undefined,
    }
  },
}

function isStricter({ fault }: Ours, text: string): boolean {
  // Node passes over CR CR; here the line has no end, whether or not that is known by now.
  if (fault === undefined || fault === 'a line does not end in CR LF') return text.includes('\r\r')
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

const plainExtension =
  /^[\w!#$%&'*+.^`|~-]+(=[\w!#$%&'*+.^`|~-]+)?(;[\w!#$%&'*+.^`|~-]+(=[\w!#$%&'*+.^`|~-]+)?)*$/

/** Why something is refused may depend on how much of it has come; that it is may not. */
function shown({ reading, fault, keepsAlive }: Ours): string {
  return JSON.stringify([reading, fault !== undefined, keepsAlive])
}
