/**
 * The bytes between the pieces of a chunked body: https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 *
 *     SIZE ── blank ──► BLANK ── `;` ──► EXTENSION        (`;` may stand behind the size, too)
 *          ── CR ──► SIZE_LF            from all three
 *          ── LF ──► BEHIND_BARE_LF     from all three: the line has ended, which is repaired
 *     SIZE_LF ── LF ──► AFTER_DATA, and the piece begins
 *     BEHIND_BARE_LF ── any byte but LF ──► AFTER_DATA, and it begins the piece
 *     AFTER_DATA ── CR ──► AFTER_DATA_LF ── LF ──► SIZE
 */

import { isSpace } from '../../terms/field-names.js'
import type { Repairs } from '../../terms/upstream-repair.js'
import { isControl } from './bent-line.js'

/** What chunk extensions and blanks may add up to in one response, in bytes. */
const MAX_EXTENSIONS = 16_384
/** Hexadecimal digits of a chunk size: below 2^52, where numbers are exact. */
const MAX_SIZE_DIGITS = 13

const SIZE = 0
const BLANK = 1
const EXTENSION = 2
const SIZE_LF = 3
const BEHIND_BARE_LF = 4
const AFTER_DATA = 5
const AFTER_DATA_LF = 6

const CR = 0x0d
const LF = 0x0a
const SEMICOLON = 0x3b

export class ChunkLines {
  /** Of the piece that begins behind the line that was read last; 0 ends the body. */
  size = 0
  /** Why the bytes are no chunks. */
  fault: string | undefined
  /** Whether a piece begins, or the body has ended. */
  isRead = false
  private state = SIZE
  private digits = 0
  private extensions = 0

  begin(): void {
    this.extensions = 0
    this.expectSize()
  }

  /** Reads up to the end of a size line; returns where the bytes go on behind it. */
  read(bytes: Buffer, from: number, repairs: Repairs): number {
    this.isRead = false
    let at = from
    while (at < bytes.length && !this.isRead && this.fault === undefined) {
      const code = bytes[at] ?? 0
      if (this.state === BEHIND_BARE_LF) this.readFirst(code)
      else {
        this.readByte(code, repairs)
        at++
      }
    }
    return at
  }

  private readByte(code: number, repairs: Repairs): void {
    switch (this.state) {
      case SIZE_LF:
        if (code === LF) this.endSizeLine()
        else this.fault = 'a chunk size line does not end in CR LF'
        break
      case AFTER_DATA:
      case AFTER_DATA_LF:
        this.readLineEnd(code, repairs)
        break
      default:
        this.readSizeLine(code, repairs)
    }
  }

  /** Some take a second LF for the rest of the line end, which a CR should have begun. */
  private readFirst(code: number): void {
    if (code === LF) this.fault = 'a chunk that begins with LF follows LF without CR'
    else this.endSizeLine()
  }

  private readLineEnd(code: number, repairs: Repairs): void {
    if (code === LF) {
      if (this.state === AFTER_DATA) repairs.add('bare-line-feed')
      this.expectSize()
    } else if (code === CR && this.state === AFTER_DATA) this.state = AFTER_DATA_LF
    else this.fault = 'a chunk is longer than its size'
  }

  private readSizeLine(code: number, repairs: Repairs): void {
    const digit = this.state === SIZE ? hexValue(code) : -1
    if (digit >= 0) {
      this.digits++
      this.size = this.size * 16 + digit
      if (this.digits > MAX_SIZE_DIGITS) this.fault = 'a chunk is too large'
    } else if (this.digits === 0) this.fault = 'a chunk size is not a hexadecimal number'
    else if (code === CR) this.state = SIZE_LF
    else if (code === LF) {
      repairs.add('bare-line-feed')
      if (this.size === 0) this.endSizeLine()
      else this.state = BEHIND_BARE_LF
    } else this.passOver(code, repairs)
  }

  /** What stands behind a size has no meaning that anybody knows. */
  private passOver(code: number, repairs: Repairs): void {
    this.extensions++
    if (this.extensions > MAX_EXTENSIONS) this.fault = 'its chunk extensions are too long'
    else if (this.state === EXTENSION) {
      if (isControl(code)) this.fault = 'a chunk extension holds a control byte'
    } else if (code === SEMICOLON) this.state = EXTENSION
    else if (isSpace(code)) {
      repairs.add('blank-behind-chunk-size')
      this.state = BLANK
    } else this.fault = 'a chunk size is not a hexadecimal number'
  }

  private endSizeLine(): void {
    this.isRead = true
    this.state = AFTER_DATA
  }

  private expectSize(): void {
    this.state = SIZE
    this.size = 0
    this.digits = 0
  }
}

/** The value of a hexadecimal digit, or -1. */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
