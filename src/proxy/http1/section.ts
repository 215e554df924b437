import { endOfEmptyLines, endOfSection, isStatusLineSoFar } from './grammar.js'

/** A section is looked for in pieces of this size, so that no body is turned into text with it. */
const STEP = 4_096

/** What has come of a section: all of it, nothing that could become one, or a part. */
export type Gathered = 'whole' | 'part' | 'too-long' | 'not-http'

/** Gathers a head or a trailer section, which may come in pieces, up to the empty line behind it. */
export class Section {
  /** What has come of it; with the empty line once it is whole. */
  text = ''
  /** Where the bytes go on behind a whole one. */
  next = 0

  /** Adds what belongs to it of `bytes`, which are read from `at` on. */
  gather(bytes: Buffer, at: number, isHead: boolean, maxSize: number): Gathered {
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
      if (isHead && !isStatusLineSoFar(text, start)) return 'not-http'
    } while (to < bytes.length && to < most)
    this.text = text
    return to === most ? 'too-long' : 'part'
  }

  clear(): void {
    this.text = ''
  }
}
