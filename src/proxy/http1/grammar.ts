/**
 * The grammar of a response head: status line and field lines. What is written as RFC 9112 has it
 * is read here; a line that is not goes through `bent-line.ts`, which repairs it or refuses it.
 */

import { isSpace } from '../../terms/field-names.js'
import { tokenCodes } from '../../terms/token.js'
import type { Repairs } from '../../terms/upstream-repair.js'
import { isControl, passOverLine, readBentLine, readBentValue } from './bent-line.js'
import { readLength } from './framing.js'

/** The fields of a head or trailer section, and what of them frames the message. */
export interface FieldBlock {
  /** Name and value of each field in turn. */
  readonly fields: readonly string[]
  readonly connection: string | undefined
  readonly coding: string | undefined
  readonly length: number | undefined
}

export interface StatusLine {
  readonly status: number
  readonly reason: string
  readonly version: '1.0' | '1.1'
  /** Where the line behind it begins. */
  readonly end: number
}

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const DOT = 0x2e
const COLON = 0x3a
const protocol = 'HTTP/'
/** HTTP/1.0 of radio stations, under another name: the rest of the line and the fields are the same. */
const shoutcast = 'ICY '
/** More than any API sends; what it bounds is the work that one head can make. */
const MAX_FIELDS = 5_000

/** Where the empty lines end that stand before a head. */
export function endOfEmptyLines(text: string): number {
  let at = 0
  for (;;) {
    if (text.charCodeAt(at) === LF) at++
    else if (text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF) at += 2
    else return at
  }
}

/**
 * Where the section ends that begins at `start`, behind its first empty line, or -1. Nothing that
 * stands before `from` need be looked at again.
 */
export function endOfSection(text: string, start: number, from: number): number {
  if (text.charCodeAt(start) === LF) return start + 1
  if (isLineEnd(text, start)) return start + 2
  const plain = text.indexOf('\n\r\n', from)
  // https://www.rfc-editor.org/rfc/rfc9112#section-2.2: a single LF may be taken for a line end.
  const bent = text.indexOf('\n\n', from)
  if (bent !== -1 && (plain === -1 || bent < plain)) return bent + 2
  return plain === -1 ? -1 : plain + 3
}

/** Whether a head that has come in part may still become one: a peer that speaks no HTTP is told. */
export function isStatusLineSoFar(text: string, from: number): boolean {
  const begun = text.slice(from, from + protocol.length).toUpperCase()
  const isShoutcast = shoutcast.startsWith(begun.slice(0, shoutcast.length))
  return protocol.startsWith(begun) || isShoutcast || begun === '\r'
}

/**
 * Reads `HTTP/1.1 200 OK`: https://www.rfc-editor.org/rfc/rfc9112#section-4. Repaired are more blanks
 * before the status and none behind it, a sub-status as IIS writes it (`403.1`), and another protocol
 * than HTTP/1.0 and 1.1.
 */
export function readStatusLine(
  text: string,
  from: number,
  repairs: Repairs,
): StatusLine | undefined {
  const named = readProtocol(text, from)
  if (named === undefined) return undefined
  let at = named.end
  while (text.charCodeAt(at) === SPACE) at++
  const status = 100 * digitAt(text, at) + 10 * digitAt(text, at + 1) + digitAt(text, at + 2)
  if (!(status >= 100)) return undefined
  let behind = at + 3
  if (text.charCodeAt(behind) === DOT) {
    do behind++
    while (digitAt(text, behind) >= 0)
  }
  const isPlain = named.isPlain && at === named.end && behind === at + 3
  const isBlankBehind = text.charCodeAt(behind) === SPACE
  if (!isPlain || !isBlankBehind) repairs.add('status-line')
  if (isBlankBehind) behind++
  else if (text.charCodeAt(behind) !== CR && text.charCodeAt(behind) !== LF) return undefined
  const { version } = named
  const stop = endOfPlain(text, behind)
  if (isLineEnd(text, stop)) {
    return { status, reason: text.slice(behind, stop), version, end: stop + 2 }
  }
  const line = readBentLine(text, behind, repairs)
  if (typeof line === 'string') return undefined
  return { status, reason: line.text, version, end: line.end }
}

/** What stands before the status, up to where that begins. */
interface Protocol {
  readonly version: '1.0' | '1.1'
  readonly isPlain: boolean
  readonly end: number
}

/** A later version means what 1.1 does (RFC 9110, 2.5), an earlier one what 1.0 does. */
function readProtocol(text: string, from: number): Protocol | undefined {
  const isUpper = text.startsWith(protocol, from)
  if (!isUpper) {
    if (text.startsWith(shoutcast, from)) {
      return { version: '1.0', isPlain: false, end: from + shoutcast.length }
    }
    if (text.slice(from, from + protocol.length).toUpperCase() !== protocol) return undefined
  }
  const major = digitAt(text, from + 5)
  const minor = digitAt(text, from + 7)
  if (!(major >= 0 && minor >= 0) || text.charCodeAt(from + 6) !== DOT) return undefined
  if (text.charCodeAt(from + 8) !== SPACE) return undefined
  const version = major === 0 || (major === 1 && minor === 0) ? '1.0' : '1.1'
  return { version, isPlain: isUpper && major === 1 && minor <= 1, end: from + 9 }
}

/**
 * Reads field lines from `from` up to the empty line that ends them, or says why they are none.
 * The text is whole: it holds that empty line. https://www.rfc-editor.org/rfc/rfc9112#section-5
 */
export function readFields(text: string, from: number, repairs: Repairs): FieldBlock | string {
  const fields: string[] = []
  let connection: string | undefined
  let coding: string | undefined
  let length: number | undefined
  let at = from
  while (text.charCodeAt(at) !== LF && !isLineEnd(text, at)) {
    const colon = endOfToken(text, at)
    if (colon === at || text.charCodeAt(colon) !== COLON) {
      const next = passOverLine(text, at, repairs)
      if (typeof next === 'string') return next
      at = next
      continue
    }
    const name = text.slice(at, colon)
    let start = colon + 1
    while (isSpace(text.charCodeAt(start))) start++
    const stop = endOfPlain(text, start)
    let value: string
    let isClean = true
    if (isLineEnd(text, stop) && !isSpace(text.charCodeAt(stop + 2))) {
      value = text.slice(start, endOfText(text, start, stop))
      at = stop + 2
    } else {
      const bent = readBentValue(text, start, repairs)
      if (typeof bent === 'string') return bent
      value = bent.text
      isClean = bent.isClean
      at = bent.end
    }
    if (name.length === 14) {
      if (name.toLowerCase() === 'content-length') {
        if (!isClean) return bentFraming
        const given = readLength(value, repairs)
        if (given === undefined) return 'its length is not a number'
        if (length !== undefined) {
          if (length !== given) return 'it has two lengths that differ'
          repairs.add('repeated-length')
          continue
        }
        length = given
        if (value.includes(',')) value = String(given)
      }
    } else if (name.length === 10) {
      if (name.toLowerCase() === 'connection') connection = joined(connection, value)
    } else if (name.length === 17) {
      if (name.toLowerCase() === 'transfer-encoding') {
        if (!isClean) return bentFraming
        coding = joined(coding, value)
      }
    }
    fields.push(name, value)
    if (fields.length > 2 * MAX_FIELDS) return 'it has too many headers'
  }
  if (text.charCodeAt(at) === LF) repairs.add('bare-line-feed')
  return { fields, connection, coding, length }
}

// Of these, too, readers are known to make one thing or another.
const bentFraming = 'its length or coding is folded, or holds a control byte'

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30
  return digit >= 0 && digit <= 9 ? digit : Number.NaN
}

function endOfToken(text: string, from: number): number {
  let at = from
  while (tokenCodes[text.charCodeAt(at)] === 1) at++
  return at
}

/** Where the first control byte stands, the tab excepted. */
function endOfPlain(text: string, from: number): number {
  let at = from
  while (at < text.length && !isControl(text.charCodeAt(at))) at++
  return at
}

function isLineEnd(text: string, at: number): boolean {
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF
}

/** Where a value ends that stands between `from` and `to`, without the blanks behind it. */
function endOfText(text: string, from: number, to: number): number {
  let end = to
  while (end > from && isSpace(text.charCodeAt(end - 1))) end--
  return end
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}
