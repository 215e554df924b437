// Lists: where one item ends and the next begins, and what each must be.

import { isIPv6 } from 'node:net'
import { error, type Finding, warning } from '../terms/finding.js'
import { isToken } from '../terms/token.js'
import { localOrigin } from './local-address.js'
import { endOfExpression, looksLikeExpression } from './regex/bare-expression.js'
import {
  choice,
  invalid,
  type JsonSchema,
  type Parsed,
  quotesFault,
  type RawForm,
  readWord,
  type ValueType,
  valid,
} from './value-types.js'

interface ListOf<T> {
  readonly metavar: string
  readonly form: string
  readonly choices?: readonly string[]
  readonly item: JsonSchema
  /** Items from one text. */
  readonly split: (text: string) => string[]
  readonly read: (item: unknown, index: number) => Parsed<T>
  readonly write?: (item: T) => unknown
  /** JSON Schema of the one text that may stand for the whole list; any text unless it is said. */
  readonly text?: JsonSchema
  /** What an item comes to that one text repeats; the repeat itself is always dropped. */
  readonly repeat?: (item: string, index: number) => Finding
}

/** A list type: one text that is split, or an array whose items are taken whole. */
export function listOf<T>(spec: ListOf<T>): ValueType<readonly T[]> {
  return {
    metavar: spec.metavar,
    form: spec.form,
    kind: 'list',
    ...(spec.choices === undefined ? {} : { choices: spec.choices }),
    schema: {
      anyOf: [
        { type: 'array', items: spec.item },
        { type: 'string', ...spec.text },
      ],
    },
    write: items => items.map(spec.write ?? (item => item)),
    parse(raw, form) {
      for (const text of form.split ? textsOf(raw) : []) {
        const fault = quotesFault(text) ?? bracketsFault(text)
        if (fault !== undefined) return invalid(fault)
      }
      const items = itemsOf(raw, form, spec.split)
      if (items === undefined) {
        return invalid(error('value-invalid', `is not a list: ${spec.form}`))
      }
      // A hint that is appended repeats what is listed, and nobody has made a slip.
      const isOneText = !form.split || textsOf(raw).length === 1
      const values: T[] = []
      const findings: Finding[] = []
      const seen = new Set<string>()
      for (const [position, item] of items.entries()) {
        const index = position + 1
        if (typeof item === 'string' && item !== '' && seen.has(item)) {
          if (isOneText) findings.push(...[spec.repeat?.(item, index) ?? []].flat())
          continue
        }
        if (typeof item === 'string') seen.add(item)
        const parsed = spec.read(item, index)
        findings.push(...parsed.findings.map(finding => ({ ...finding, index })))
        if (parsed.ok) values.push(parsed.value)
      }
      return findings.some(({ severity }) => severity === 'error')
        ? invalid(...findings)
        : valid(values, findings)
    },
  }
}

function itemsOf(
  raw: unknown,
  form: RawForm,
  split: (text: string) => string[],
): unknown[] | undefined {
  if (raw === null || raw === undefined) return []
  const itemsIn = (text: string): unknown[] => jsonList(text) ?? split(text)
  if (typeof raw === 'string') return form.split ? itemsIn(raw) : [raw]
  if (!Array.isArray(raw)) return typeof raw === 'object' ? undefined : [String(raw)]
  if (!form.split) return raw
  return raw.flatMap(item => (typeof item === 'string' ? itemsIn(item) : [item]))
}

const textsOf = (raw: unknown): string[] =>
  (Array.isArray(raw) ? raw : [raw]).filter(text => typeof text === 'string')

/** The items of a text that is a list in JSON, as many tools want theirs. */
export function jsonList(text: string): unknown[] | undefined {
  if (!/^\s*\[/u.test(text)) return undefined
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

/** What is wrong with a list in brackets that is no JSON: most often its quotes. */
function bracketsFault(text: string): Finding | undefined {
  const inside = /^\s*\[(.*)\]\s*$/su.exec(text)?.[1]
  if (inside === undefined || jsonList(text) !== undefined || isIPv6(inside)) return undefined
  const items = inside.split(',').map(item => item.trim().replace(/^(["'])(.*)\1$/u, '$2'))
  const correction = items.filter(item => item !== '').join(',')
  return error('value-invalid', 'has brackets around it and is no list in JSON', {
    item: text,
    ...(correction === '' ? {} : { correction }),
  })
}

/** Commas, `|` and white space separate; blanks around a separator are nothing. */
export function splitAtSeparators(text: string): string[] {
  const trimmed = text.trim()
  return trimmed === '' ? [] : trimmed.split(/\s*[,|]\s*|\s+/)
}

/**
 * As {@link splitAtSeparators}, but a `/regular expression/` is one item, whatever is in it: it ends
 * at a slash that a separator or the end follows.
 */
export function splitOrigins(text: string): string[] {
  const items: string[] = []
  const trimmed = text.trim()
  const next = /\s*[,|]\s*|\s+|$/y
  let at = 0
  while (at < trimmed.length) {
    const regex = trimmed[at] === '/' ? /\/(?:\\.|[^\\])*?\/(?=[\s,|]|$)/y : undefined
    if (regex !== undefined) regex.lastIndex = at
    const whole = regex?.exec(trimmed)?.[0]
    const end = whole === undefined ? endOfItem(trimmed, at) : at + whole.length
    items.push(trimmed.slice(at, end))
    next.lastIndex = end
    const separator = next.exec(trimmed)?.[0] ?? ''
    at = end + separator.length
    if (at >= trimmed.length && /[,|]/.test(separator)) items.push('')
  }
  return items
}

// A bar inside what was meant as an expression is its own.
function endOfItem(text: string, at: number): number {
  const widest = endOfExpression(text, at)
  if (looksLikeExpression(text.slice(at, widest))) return widest
  let end = at
  while (end < text.length && !/[\s,|]/.test(text.charAt(end))) end++
  return end
}

const controlFault = (item: string): Finding | undefined =>
  /[\u0000-\u001f\u007f]/.test(item)
    ? error('value-invalid', 'holds a control character', { item })
    : undefined

// What is left of quotes around each item, where something took away the outermost.
const strayQuoteFault = (item: string): Finding | undefined =>
  /^["']|["']$/.test(item)
    ? error('value-invalid', 'has a quote at one end', {
        item,
        correction: item.replaceAll(/^["']+|["']+$/g, ''),
      })
    : undefined

// The shape alone, for editors and the Helm chart: a scheme, a host, perhaps a port, and nothing behind
// them; an expression; or a word. Whether it is wise is for the policy to say.
const originShape = String.raw`(?:\*|null|none|loopback|/.+/[a-z]*|(?:(?:[\w.-]*localhost|127[0-9.]+|\[::1\])?:)?[0-9]{1,5}|[A-Za-z][A-Za-z0-9+.-]*://[^/?#@\s,|]*/?)`

/** Entries of the origin list, as written; what they mean is the policy's to say. */
export const originList: ValueType<readonly string[]> = listOf<string>({
  metavar: 'LIST',
  form: 'https://app.example.com, https://*.example.com, http://localhost:*, loopback, *, or none',
  item: {
    anyOf: [
      { type: 'string', pattern: `^\\s*${originShape}\\s*$` },
      { type: 'integer', minimum: 1, maximum: 65535 },
    ],
  },
  text: { pattern: `^\\s*(?:${originShape}(?:[\\s,|]+${originShape})*|\\[.*\\])?\\s*$` },
  split: splitOrigins,
  read(item) {
    const text = item === null ? 'null' : typeof item === 'number' ? String(item) : item
    if (typeof text !== 'string') return invalid(error('value-invalid', 'is not text'))
    const fault = controlFault(text) ?? quotesFault(text) ?? strayQuoteFault(text)
    return fault === undefined ? valid(localOrigin(text.trim()) ?? text.trim()) : invalid(fault)
  },
  repeat: item =>
    warning('origin-normalised', 'is listed more than once; the repeat was dropped', { item }),
})

/** Names, as written: methods or header fields. Empty items of a split text are nothing. */
export function nameList(form: string): ValueType<readonly string[]> {
  return listOf<string>({
    metavar: 'LIST',
    form,
    item: { type: 'string' },
    split: text => splitAtSeparators(text).filter(item => item !== ''),
    read(item) {
      if (typeof item !== 'string') return invalid(error('value-invalid', 'is not text'))
      const fault = controlFault(item) ?? quotesFault(item)
      return fault === undefined ? valid(item.trim()) : invalid(fault)
    },
  })
}

const hostShape = /^(?:\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+\])$/i

/** Names of hosts, `*.example.com` among them, without a scheme or port. */
export const hostList: ValueType<readonly string[]> = listOf<string>({
  metavar: 'LIST',
  form: 'api.example.com, *.example.com, or *',
  item: { type: 'string' },
  split: text => splitAtSeparators(text).filter(item => item !== ''),
  read(item) {
    if (typeof item !== 'string') return invalid(error('value-invalid', 'is not text'))
    const host = item.trim().toLowerCase()
    if (hostShape.test(host)) return valid(host)
    const bare = host
      .replace(/^[a-z+.-]+:\/\//, '')
      .replace(/[/?#].*$/, '')
      .replace(/:\d+$/, '')
    return invalid(
      error('value-invalid', 'is not the name of a host', {
        item,
        ...(hostShape.test(bare) ? { correction: bare } : {}),
      }),
    )
  },
})

/** Some of a closed list of words. */
export function someOf<const Words extends readonly string[]>(
  ...words: Words
): ValueType<readonly Words[number][]> {
  return listOf<Words[number]>({
    metavar: 'LIST',
    form: `any of ${choice(words)}`,
    choices: words,
    item: { enum: [...words] },
    split: splitAtSeparators,
    read: item => readWord(String(item), words),
  })
}

/** A header field to set: its name and its value. */
export interface HeaderField {
  readonly name: string
  readonly value: string
}

/** Names of header fields, without those that `refuse` has a reason against. */
export function fieldNames(
  refuse: (lowerCaseName: string) => string | undefined,
): ValueType<readonly string[]> {
  return listOf<string>({
    metavar: 'LIST',
    form: 'header names, separated by commas',
    item: { type: 'string' },
    split: text => splitAtSeparators(text).filter(item => item !== ''),
    read(item) {
      if (typeof item !== 'string' || !isToken(item.trim())) {
        return invalid(error('value-invalid', 'is not a header name', { item: String(item) }))
      }
      const name = item.trim()
      const refused = refuse(name.toLowerCase())
      if (refused !== undefined) return invalid(error('value-invalid', refused, { item: name }))
      return valid(name)
    },
  })
}

/**
 * `Name: value` items. Values may hold commas and blanks, so only `|`, a line break, or a comma
 * before another `Name: ` separates; the singular name takes one item whole.
 *
 * `refuse` says why a name must not be set here, or returns undefined.
 */
export function headerFields(
  refuse: (lowerCaseName: string) => string | undefined,
): ValueType<readonly HeaderField[]> {
  return listOf<HeaderField>({
    metavar: 'LIST',
    form: "'Name: value', several separated by |",
    item: { type: 'string' },
    write: ({ name, value }) => `${name}: ${value}`,
    split: value =>
      value
        .trim()
        .split(/\s*[|\n]\s*|,\s*(?=[!#$%&'*+.^_`~0-9A-Za-z-]+:\s)/)
        .map(item => item.trim())
        .filter(item => item !== ''),
    read(item) {
      // The value may be a secret: it is never shown, only the name in front of it.
      if (typeof item !== 'string') {
        return invalid(error('value-invalid', "is not written as 'Name: value'"))
      }
      const colon = item.indexOf(':')
      const name = item.slice(0, Math.max(colon, 0)).trim()
      const value = item.slice(colon + 1).trim()
      if (colon < 0 || !isToken(name)) {
        const advice = "Write it like 'X-Api-Key: abc', the name first."
        return invalid(error('value-invalid', 'has no header name before a colon', { advice }))
      }
      if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) {
        const reason = 'has a value with a line break or another byte that headers cannot hold'
        return invalid(error('value-invalid', reason, { item: name }))
      }
      const refused = refuse(name.toLowerCase())
      if (refused !== undefined) return invalid(error('value-invalid', refused, { item: name }))
      return valid({ name, value })
    },
  })
}
