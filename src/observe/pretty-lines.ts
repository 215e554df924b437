import pinoPretty from 'pino-pretty'
import type { NearMiss } from '../policy/decision.js'
import { describeNearMiss } from '../policy/describe.js'
import { printable } from '../terms/printable.js'

type LogRecord = Record<string, unknown>
type Paint = (text: string) => string

/** The part of pino-pretty's colours that a line uses. */
interface Palette {
  readonly green: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly cyan: Paint
  readonly gray: Paint
  readonly dim: Paint
  readonly bold: Paint
}

/** Fields of an event that the line shows elsewhere. */
const framing = new Set(['level', 'time', 'event', 'msg'])
/** Refusals that are explained once; a page in a reload loop must not fill the screen. */
const explainedLimit = 200

/** Widths of the columns. What is longer pushes the rest to the right, but for paths. */
const widths = { verdict: 8, method: 7, path: 40, took: 9, reason: 18 } as const

/**
 * Turns a JSON line into one a person reads: an exchange with its verdict and reason, an event with
 * its fields. The first refusal of each kind is followed by what to change.
 */
export function createPrettyLines(isColoured: boolean): (line: string) => string {
  const explained = new Set<string>()
  return pinoPretty.prettyFactory({
    colorize: isColoured,
    // Facts in the terminal's own colour: what is coloured says something.
    customColors: 'message:reset',
    // The whole line is ours: pino-pretty's own time, level and object are left out.
    include: 'event',
    hideObject: true,
    messageFormat: (record, _messageKey, _level, { colors }) => {
      const paint: Palette = colors
      const time = paint.gray(clockTime(record.time))
      return record.method === undefined
        ? `${time}  ${eventLine(record, paint)}`
        : `${time}  ${exchangeLine(record, paint)}${adviceOnce(record, paint, explained)}`
    },
  })
}

function exchangeLine(record: LogRecord, paint: Palette): string {
  const { verdict, path, took, reason } = widths
  const words = [
    paintVerdict(record, paint)(verdictOf(record).padEnd(verdict)),
    paint.dim(text(record.method).padEnd(widths.method)),
    shortened(text(record.path), path).padEnd(path),
    paintStatus(Number(record.status ?? 101), paint),
    paint.gray(tookText(record.durationMs).padStart(took)),
    text(record.reason ?? '').padEnd(reason),
  ]
  if (record.origin !== undefined) words.push(paint.cyan(text(record.origin)))
  if (record.subject !== undefined && record.subject !== record.origin) {
    words.push(paint.bold(text(record.subject)))
  }
  if (record.failure !== undefined) {
    words.push(paint.red(`upstream ${text(record.failure)}`), text(record.detail ?? ''))
  }
  if (record.clientLeft === true) words.push(paint.yellow('client left'))
  return words.join('  ').trimEnd()
}

/**
 * What became of it, in a word. Of a refused request that was forwarded, the API's response is what the
 * page does not get to see.
 */
function verdictOf({ event, decision, kind, upstreamMs }: LogRecord): string {
  if (event === 'upgrade-opened') return 'opened'
  if (event === 'upgrade-closed') return 'closed'
  if (decision === 'refused' && kind === 'actual' && upstreamMs !== undefined) return 'hidden'
  return String(decision)
}

/** The ends of a path say most. */
function shortened(path: string, width: number): string {
  if (path.length <= width) return path
  const head = Math.floor((width - 1) / 3)
  return `${path.slice(0, head)}…${path.slice(head + 1 - width)}`
}

function tookText(durationMs: unknown): string {
  if (durationMs === undefined) return ''
  const ms = Number(durationMs)
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

function adviceOnce(record: LogRecord, paint: Palette, explained: Set<string>): string {
  const { failure, cure, reason, subject } = record
  const advice = failure === undefined ? adviceOf(record as Advised) : text(cure)
  const refusal = failure === undefined ? `${String(reason)} ${String(subject)}` : String(failure)
  if (advice === '' || explained.has(refusal) || explained.size >= explainedLimit) return ''
  explained.add(refusal)
  return `\n          ${paint.bold(text(advice))}`
}

interface Advised {
  readonly nearMiss?: NearMiss
  readonly hint?: string
}

/** What the value nearly was, and the flag that would allow it. */
function adviceOf({ nearMiss, hint }: Advised): string {
  const sentences: string[] = []
  if (nearMiss !== undefined) sentences.push(`${capitalised(describeNearMiss(nearMiss))}.`)
  if (hint !== undefined) sentences.push(`To allow it: ${hint}`)
  return sentences.join(' ')
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function eventLine(record: LogRecord, paint: Palette): string {
  const paintLine = levelPaint(record.level, paint)
  const name = text(record.event ?? record.msg ?? '')
  const words = [paintLine(paint.bold(name))]
  if (record.event !== undefined && record.msg !== undefined) {
    words.push(paintLine(text(record.msg)))
  }
  for (const [field, value] of Object.entries(record)) {
    if (!framing.has(field)) words.push(`${paint.gray(field)} ${text(value)}`)
  }
  return words.join('  ')
}

function paintVerdict({ event, decision }: LogRecord, paint: Palette): Paint {
  if (event === 'upgrade-closed') return paint.gray
  if (decision === 'neutral') return paint.gray
  return decision === 'refused' ? paint.red : paint.green
}

function paintStatus(status: number, paint: Palette): string {
  if (status >= 500) return paint.red(String(status))
  return status >= 400 ? paint.yellow(String(status)) : String(status)
}

/** Warnings and errors have a colour; facts are plain. */
function levelPaint(level: unknown, paint: Palette): Paint {
  if (level === 'error' || level === 'fatal') return paint.red
  return level === 'warn' ? paint.yellow : plain
}

const plain: Paint = text => text

/** The time of day where the reader is. */
function clockTime(time: unknown): string {
  return new Date(String(time)).toTimeString().slice(0, 8)
}

/** These texts come from peers. */
function text(value: unknown): string {
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value))
}
