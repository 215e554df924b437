// Reads Markdown as far as the documents here use it: headings, fenced blocks, tables.

export interface Fence {
  readonly language: string
  readonly text: string
  /** Line of the opening fence, counted from 1. */
  readonly line: number
}

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Everything under one heading, up to the next heading of any level. */
export interface Section {
  readonly title: string
  readonly level: number
  readonly fences: readonly Fence[]
  readonly tables: readonly Table[]
  /** The lines that are neither in a fence nor in a table. */
  readonly prose: readonly string[]
  /** Fences and tables in the order they stand in. */
  readonly blocks: readonly (Fence | Table)[]
}

/** Reads a whole document. What stands before the first heading is a section without a title. */
export function readMarkdown(text: string): Section[] {
  const sections: Section[] = []
  let section = newSection('', 0)
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const [, hashes, title] = /^(#{1,6}) (.*)$/u.exec(line) ?? []
    const [, indent = '', marks, language] = /^(\s*)(`{3,})\s*([\w-]*)/u.exec(line) ?? []
    if (hashes !== undefined && title !== undefined) {
      sections.push(section)
      section = newSection(title.trim(), hashes.length)
    } else if (marks !== undefined) {
      const body: string[] = []
      const opened = at + 1
      while (++at < lines.length && !(lines[at] ?? '').trimStart().startsWith(marks)) {
        body.push((lines[at] ?? '').replace(indent, ''))
      }
      if (at === lines.length) throw new Error(`the fence of line ${opened} is never closed`)
      const fence = { language: language ?? '', text: body.join('\n'), line: opened }
      section.fences.push(fence)
      section.blocks.push(fence)
    } else if (/^\s*\|.*\|\s*$/u.test(line)) {
      const rows: string[][] = []
      for (; /^\s*\|.*\|\s*$/u.test(lines[at] ?? ''); at++) rows.push(cellsOf(lines[at] ?? ''))
      at--
      const [columns = [], , ...body] = rows
      const table = { columns, rows: body }
      section.tables.push(table)
      section.blocks.push(table)
    } else {
      section.prose.push(line)
    }
  }
  sections.push(section)
  return sections
}

export function isFence(block: Fence | Table): block is Fence {
  return 'language' in block
}

/** The words of a cell that is one code span; the cell as it stands otherwise. */
export function plainCell(cell: string): string {
  return /^`([^`]*)`$/u.exec(cell)?.[1] ?? cell
}

/** The anchors that GitHub gives to the headings, in order. */
export function anchorsOf(sections: readonly Section[]): string[] {
  const seen = new Map<string, number>()
  return sections
    .filter(({ level }) => level > 0)
    .map(({ title }) => {
      const slug = title
        .replace(/`/gu, '')
        .replace(/!?\[([^\]]*)\]\([^)]*\)/gu, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
        .replace(/ /gu, '-')
      const count = seen.get(slug) ?? 0
      seen.set(slug, count + 1)
      return count === 0 ? slug : `${slug}-${count}`
    })
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .slice(1, -1)
    .split(/(?<!\\)\|/u)
    .map(cell => cell.trim().replaceAll('\\|', '|'))
}

function newSection(title: string, level: number) {
  const fences: Fence[] = []
  const tables: Table[] = []
  const prose: string[] = []
  const blocks: (Fence | Table)[] = []
  return { title, level, fences, tables, prose, blocks }
}
