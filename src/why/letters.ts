// Text as messages are looked for in it: without white space, since lines get wrapped anywhere, in lower case,
// and with one kind of quote, since typographers and chats change them.

export interface Letters {
  readonly text: string
  /** The text as it was given, without what a terminal acts upon. */
  readonly given: string
  /** Where in `given` each letter stands. */
  readonly at: readonly number[]
}

const colours = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g
const unseen = /[^\P{C}\n\t]/gu
const quotes = /[\u2018-\u201f\u2032-\u2036\u00ab\u00bb\u00b4]/
/** What mails and issues put before a quoted line, and boxes around a terminal's. */
const margin = /(^|\n)[ \t]*[>|\u2502]+ ?/g

export function lettersOf(raw: string): Letters {
  const given = raw
    .replace(colours, '')
    .replace(/\r\n?/g, '\n')
    .replace(unseen, '')
    .replace(margin, (whole, start: string) => start.padEnd(whole.length, ' '))
  const at: number[] = []
  let text = ''
  for (let index = 0; index < given.length; index++) {
    const letter = letterOf(given[index] ?? '')
    if (letter === '') continue
    text += letter
    at.push(index)
  }
  return { text, given, at }
}

/** The letters of words that are known to be plain. */
export function lettersOfWords(words: string): string {
  return [...words].map(letterOf).join('')
}

/** The given text between two letters, white space included. */
export function givenBetween({ given, at }: Letters, start: number, end: number): string {
  const [first, last] = [at[start], at[end - 1]]
  return first === undefined || last === undefined || end <= start
    ? ''
    : given.slice(first, last + 1)
}

/** Empty for white space. */
function letterOf(letter: string): string {
  if (letter > ' ' && letter <= '~') {
    if (letter === '"' || letter === '`') return "'"
    return letter >= 'A' && letter <= 'Z' ? letter.toLowerCase() : letter
  }
  if (/\s/.test(letter)) return ''
  return quotes.test(letter) ? "'" : letter
}
