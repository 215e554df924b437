/**
 * The grammar of a response head (RFC 9112, 4 and 5), as strict as it is written: no bare CR or LF,
 * no folded lines, no space before a colon, no control bytes.
 */

import { tokenCodes } from '../../terms/token.js'

/** The fields of a head or trailer section, and what of them frames the message. */
export interface FieldBlock {
  /** Name and value of each line in turn. */
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
const TAB = 0x09
const COLON = 0x3a
const protocol = 'HTTP/1.'
const tabBehindFraming = 'a tab stands behind its length or coding'

/** Whether a byte may not stand in a field value, a reason phrase or a chunk extension. */
export function isControl(code: number): boolean {
  return (code < SPACE && code !== TAB) || code === 0x7f
}

/** The value of a hexadecimal digit, or -1. */
export function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** `HTTP/1.1 200 OK`: exactly one space each, three digits from 100, the phrase may be missing. */
export function readStatusLine(text: string): StatusLine | undefined {
  if (!text.startsWith(protocol)) return undefined
  const minor = text.charCodeAt(7)
  if ((minor !== 0x30 && minor !== 0x31) || text.charCodeAt(8) !== SPACE) return undefined
  let status = 0
  for (let at = 9; at < 12; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (!(digit >= 0 && digit <= 9)) return undefined
    status = status * 10 + digit
  }
  if (status < 100) return undefined
  const start = text.charCodeAt(12) === SPACE ? 13 : 12
  const stop = endOfLine(text, start)
  if (stop === -1 || (start === 12 && stop !== 12)) return undefined
  const version = minor === 0x31 ? '1.1' : '1.0'
  return { status, reason: text.slice(start, stop), version, end: stop + 2 }
}

/** Whether a head that has come in part may still become one: a peer that speaks no HTTP is told. */
export function isStatusLineSoFar(text: string): boolean {
  return text.length < protocol.length ? protocol.startsWith(text) : text.startsWith(protocol)
}

/** Whether a line ends without CR, at or behind `from`: it can't be part of a section any more. */
export function hasLoneLineFeed(text: string, from: number): boolean {
  for (let at = text.indexOf('\n', from); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text.charCodeAt(at - 1) !== CR) return true
  }
  return false
}

/**
 * Reads field lines from `from` up to the empty line that ends them, or says why they are none.
 * The text is whole: it holds that empty line.
 */
export function readFields(text: string, from: number): FieldBlock | string {
  const fields: string[] = []
  let connection: string | undefined
  let coding: string | undefined
  let length: number | undefined
  let at = from
  while (text.charCodeAt(at) !== CR) {
    const colon = endOfToken(text, at)
    if (colon === at || text.charCodeAt(colon) !== COLON) return 'a field line has no valid name'
    let start = colon + 1
    while (isBlank(text.charCodeAt(start))) start++
    const stop = endOfLine(text, start)
    if (stop === -1) return 'a field value holds a control byte'
    let end = stop
    while (end > start && isBlank(text.charCodeAt(end - 1))) end--
    const name = text.slice(at, colon)
    const value = text.slice(start, end)
    fields.push(name, value)
    at = stop + 2
    if (name.length === 14) {
      if (name.toLowerCase() === 'content-length') {
        if (hasTab(text, end, stop)) return tabBehindFraming
        if (length !== undefined) return 'it has two lengths'
        length = readLength(value)
        if (length === undefined) return 'its length is no number'
      }
    } else if (name.length === 10) {
      if (name.toLowerCase() === 'connection') connection = joined(connection, value)
    } else if (name.length === 17) {
      if (name.toLowerCase() === 'transfer-encoding') {
        if (hasTab(text, end, stop)) return tabBehindFraming
        coding = joined(coding, value)
      }
    }
  }
  if (text.charCodeAt(at + 1) !== LF) return 'a line does not end in CR LF'
  return { fields, connection, coding, length }
}

/** A valid blank, but Node's parser takes it for a part of the value: for another coding. */
function hasTab(text: string, from: number, to: number): boolean {
  return from < to && text.slice(from, to).includes('\t')
}

function endOfToken(text: string, from: number): number {
  let at = from
  while (tokenCodes[text.charCodeAt(at)] === 1) at++
  return at
}

/** Where the CR LF behind a text without control bytes stands, or -1. */
function endOfLine(text: string, from: number): number {
  let at = from
  while (at < text.length && !isControl(text.charCodeAt(at))) at++
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? at : -1
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}

/** Decimal digits only, and few enough to be exact. */
function readLength(value: string): number | undefined {
  if (value.length === 0) return undefined
  let length = 0
  for (let at = 0; at < value.length; at++) {
    const digit = value.charCodeAt(at) - 0x30
    if (!(digit >= 0 && digit <= 9)) return undefined
    length = length * 10 + digit
  }
  return length <= Number.MAX_SAFE_INTEGER ? length : undefined
}
