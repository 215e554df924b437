import { pino } from 'pino'
import { printableOutput } from '../terms/printable.js'
import type { Exchange } from './exchange.js'
import { LineBatch } from './line-batch.js'
import { createLogDestination, type LogDestination, standardOutput } from './log-destination.js'
import { createExchangeWriter } from './log-fields.js'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/**
 * Which exchanges get a line. `cors`: those with an `Origin`, and the `errors`. `errors`: those
 * that were refused, answered 5xx, or rejected by the sidecar itself. `off`: none. An upstream that failed is
 * an event of its own and logged whatever this says.
 */
export type LogRequests = 'all' | 'cors' | 'errors' | 'off'

export interface LogOptions {
  readonly level: LogLevel
  /** `auto` is `pretty` on a terminal and `json` elsewhere. */
  readonly format: 'auto' | 'json' | 'pretty'
  readonly requests: LogRequests
  readonly isTerminal: boolean
  /** Whether the pretty format may use colour. */
  readonly isColoured?: boolean
  /** Standard output unless given. */
  readonly destination?: LogDestination
  /** Told the number of lines that a slow, full or closed destination cost. */
  readonly onDropped: (lines: number) => void
}

export interface Log {
  /** Writes the exchange's line when the settings ask for one. Cheap when they do not. */
  record(exchange: Exchange): void
  /** Writes a line that is not about one exchange. `fields` must hold no secret. */
  event(level: Exclude<LogLevel, 'silent'>, name: string, fields?: Record<string, unknown>): void
  setLevel(level: LogLevel): void
  setRequests(requests: LogRequests): void
  /** Waits until the lines are out, at most a second: a stalled reader must not hold up the exit. */
  flush(): Promise<void>
}

const flushMs = 1000
/** On a terminal a banner says the same. */
const bannerEvents: ReadonlySet<string> = new Set(['config-loaded', 'listening'])

/** Logs as JSON lines, or prettily for a person. Never throws, blocks, or grows past its buffer. */
export async function createLog(options: LogOptions): Promise<Log> {
  const destination =
    options.destination ??
    createLogDestination({ writer: standardOutput(), onDropped: options.onDropped })
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && options.isTerminal)
  const lines = isPretty ? await prettily(destination, options.isColoured ?? false) : destination
  const time = isoTime()
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => time(Date.now()),
      formatters: { level: label => ({ level: label }) },
    },
    { write: line => lines.write(printableOutput(line, false)) },
  )
  const writeExchange = createExchangeWriter(isPretty)
  const batch = new LineBatch(exchange => {
    try {
      const level = levelOf(exchange)
      // What pino would write, at a fraction of the cost: there is one for every request.
      const line = `{"level":"${level}"${time(Math.floor(exchange.startedAt + exchange.durationMs))},${writeExchange(exchange)}}\n`
      // ASCII only.
      lines.write(line, line.length)
    } catch (error) {
      logger.error({ event: 'internal-error', id: exchange.id, error: String(error) })
    }
  })
  let requests = options.requests

  return {
    record(exchange) {
      if (!isWanted(exchange, requests)) return
      if (logger.isLevelEnabled(levelOf(exchange))) batch.add(exchange)
    },
    event(level, name, fields) {
      if (isPretty && options.isTerminal && bannerEvents.has(name)) return
      // In the order in which things happened.
      batch.writeOut()
      logger[level]({ event: name, ...fields })
    },
    setLevel(level) {
      logger.level = level
    },
    setRequests(wanted) {
      requests = wanted
    },
    flush() {
      batch.writeOut()
      return destination.flush(flushMs)
    },
  }
}

function levelOf({ failure, status }: Exchange): 'error' | 'info' {
  return failure !== undefined || status >= 500 ? 'error' : 'info'
}

/** A time in ISO 8601; the part down to the second is made once a second. */
function isoTime(): (now: number) => string {
  let second = -1
  let prefix = ''
  let last = -1
  let text = ''
  return now => {
    if (now === last) return text
    const ms = now % 1000
    if (now - ms !== second) {
      second = now - ms
      prefix = `,"time":"${new Date(now).toISOString().slice(0, -4)}`
    }
    last = now
    text = `${prefix}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z"`
    return text
  }
}

function isWanted(exchange: Exchange, requests: LogRequests): boolean {
  if (requests === 'all' || exchange.failure !== undefined) return true
  if (requests === 'off') return false
  const { decision, status, upstreamStatus, clientLeft } = exchange
  const isTurnedAway = status >= 400 && upstreamStatus === undefined && !clientLeft
  return (
    isTurnedAway ||
    decision.verdict === 'refused' ||
    status >= 500 ||
    (requests === 'cors' && decision.origin !== undefined)
  )
}

async function prettily(
  destination: LogDestination,
  isColoured: boolean,
): Promise<Pick<LogDestination, 'write'>> {
  const { createPrettyLines } = await import('./pretty-lines.js')
  const prettyLines = createPrettyLines(isColoured)
  return { write: line => destination.write(prettyLines(line)) }
}
