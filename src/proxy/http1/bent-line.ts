/**
 * Lines of a response head that RFC 9112 does not allow, but that browsers, curl, nginx, HAProxy and
 * Caddy read, and read alike as far as they read them. What they would read in two ways is refused.
 */

import { isSpace } from '../../terms/field-names.js'
import type { Repairs } from '../../terms/upstream-repair.js'

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.5: what may not stand in a field value. */
export function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09) || code === 0x7f
}

interface BentLine {
  readonly text: string
  /** Where the next line begins. */
  readonly end: number
  /** False when it was folded, or a control byte was taken out of it. */
  readonly isClean: boolean
}

/**
 * Reads up to the next LF: https://www.rfc-editor.org/rfc/rfc9112#section-2.2. A control byte becomes
 * a blank (RFC 9110, 5.5); NUL and a CR that ends no line are refused, for some readers end there.
 */
export function readBentLine(text: string, from: number, repairs: Repairs): BentLine | string {
  const feed = text.indexOf('\n', from)
  const hasReturn = feed > from && text[feed - 1] === '\r'
  const stop = hasReturn ? feed - 1 : feed
  if (!hasReturn) repairs.add('bare-line-feed')
  let line = ''
  let plainFrom = from
  for (let at = from; at < stop; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x0d) return 'a line holds a CR that does not end it'
    if (code === 0) return 'a line holds a NUL byte'
    if (!isControl(code)) continue
    line += `${text.slice(plainFrom, at)} `
    plainFrom = at + 1
  }
  const isClean = plainFrom === from
  if (!isClean) repairs.add('control-byte')
  return { text: line + text.slice(plainFrom, stop), end: feed + 1, isClean }
}

/**
 * Reads a field value that may go on in lines that begin with a blank:
 * https://www.rfc-editor.org/rfc/rfc9112#section-5.2. Each fold becomes one blank.
 */
export function readBentValue(text: string, from: number, repairs: Repairs): BentLine | string {
  let value = ''
  let isClean = true
  let end = from
  do {
    const line = readBentLine(text, end, repairs)
    if (typeof line === 'string') return line
    if (end !== from) {
      repairs.add('folded-field')
      isClean = false
    }
    const part = line.text.replace(/^[ \t]+|[ \t]+$/g, '')
    if (part !== '') value = value === '' ? part : `${value} ${part}`
    isClean &&= line.isClean
    end = line.end
  } while (isSpace(text.charCodeAt(end)))
  return { text: value, end, isClean }
}

/**
 * Where the line behind this one begins, which is no field: a second status line, as IIS and CGI
 * scripts send, a field whose name nobody could pass on, or what a program printed among the fields.
 * Or says why it can't be passed over.
 */
export function passOverLine(text: string, from: number, repairs: Repairs): number | string {
  if (text.startsWith('HTTP/', from)) repairs.add('repeated-status-line')
  else {
    const end = text.indexOf('\n', from)
    const colon = text.indexOf(':', from)
    const hasColon = colon !== -1 && colon < end
    const name = text.slice(from, hasColon ? colon : end)
    if (!canBeLeftOut(hasColon ? name : name.replace(/\r$/, ''), hasColon)) {
      return 'a header line has no valid name'
    }
    repairs.add(hasColon ? 'odd-field-name' : 'line-without-colon')
  }
  const line = readBentValue(text, from, repairs)
  return typeof line === 'string' ? line : line.end
}

const blankBeforeColon = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]+$/

/** Whether nobody who reads the response takes this for the name of a field that means something. */
function canBeLeftOut(name: string, hasColon: boolean): boolean {
  // A line that begins with a blank may go on with the status line, and an empty name be anything.
  if (name === '' || isSpace(name.charCodeAt(0))) return false
  for (let at = 0; at < name.length; at++) if (isControl(name.charCodeAt(at))) return false
  // Some take the blank off, as RFC 9112, 5.1 says, and some leave the field out.
  if (hasColon && blankBeforeColon.test(name)) return false
  // Without its odd bytes it may frame the message, and somebody may read it so.
  const letters = name.replace(/[^a-z]/gi, '').toLowerCase()
  return !letters.includes('contentlength') && !letters.includes('transferencoding')
}
