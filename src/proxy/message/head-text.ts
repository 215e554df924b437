/**
 * A message head as text, one byte a character. Throws when it would have other lines than its
 * fields: whatever let a line break through, nobody may be sent a head that was forged by it
 * (RFC 9110, 5.5: https://www.rfc-editor.org/rfc/rfc9110#section-5.5).
 */
export function headText(startLine: string, fields: readonly string[]): string {
  let text = `${startLine}\r\n`
  for (let at = 0; at + 1 < fields.length; at += 2) text += `${fields[at]}: ${fields[at + 1]}\r\n`
  text += '\r\n'
  const lines = fields.length / 2 + 2
  if (count(text, '\n') !== lines || count(text, '\r') !== lines) {
    throw new Error('a field of the head holds a line break')
  }
  return text
}

function count(text: string, char: string): number {
  let times = 0
  for (let at = text.indexOf(char); at !== -1; at = text.indexOf(char, at + 1)) times++
  return times
}
