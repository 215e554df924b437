// Reads the entries of an archive one by one, out of pieces of text: never the whole, and no body of a response.

/** Longer strings are bodies or data: addresses, and read as empty. */
const mostString = 16 * 1024

export interface HarText {
  write(piece: string): void
  /** What is wrong with the text, if anything. */
  end(): string | undefined
}

export function readHarText(onEntry: (entry: unknown) => void): HarText {
  let depth = 0
  let isInString = false
  let backslashes = 0
  /** The last string at the depth of log's own names. */
  let name = ''
  let nameParts: string | undefined
  let isInEntries = false
  let hasEntries = false
  let entry: string[] | undefined
  let stringStart = 0
  let stringLength = 0
  let broken = 0

  const keep = (text: string) => entry?.push(text)

  function endEntry(): void {
    try {
      onEntry(JSON.parse((entry ?? []).join('')))
    } catch {
      broken++
    }
    entry = undefined
  }

  function structure(letter: string): void {
    if (letter === '{' || letter === '[') {
      if (letter === '[' && depth === 2 && name === 'entries') {
        isInEntries = true
        hasEntries = true
      }
      depth++
      if (letter === '{' && isInEntries && depth === 4 && entry === undefined) entry = []
      keep(letter)
    } else if (letter === '}' || letter === ']') {
      keep(letter)
      depth--
      if (entry !== undefined && depth === 3) endEntry()
      if (isInEntries && depth === 2) isInEntries = false
    } else keep(letter)
  }

  /** From inside a string to behind its end, or to the end of the piece. */
  function string(piece: string, from: number): number {
    let at = from
    for (;;) {
      const quote = piece.indexOf('"', at)
      const end = quote < 0 ? piece.length : quote
      let before = end - 1
      while (before >= at && piece[before] === '\\') before--
      const run = end - 1 - before
      backslashes = before < at ? backslashes + run : run
      if (quote >= 0 && backslashes % 2 === 1) {
        at = quote + 1
        backslashes = 0
        continue
      }
      content(piece.slice(from, end))
      if (quote < 0) return piece.length
      isInString = false
      if (nameParts !== undefined) name = nameParts
      nameParts = undefined
      keep('"')
      return quote + 1
    }
  }

  function content(text: string): void {
    if (nameParts !== undefined && nameParts.length < 20) nameParts += text
    if (entry === undefined) return
    stringLength += text.length
    if (stringLength <= mostString) entry.push(text)
    else entry.length = stringStart
  }

  return {
    write(piece) {
      let at = 0
      while (at < piece.length) {
        if (isInString) {
          at = string(piece, at)
          continue
        }
        const letter = piece[at] ?? ''
        at++
        if (letter === '"') {
          isInString = true
          backslashes = 0
          if (depth === 2) nameParts = ''
          keep('"')
          stringStart = entry?.length ?? 0
          stringLength = 0
        } else if (letter > ' ') structure(letter)
      }
    },
    end() {
      if (!hasEntries) return 'it has no log.entries'
      if (depth > 0) return 'it ends in the middle'
      return broken > 0 ? `${broken} of its entries are no JSON` : undefined
    },
  }
}
