// Text that a person pastes: one quoting that sh, bash, zsh and PowerShell (7.3 and later) read alike.
// What has no such spelling is never printed as a command; a configuration file can still say it.

import { isPrintable } from './printable.js'

const bareWord = /^[\w./][\w./:@-]*$/
const bareValue = /^[\w./:@,*-]*$/
/** PowerShell takes the typographic quotes for the plain one. */
const singleQuotes = /['\u2018-\u201b]/

/** The text as one word of a command line, or undefined where not every shell has a spelling for it. */
export function shellWord(text: string): string | undefined {
  return bareWord.test(text) ? text : quoted(text)
}

/** `--flag=value` as one word: joined by `=`, so that a value can't be taken for the next flag. */
export function flagWord(flag: string, value: string): string | undefined {
  const word = shellWord(value)
  return word && `--${flag}=${word}`
}

/** `NAME=value`, for a shell as well as for a `.env` file. */
export function assignment(name: string, value: string): string | undefined {
  const word = bareValue.test(value) ? value : quoted(value)
  return word === undefined ? undefined : `${name}=${word}`
}

/** Whether a name that a stranger chose may be suggested: any other is one to look at, not to paste. */
export function isPlainName(name: string): boolean {
  return /^[\w-]{1,64}$/.test(name)
}

/** The same for an origin. */
export function isPlainOrigin(origin: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(origin)
}

function quoted(text: string): string | undefined {
  return singleQuotes.test(text) || !isPrintable(text) ? undefined : `'${text}'`
}
