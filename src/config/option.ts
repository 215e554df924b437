// What one row of the option table is.
import type { ValueType } from './value-types.js'

export type Group = 'policy' | 'forwarding' | 'listening'

/** A default that depends on where the program runs, as text, just as a person would write it. */
export interface DefaultByPlace {
  readonly otherwise?: string
  /** When a person watches: standard output is a terminal. */
  readonly onTerminal?: string
  /** On a terminal, while only this machine can connect. */
  readonly onTerminalAndLoopback?: string
  /** In the container image. */
  readonly inImage?: string
}

/** One line of the short help. */
export interface Brief {
  /** Without its short flag: `--allow-origin ORIGIN`. */
  readonly usage: string
  readonly says: string
}

/** What of a secret option may be shown, and what must be seen nowhere. */
export interface Masking<T> {
  readonly shown: (value: T) => unknown
  readonly secrets: (value: T) => readonly string[]
}

export interface Option<T> {
  readonly type: ValueType<T>
  readonly default: DefaultByPlace
  /** What the default comes to, where words say it better than the value. */
  readonly defaultText: string | undefined
  /** A value to copy, for an option whose default is none. */
  readonly example: string | undefined
  /** One sentence. */
  readonly describe: string
  readonly group: Group
  /** Whether a reload applies it. */
  readonly reload: 'live' | 'restart'
  /** Masked wherever settings are shown, and readable from a file named by `NAME_FILE`. */
  readonly secret: boolean
  /** Where only a part of the value is secret. */
  readonly masking: Masking<T> | undefined
  /** A path policy may override it. */
  readonly pathOverride: boolean
  /** The singular name that a list also answers to. */
  readonly singular: string | undefined
  /** One-letter flag. */
  readonly short: string | undefined
  /** What other tools call it, as their flags are spelt: not taken, but pointed from. */
  readonly alsoCalled: readonly string[]
  /** Of the ten options that people need first: how it is typed, and what it says. */
  readonly brief: Brief | undefined
  /** Where it may be set. */
  readonly flag: boolean
  readonly variable: boolean
  readonly inConfigFile: boolean
}

interface Row<T> {
  readonly type: ValueType<T>
  readonly describe: string
  readonly group: Group
  readonly reload: 'live' | 'restart'
  readonly defaultText?: string
  readonly example?: string
  readonly secret?: boolean
  readonly masking?: Masking<T>
  readonly pathOverride?: boolean
  readonly singular?: string
  readonly short?: string
  readonly alsoCalled?: readonly string[]
  readonly brief?: Brief
  readonly flag?: boolean
  readonly variable?: boolean
  readonly inConfigFile?: boolean
}

/** A row. Without a default its setting may be undefined. */
export function option<T>(row: Row<T> & { readonly default: string | DefaultByPlace }): Option<T>
export function option<T>(row: Row<T>): Option<T | undefined>
export function option<T>(row: Row<T> & { readonly default?: string | DefaultByPlace }): Option<T> {
  return {
    type: row.type,
    default: typeof row.default === 'string' ? { otherwise: row.default } : (row.default ?? {}),
    defaultText: row.defaultText,
    example: row.example,
    describe: row.describe,
    group: row.group,
    reload: row.reload,
    secret: row.secret ?? false,
    masking: row.masking,
    pathOverride: row.pathOverride ?? false,
    singular: row.singular,
    short: row.short,
    alsoCalled: row.alsoCalled ?? [],
    brief: row.brief,
    flag: row.flag ?? true,
    variable: row.variable ?? true,
    inConfigFile: row.inConfigFile ?? true,
  }
}

/** Several names in one text. */
export const words = (text: string): readonly string[] => text.split(' ')
