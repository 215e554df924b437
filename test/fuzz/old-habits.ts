// What old servers do to a response, as edits of its text: each of those that are mended, and their
// neighbours that are not.

import { below, pick, type Random } from './fuzzer.js'

type Habit = (text: string, random: Random) => string

/** Puts a line among the fields of the head. */
const withLine = (line: string): Habit => {
  return (text, random) => {
    const ends = [...text.slice(0, text.indexOf('\r\n\r\n') + 2).matchAll(/\r\n/g)]
    const at = (ends[below(random, Math.max(ends.length, 1))]?.index ?? 0) + 2
    return text.slice(0, at) + line + text.slice(at)
  }
}
const startsWith = (start: string): Habit => {
  return text => text.replace(/^HTTP\/1\.[01] (\d*)/, `${start}$1`)
}
const inFraming = (name: string, change: (value: string) => string): Habit => {
  return text =>
    text.replace(new RegExp(`^(${name}:[ \\t]*)(.*)\\r`, 'im'), (_, before, value) => {
      return `${before}${change(value)}\r`
    })
}

const habits: readonly Habit[] = [
  text => `\r\n${text}`,
  text => text.replace(/\r\n/g, '\n'),
  text => text.replace('\r\n\r\n', '\r\n\n'),
  text => text.replace('\r\n', '\n'),
  text => text.replace(/\r\n$/, ''),
  text => text.replace(/^(HTTP\S* \d*) [^\r]*/, '$1'),
  startsWith('http/1.1 '),
  startsWith('HTTP/0.9 '),
  startsWith('HTTP/2.0 '),
  startsWith('ICY '),
  startsWith('HTTP/1.1  '),
  text => text.replace(/^(HTTP\S* \d{3})/, '$1.13'),
  withLine('HTTP/1.1 200 OK\r\n'),
  withLine('PHP Warning:  x\r\n'),
  withLine('Tue, 12 Jun 2012 01:56:34 GMT\r\n'),
  withLine('Content-Length 7\r\n'),
  withLine('a program wrote this\r\n'),
  withLine(' folded\r\n'),
  withLine('X: a\r\n\tb\r\n'),
  withLine('X : a\r\n'),
  withLine('X: \x01\r\n'),
  withLine('Content-Length: 3\r\n'),
  withLine('Transfer-Encoding: chunked\r\n'),
  withLine('Transfer-Encoding: identity\r\n'),
  inFraming('content-length', length => `${length}, ${length}`),
  inFraming('content-length', length => `${length}\r\nContent-Length: ${length}`),
  inFraming('content-length', length => `000${length}`),
  inFraming('transfer-encoding', () => 'chunked, chunked'),
  inFraming('transfer-encoding', () => 'chunked, identity'),
  inFraming('transfer-encoding', () => 'identity, chunked'),
  inFraming('transfer-encoding', () => 'chunked\r\nContent-Length: 9'),
  text => text.replace(/\r\n([0-9a-f]+)(?=\r\n)/gi, '\r\n$1  '),
]

/** The text as one to three of them make it. */
export function withOldHabits(text: string, random: Random): string {
  let bent = text
  for (let n = 1 + below(random, 3); n > 0; n--) bent = pick(random, habits)(bent, random)
  return bent
}
