import type { FailureReport } from '../../terms/upstream-failure.js'
import { failureOfBytes } from './failure.js'
import { endOfEmptyLines, endOfSection, isStatusLineSoFar } from './grammar.js'

/** A section is looked for in pieces of this size, so that no body is turned into text with it. */
const STEP = 4_096

/** So much tells one protocol from another. */
const TELLING = 16

/** What has come of a section: all of it, a part, or why it can become none. */
export type Gathered = 'whole' | 'part' | FailureReport

/** Gathers a head or a trailer section, which may come in pieces, up to the empty line behind it. */
export class Section {
  /** What has come of it; with the empty line once it is whole. */
  text = ''
  /** Where the bytes go on behind a whole one. */
  next = 0

  /** Adds what belongs to it of `bytes`, which are read from `at` on. */
  gather(bytes: Buffer, at: number, what: 'head' | 'trailer section', maxSize: number): Gathered {
    const isHead = what === 'head'
    const before = this.text.length
    const most = at + maxSize - before
    let text = this.text
    let to = at
    do {
      const searched = text.length
      const from = to
      to = Math.min(bytes.length, most, from + STEP)
      text += bytes.toString('latin1', from, to)
      const start = isHead ? endOfEmptyLines(text) : 0
      const end = endOfSection(text, start, Math.max(start, searched - 2))
      if (end !== -1) {
        this.text = text.slice(0, end)
        this.next = at + end - before
        return 'whole'
      }
      if (isHead && !isStatusLineSoFar(text, start))
        return failureOfBytes(this.text + bytes.toString('latin1', at, at + TELLING))
    } while (to < bytes.length && to < most)
    this.text = text
    if (to < most) return 'part'
    return { detail: `its ${what} is too long`, failure: 'head-too-long' }
  }

  clear(): void {
    this.text = ''
  }
}
