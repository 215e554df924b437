// The smuggler's set: one of 13 bytes at one of ten places in and around a header line that frames
// a message. Parsers are known to differ on each of these 130.

/** Bytes that one parser or another takes for space, for nothing, or for the end of a line. */
export const doubtfulBytes: readonly string[] = [
  ...['\t', '\v', '\f', '\r', '\n', '\0', ' ', '\x01', '\x1c', '\x7f', '\x85', '\xa0', '\xff'],
]

/** The places in `Name: value\r\n`, each as an index into that line. */
function placesIn(line: string): number[] {
  const colon = line.indexOf(':')
  const end = line.search(/\r?\n|$/)
  const value = line.slice(colon + 1).search(/[^ \t]/) + colon + 1
  return [0, 1, colon >> 1, colon, colon + 1, value, value + 1, end, end + 1, line.length]
}

const framingLine =
  /(?:Content-Length|Transfer-Encoding|Connection|Trailer|Upgrade)[^\n]*:[^\n]*\n/gi

/** How many variants there are of one framing line. */
export const variantCount = 130

/** The text with one of its framing lines as variant `index` of it; as it was when it has none. */
export function withVariant(text: string, index: number, which: number): string {
  const lines = [...text.matchAll(framingLine)]
  if (lines.length === 0) return text
  const { index: start, 0: line } = lines[which % lines.length] as RegExpExecArray
  const place = placesIn(line)[Math.floor(index / doubtfulBytes.length) % 10] as number
  const at = start + place
  return text.slice(0, at) + doubtfulBytes[index % doubtfulBytes.length] + text.slice(at)
}
