import pinoPretty from 'pino-pretty'
import type { Fix, NearMiss } from '../policy/decision.js'
import { describeNearMiss } from '../policy/describe.js'
import { flagName } from '../terms/option-names.js'

type LogRecord = Record<string, unknown>
type Paint = (text: string) => string

/** The part of pino-pretty's colours that a line uses. */
interface Palette {
  readonly green: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly cyan: Paint
  readonly gray: Paint
  readonly bold: Paint
}

/** Fields of an event that the line shows elsewhere. */
const framing = new Set(['level', 'time', 'event', 'msg'])
/** Refusals that are explained once; a page in a reload loop must not fill the screen. */
const explainedLimit = 200

/**
 * Turns a JSON line into one a person reads: an exchange with its verdict and reason, an event with
 * its fields. The first refusal of each kind is followed by what to change.
 */
export function createPrettyLines(isColoured: boolean): (line: string) => string {
  const explained = new Set<string>()
  return pinoPretty.prettyFactory({
    colorize: isColoured,
    // The whole line is ours: pino-pretty's own time, level and object are left out.
    include: 'event',
    hideObject: true,
    messageFormat: (record, _messageKey, level, { colors }) => {
      const paint = colors as unknown as Palette
      const time = paint.gray(clockTime(record.time))
      return record.method !== undefined && record.status !== undefined
        ? `${time} ${exchangeLine(record, paint)}${adviceOnce(record, paint, explained)}`
        : `${time} ${eventLine(record, level, paint)}`
    },
  })
}

function exchangeLine(record: LogRecord, paint: Palette): string {
  const verdict = String(record.decision ?? 'rejected')
  const words = [
    paintVerdict(verdict, paint)(verdict.padEnd(8)),
    `${text(record.method)} ${paintStatus(Number(record.status), paint)}`,
    text(record.path),
    paint.gray(`${text(record.durationMs)} ms`),
  ]
  if (record.origin !== undefined) words.push(paint.cyan(text(record.origin)))
  if (record.reason !== undefined) words.push(text(record.reason))
  if (record.subject !== undefined && record.subject !== record.origin) {
    words.push(paint.bold(text(record.subject)))
  }
  if (record.failure !== undefined) {
    words.push(paint.red(`upstream ${text(record.failure)}`), text(record.detail ?? ''))
  }
  if (record.clientLeft === true) words.push(paint.yellow('client left'))
  return words.join('  ')
}

function adviceOnce(record: LogRecord, paint: Palette, explained: Set<string>): string {
  const advice = adviceOf(record as { nearMiss?: NearMiss; fix?: Fix })
  const refusal = `${String(record.reason)} ${String(record.subject)}`
  if (advice === '' || explained.has(refusal) || explained.size >= explainedLimit) return ''
  explained.add(refusal)
  return `\n         ${paint.yellow(text(advice))}`
}

/** What the value nearly was, and the flag that would allow it. */
function adviceOf({ nearMiss, fix }: { nearMiss?: NearMiss; fix?: Fix }): string {
  const sentences: string[] = []
  if (nearMiss !== undefined) sentences.push(`${capitalised(describeNearMiss(nearMiss))}.`)
  if (fix?.add === true) sentences.push(`To allow it: ${flagOf(fix.option)} ${fix.value}`)
  return sentences.join(' ')
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** `allowOrigins` adds one with `--allow-origin`. */
function flagOf(option: string): string {
  const words = flagName(option)
  return `--${words.endsWith('s') ? words.slice(0, -1) : words}`
}

function eventLine(record: LogRecord, level: string, paint: Palette): string {
  const name = text(record.event ?? record.msg ?? '')
  const words = [paintLevel(level, paint)(name.padEnd(8))]
  if (record.event !== undefined && record.msg !== undefined) words.push(text(record.msg))
  for (const [field, value] of Object.entries(record)) {
    if (!framing.has(field)) words.push(`${paint.gray(field)} ${text(value)}`)
  }
  return words.join('  ')
}

function paintVerdict(verdict: string, paint: Palette): Paint {
  if (verdict === 'allowed') return paint.green
  return verdict === 'neutral' ? paint.gray : paint.red
}

function paintStatus(status: number, paint: Palette): string {
  if (status >= 500) return paint.red(String(status))
  return status >= 400 ? paint.yellow(String(status)) : String(status)
}

function paintLevel(level: string, paint: Palette): Paint {
  const name = level.toLowerCase()
  if (name === 'error' || name === 'fatal') return paint.red
  return name === 'warn' ? paint.yellow : paint.bold
}

/** The time of day where the reader is. */
function clockTime(time: unknown): string {
  return new Date(String(time)).toTimeString().slice(0, 8)
}

/** A terminal obeys control characters, and these texts come from peers. */
function text(value: unknown): string {
  const plain = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return plain.replace(/\p{C}/gu, character => {
    const code = character.codePointAt(0) ?? 0
    return `\\u${code.toString(16).padStart(4, '0')}`
  })
}
