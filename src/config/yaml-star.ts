// `allowOrigins: *` is what people write, and in YAML a star in front begins an alias.

/** The first star that was meant as a text, and the line as it should be written; else undefined. */
export function unquotedStar(
  text: string,
): { readonly line: number; readonly item: string; readonly correction: string } | undefined {
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^((?:(?:"[^"]*"|'[^']*'|[^"'#])*?[:,[{]|\s*-)\s*)(\*[^\s,\]}#]*)/u.exec(line)
    if (match === null) continue
    const [whole, before = '', item = ''] = match
    const correction = `${before}"${item}"${line.slice(whole.length)}`.trim()
    return { line: index + 1, item, correction }
  }
  return undefined
}
