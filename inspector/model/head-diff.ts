import type { HeaderLine } from '../../src/observe/exchange-view.js'

export interface DiffLine {
  readonly change: 'kept' | 'removed' | 'added' | 'changed'
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/**
 * What the sidecar did to a response head, line by line. Names compare without case; repeats of a
 * name are matched equal values first, so that one dropped copy shows as one removed line.
 */
export function headDiff(
  upstream: readonly HeaderLine[],
  sent: readonly HeaderLine[],
): readonly DiffLine[] {
  const open = sent.map(([name, value]) => ({ name, value, taken: false }))
  const lines: (DiffLine | undefined)[] = upstream.map(([name, value]) => {
    const same = open.find(line => !line.taken && sameName(line.name, name) && line.value === value)
    if (!same) return undefined
    same.taken = true
    return { change: 'kept', name, before: value, after: value }
  })
  const settled = lines.map((line, index): DiffLine => {
    const [name = '', value = ''] = upstream[index] ?? []
    if (line) return line
    const other = open.find(candidate => !candidate.taken && sameName(candidate.name, name))
    if (!other) return { change: 'removed', name, before: value, after: undefined }
    other.taken = true
    return { change: 'changed', name, before: value, after: other.value }
  })
  const added = open
    .filter(line => !line.taken)
    .map(
      ({ name, value }): DiffLine => ({
        change: 'added',
        name,
        before: undefined,
        after: value,
      }),
    )
  return [...settled, ...added]
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
