// The part of regular expressions that PCRE, RE2, Python and JavaScript read alike. What is written
// anew holds nothing but what is listed here, so it can't break out of the quotes of any engine.

/** The expression in the common spelling, or undefined where engines could differ about it. */
export function commonExpression(source: string): string | undefined {
  const isChoice = /(?<!\\)\|/u.test(source)
  const anchored = isChoice ? source : source.replace(/^\^/u, '').replace(/(?<!\\)\$$/u, '')
  let written = ''
  for (let at = 0; at < anchored.length; ) {
    const part = partAt(anchored, at)
    if (part === undefined) return undefined
    written += part.written
    at = part.end
  }
  return isRegular(written) ? written : undefined
}

interface Part {
  readonly written: string
  readonly end: number
}

function partAt(source: string, at: number): Part | undefined {
  const rest = source.slice(at)
  const [open] = /^\((?:\?:|(?!\?))/u.exec(rest) ?? []
  if (open !== undefined) return { written: '(?:', end: at + open.length }
  const [plain] = /^(?:[A-Za-z0-9_:/.|)-]|[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??)/u.exec(rest) ?? []
  if (plain !== undefined) return { written: plain, end: at + plain.length }
  const [escaped, letter] = /^\\([dw./:-])/u.exec(rest) ?? []
  if (escaped !== undefined && letter !== undefined) {
    return { written: letterWritten(letter), end: at + escaped.length }
  }
  const [set, inside] =
    /^\[(\^?(?:[A-Za-z0-9_.:]-[A-Za-z0-9]|[A-Za-z0-9_.:]|\\[dw.-]|-(?=\]))+)\]/u.exec(rest) ?? []
  if (set === undefined || inside === undefined) return undefined
  const items = inside.replace(/\\([dw.-])/gu, (_, item: string) => setItems[item] ?? item)
  // A hyphen stands last, where it is no range.
  const last = /\\-/u.test(inside) ? `${items.replace(/-(?=$)/u, '')}-` : items
  return { written: `[${last}]`, end: at + set.length }
}

// Python's \d and \w take digits and letters of every script.
const letterWritten = (letter: string): string =>
  ({ d: '[0-9]', w: '[A-Za-z0-9_]', '.': '\\.' })[letter] ?? letter

const setItems: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_', '-': '' }

function isRegular(source: string): boolean {
  try {
    return new RegExp(`^(?:${source})$`, 'u').source !== ''
  } catch {
    return false
  }
}
