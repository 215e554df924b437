// A value as it stands in somebody's file, with its line, whatever the file is written in.

export type SourceValue = Scalar | List | Group | Code

interface OnLine {
  /** Counted from 1. */
  readonly line: number
  /** What had to be taken for true to read it. */
  readonly assumed?: readonly Note[]
}

export interface Scalar extends OnLine {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
}

export interface List extends OnLine {
  readonly kind: 'list'
  readonly items: readonly SourceValue[]
}

export interface Group extends OnLine {
  readonly kind: 'group'
  readonly entries: readonly Entry[]
}

export interface Entry extends OnLine {
  readonly key: string
  readonly value: SourceValue
}

/** Something that only running the file would turn into a value. It is never run, only looked at. */
export interface Code extends OnLine {
  readonly kind: 'code'
  readonly text: string
  /** What is called with what, where it is a call. */
  readonly call?: Call
  /** The names of its arguments, where it is a function. */
  readonly parameters?: readonly string[]
  /** What a function may return, without what its own functions return. */
  readonly returns?: readonly SourceValue[]
  /** The source of a regular expression. */
  readonly expression?: { readonly source: string; readonly flags: string }
}

export interface Call {
  /** `path` in `path.replace(…)`. */
  readonly on: SourceValue | undefined
  readonly name: string
  readonly arguments: readonly SourceValue[]
}

/** What gets lost or changes, and the line it stands on, where it stands on one. */
export interface Note {
  readonly line: number | undefined
  readonly text: string
}

export const note = (at: OnLine | undefined, text: string): Note => ({ line: at?.line, text })

/** The entries of a group; none where it is no group. */
export const entriesOf = (value: SourceValue | undefined): readonly Entry[] =>
  value?.kind === 'group' ? value.entries : []

/** The items of a list; none where it is no list. */
export const itemsOf = (value: SourceValue | undefined): readonly SourceValue[] =>
  value?.kind === 'list' ? value.items : []

/** What stands under a chain of keys. Of two equal keys the last counts, as in JSON and JavaScript. */
export const childOf = (
  value: SourceValue | undefined,
  ...keys: readonly string[]
): SourceValue | undefined =>
  keys.reduce((at, key) => entriesOf(at).findLast(entry => entry.key === key)?.value, value)

/** The plain value of a scalar; undefined for null and for everything else. */
export const plainOf = (value: SourceValue | undefined): string | number | boolean | undefined =>
  value?.kind === 'scalar' && value.value !== null ? value.value : undefined

/** The text of a scalar, numbers and booleans as they are written. */
export const textOf = (value: SourceValue | undefined): string | undefined => {
  const plain = plainOf(value)
  return plain === undefined ? undefined : String(plain)
}

/** Everything that had to be taken for true in a value and in what it holds. */
export function assumedIn(value: SourceValue): readonly Note[] {
  const inner =
    value.kind === 'list'
      ? value.items
      : value.kind === 'group'
        ? value.entries.map(entry => entry.value)
        : []
  return [...(value.assumed ?? []), ...inner.flatMap(assumedIn)]
}

/** The value as a person would name it, in at most one short line. */
export function shownValue(value: SourceValue): string {
  if (value.kind === 'scalar') return JSON.stringify(value.value)
  if (value.kind === 'list') return 'a list'
  if (value.kind === 'group') return 'a group'
  const text = value.text.replaceAll(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
