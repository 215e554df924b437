import pinoPretty from 'pino-pretty'

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
  if (typeof record.advice !== 'string') return ''
  const kind = `${String(record.reason)} ${String(record.subject)}`
  if (explained.has(kind) || explained.size >= explainedLimit) return ''
  explained.add(kind)
  return `\n    ${paint.yellow(text(record.advice))}`
}

function eventLine(record: LogRecord, level: string, paint: Palette): string {
  const name = text(record.event ?? record.msg ?? '')
  const words = [paintLevel(level, paint)(name.padEnd(8))]
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
