// Text → value or findings. A value type speaks of the value only; resolve adds name and source.
import { nearestName } from '../terms/distance.js'
import { error, type Finding } from '../terms/finding.js'
import { isToken, tokenClass } from '../terms/token.js'

/** Either a value, perhaps with warnings about it, or what is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] }

/** How a source hands a value over. */
export interface RawForm {
  /** True where one text may hold several items: the plural name in a flag or variable. */
  readonly split: boolean
  /** Reads a file that the value names. Without it such a file is not looked into. */
  readonly read?: ReadText | undefined
}

/** The text of a file, or the reason why there is none. */
export type ReadText = (path: string) => { readonly text: string } | { readonly failure: string }

export interface ValueType<T> {
  /** The word that stands for a value in help: `DURATION`. */
  readonly metavar: string
  /** What may be written, in a phrase: `250ms, 10s, 5m, 1h, or seconds`. */
  readonly form: string
  readonly kind: 'scalar' | 'boolean' | 'list' | 'structure'
  readonly choices?: readonly string[]
  /** The word for a value of none, where there is one. */
  readonly noneWord?: string
  /** JSON Schema of what a configuration file may hold. */
  readonly schema: JsonSchema
  /** Text from a flag, a variable or a file of its own; anything YAML can say from a config file. */
  parse(raw: unknown, form: RawForm): Parsed<T>
  /** The value as a configuration file could say it: parsed again, it is the same value. */
  write(value: T): unknown
}

export type JsonSchema = { readonly [key: string]: unknown }

export const valid = <T>(value: T, findings: readonly Finding[] = []): Parsed<T> => ({
  ok: true,
  value,
  findings,
})

export const invalid = (
  ...findings: readonly Finding[]
): { ok: false; findings: readonly Finding[] } => ({
  ok: false,
  findings,
})

interface Scalar<T> extends Pick<ValueType<T>, 'metavar' | 'form' | 'schema'> {
  readonly kind?: 'scalar' | 'boolean'
  readonly choices?: readonly string[]
  readonly noneWord?: string
  readonly read: (text: string) => Parsed<T>
  readonly write?: (value: T) => unknown
}

/** A type whose value is one text. Blanks, quotes and control characters are dealt with here. */
export function scalar<T>({
  read,
  kind = 'scalar',
  write = value => value,
  ...rest
}: Scalar<T>): ValueType<T> {
  return {
    kind,
    write,
    ...rest,
    parse(raw) {
      if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') {
        const what = raw === null || raw === undefined ? 'is empty' : 'is a list or a group'
        return invalid(error('value-invalid', `${what}, but one value is expected: ${rest.form}`))
      }
      const text = String(raw)
      const fault = textFault(text, rest.form)
      return fault === undefined ? read(text) : invalid(fault)
    },
  }
}

/** What is wrong with a text before anyone looks at its meaning. */
export function textFault(text: string, form: string): Finding | undefined {
  if (text === '') {
    return error('value-invalid', 'is empty, which does not mean the default', {
      item: text,
      advice: `Remove it, or write ${form}.`,
    })
  }
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text)) {
    return error('value-invalid', 'holds a control character', { item: text })
  }
  if (text.trim() !== text) {
    return error('value-invalid', 'has white space around it', {
      item: text,
      correction: text.trim(),
    })
  }
  return quotesFault(text)
}

/** Quotes that a shell would have taken away, and `docker --env-file` keeps. */
export function quotesFault(text: string): Finding | undefined {
  const quote = text[0]
  if (text.length < 2 || (quote !== '"' && quote !== "'") || !text.endsWith(quote)) return undefined
  return error(
    'value-invalid',
    'has quotes in it: docker --env-file and unit files pass them on as part of the value',
    { item: text, correction: withoutQuotes(text, quote) },
  )
}

/** One text, or several with commas between them. */
const withoutQuotes = (text: string, quote: string): string =>
  text
    .slice(1, -1)
    .split(new RegExp(`${quote}\\s*,\\s*${quote}`))
    .join(',')

export const boolean: ValueType<boolean> = scalar({
  metavar: 'BOOL',
  form: 'true or false',
  kind: 'boolean',
  schema: { type: 'boolean' },
  read(text) {
    const word = text.toLowerCase()
    if (trueWords.has(word)) return valid(true)
    if (falseWords.has(word)) return valid(false)
    return invalid(
      error('value-invalid', 'is neither true nor false', {
        item: text,
        advice: 'Write true (or 1, yes, on) or false (or 0, no, off).',
      }),
    )
  },
})

const trueWords = new Set(['true', '1', 'yes', 'on'])
const falseWords = new Set(['false', '0', 'no', 'off'])

/** True for the words that {@link boolean} takes. */
export const isBooleanWord = (text: string): boolean =>
  trueWords.has(text.toLowerCase()) || falseWords.has(text.toLowerCase())

export function integer({
  min,
  max,
  unit = 'number',
}: {
  readonly min: number
  readonly max: number
  readonly unit?: string
}): ValueType<number> {
  return scalar({
    metavar: 'N',
    form: `a whole ${unit} from ${min} to ${max}`,
    schema: { type: 'integer', minimum: min, maximum: max },
    read(text) {
      if (!/^-?\d+$/.test(text)) {
        return invalid(
          error('value-invalid', 'is not a whole number', {
            item: text,
            advice: `Write a number from ${min} to ${max}, digits only.`,
          }),
        )
      }
      return inRange(Number(text), { min, max, text, shownMin: `${min}`, shownMax: `${max}` })
    },
  })
}

/** One of a closed list of words. */
export function oneOf<const Words extends readonly string[]>(
  ...words: Words
): ValueType<Words[number]> {
  return scalar<Words[number]>({
    metavar: 'WORD',
    form: choice(words),
    choices: words,
    schema: { enum: [...words] },
    read: text => readWord(text, words),
  })
}

/** One of these words, in any case. */
export function readWord<Word extends string>(text: string, words: readonly Word[]): Parsed<Word> {
  const word = words.find(known => known === text.toLowerCase())
  if (word !== undefined) return valid(word)
  const nearest = nearestName(text, words)
  return invalid(
    error('value-invalid', `is not one of ${words.join(', ')}`, {
      item: text,
      ...(nearest === undefined ? {} : { correction: nearest }),
    }),
  )
}

/** A type that also takes one word that means "none". */
export function orNone<T>(word: string, type: ValueType<T>): ValueType<T | undefined> {
  return {
    ...type,
    form: `${type.form}, or ${word}`,
    noneWord: word,
    schema: { anyOf: [type.schema, { const: word }] },
    parse: (raw, form) =>
      typeof raw === 'string' && raw.toLowerCase() === word
        ? valid<T | undefined>(undefined)
        : type.parse(raw, form),
    write: value => (value === undefined ? word : type.write(value)),
  }
}

/** A type that also takes one word, kept as it is. */
export function orWord<T, const Word extends string>(
  word: Word,
  type: ValueType<T>,
): ValueType<T | Word> {
  return {
    ...type,
    form: `${type.form}, or ${word}`,
    schema: { anyOf: [type.schema, { const: word }] },
    parse: (raw, form) =>
      typeof raw === 'string' && raw.toLowerCase() === word
        ? valid<T | Word>(word)
        : type.parse(raw, form),
    write: value => (value === word ? word : type.write(value as T)),
  }
}

/** A file's path, as written; whether it can be read is looked at later. */
export const path: ValueType<string> = scalar({
  metavar: 'FILE',
  form: 'a path',
  schema: { type: 'string' },
  read: text => valid(text),
})

/** Any text without control characters. */
export const text: ValueType<string> = scalar({
  metavar: 'TEXT',
  form: 'a text',
  schema: { type: 'string' },
  read: value => valid(value),
})

/** A token as HTTP knows it: a header name, or a name for `Via`. */
export function token(what: string): ValueType<string> {
  return scalar({
    metavar: 'NAME',
    form: what,
    schema: { type: 'string', pattern: `^[${tokenClass}]+$` },
    read: value =>
      isToken(value)
        ? valid(value)
        : invalid(
            error('value-invalid', `is not ${what}: letters, digits and hyphens only`, {
              item: value,
            }),
          ),
  })
}

/** `a, b or c` */
export const choice = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** The number, or a finding that names the limit it breaks. */
export function inRange(
  value: number,
  {
    min,
    max,
    text,
    shownMin,
    shownMax,
  }: {
    readonly min: number
    readonly max: number
    readonly text: string
    readonly shownMin: string
    readonly shownMax: string
  },
): Parsed<number> {
  if (value < min) {
    const reason = `is less than ${shownMin}, the minimum`
    return invalid(
      error('value-range', reason, { item: text, advice: `Write ${shownMin} or more.` }),
    )
  }
  if (value > max) {
    const reason = `is more than ${shownMax}, the maximum`
    return invalid(
      error('value-range', reason, {
        item: text,
        advice: `Write ${shownMax.split(',')[0]} or less.`,
      }),
    )
  }
  return valid(value)
}
