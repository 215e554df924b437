// Times and sizes: text with a unit → a number.
import { error, type Finding } from '../terms/finding.js'
import { inRange, invalid, scalar, type ValueType, valid } from './value-types.js'

/** The longest time that a Node timer keeps; beyond it, it fires after one millisecond. */
const longestTimerMs = 2 ** 31 - 1

/** A time. The value is in milliseconds. */
export function duration({
  min = '0s',
  max = '24d',
}: {
  readonly min?: string
  readonly max?: string
} = {}): ValueType<number> {
  return scalar({
    metavar: 'DURATION',
    form: '250ms, 10s, 5m, 1h, or whole seconds',
    schema: durationSchema,
    write: durationText,
    read(text) {
      const limit = max === '24d' ? longestTimerMs : Number(durationMs(max, longestTimerMs))
      const ms = durationMs(text, limit)
      if (typeof ms !== 'number') return invalid(ms)
      return inRange(ms, {
        min: Number(durationMs(min, limit)),
        max: limit,
        text,
        shownMin: min,
        shownMax: max === '24d' ? '596h, the longest time that can be measured' : max,
      })
    },
  })
}

const durationSchema = {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^[0-9]+(ms|s|m|h)?$' },
  ],
}

/**
 * Whole seconds a browser may keep an answer; `unset` sends no header. The range is judged by the
 * policy, so a number out of range passes here.
 */
export const maxAgeSeconds: ValueType<number | undefined> = scalar<number | undefined>({
  metavar: 'DURATION',
  form: '10m, 600, 0, or unset',
  noneWord: 'unset',
  schema: { anyOf: [...durationSchema.anyOf, { const: 'unset' }] },
  write: seconds => (seconds === undefined ? 'unset' : durationText(seconds * 1000)),
  read(text) {
    if (text === 'unset') return valid(undefined)
    if (/^-\d+$/.test(text)) return valid(Number(text))
    const ms = durationMs(text, longestMaxAgeMs)
    if (typeof ms !== 'number') return invalid(ms)
    if (ms % 1000 === 0) return valid(ms / 1000)
    const correction = `${Math.ceil(ms / 1000)}s`
    return invalid(error('value-invalid', 'is not whole seconds', { item: text, correction }))
  },
})

const longestMaxAgeMs = 86_400_000

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** The shortest way to write a time: 90000 → 90s, 600000 → 10m. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s'
  const unit = (['h', 'm', 's'] as const).find(one => ms % unitMs[one] === 0) ?? 'ms'
  return `${ms / unitMs[unit]}${unit}`
}

function sizeText(bytes: number): string {
  if (bytes === 0) return '0'
  const power = [3, 2, 1].find(one => bytes % 1024 ** one === 0) ?? 0
  return `${bytes / 1024 ** power}${['', 'k', 'm', 'g'][power]}`
}

/** `most` is the longest time that the correction of a wrong one may suggest. */
function durationMs(text: string, most: number): number | Finding {
  const match = /^(\d{1,15})(ms|s|m|h)?$/.exec(text)
  if (match !== null) return Number(match[1]) * unitMs[(match[2] ?? 's') as keyof typeof unitMs]
  const days = /^(\d{1,6})d$/.exec(text)
  if (days !== null) {
    const hours = Math.min(Number(days[1]) * 24, Math.floor(most / unitMs.h))
    const correction = `${hours}h`
    return error('value-invalid', 'counts in days, and hours are the longest unit', {
      item: text,
      correction,
    })
  }
  const why = text.startsWith('-')
    ? 'is negative'
    : 'is not a time: a whole number followed by ms, s, m or h, or a whole number of seconds'
  return error('value-invalid', why, { item: text, advice: 'Write it like 250ms, 10s, 5m or 1h.' })
}

/** An amount of bytes. k, m and g are powers of 1024. */
export function size({
  min,
  max = Number.MAX_SAFE_INTEGER,
}: {
  readonly min: number
  readonly max?: number
}): ValueType<number> {
  return scalar({
    metavar: 'SIZE',
    form: '64k, 10m, or bytes',
    schema: {
      anyOf: [
        { type: 'integer', minimum: min },
        { type: 'string', pattern: '^[0-9]+([kKmMgG]([iI]?[bB])?)?$' },
      ],
    },
    write: sizeText,
    read(text) {
      const match = /^(\d{1,12})(?:([kmg])(?:i?b)?)?$/i.exec(text)
      if (match === null) {
        return invalid(
          error('value-invalid', 'is not a size', {
            item: text,
            advice: 'Write it like 512k or 10m, or as a whole number of bytes.',
          }),
        )
      }
      const power = ['k', 'm', 'g'].indexOf(match[2]?.toLowerCase() ?? '') + 1
      return inRange(Number(match[1]) * 1024 ** power, {
        min,
        max,
        text,
        shownMin: `${min} bytes`,
        shownMax: `${max} bytes`,
      })
    },
  })
}
